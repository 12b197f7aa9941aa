"""fstore: point-in-time-correct training sets, and the same features online.

    import fstore

    store = fstore.open("fleet")
    training = store.training_set("eta_v1", entities=trips).to_pandas()
    reader = store.online("eta_v1")
    reader.vectors(driver_id=[1001, 1002])
"""

from ._error import BusyError, Error
from ._library import version as __version__
from .encoders import Fitted, VectorReader
from .expressions import evaluate
from .online import OnlineReader
from .results import Applied, Coverage, Description, Ingested, Materialized, Pushed, Results, Split, StreamPosition
from .rows import Rows
from .store import Store, open
from .training_set import TrainingSet

__all__ = [
    "Applied", "BusyError", "Coverage", "Description", "Error", "Fitted", "Ingested", "Materialized", "OnlineReader", "Pushed", "Results",
    "Rows", "Split", "Store", "StreamPosition", "TrainingSet", "VectorReader", "__version__", "evaluate", "open"]
