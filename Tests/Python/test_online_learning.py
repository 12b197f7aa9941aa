"""The example of docs/learning.md runs: learners follow what is served, and what they learn is served again."""
import datetime
import importlib.util
import pathlib

import pytest

pytest.importorskip("fstore", reason="the Python package is not built: run 'make python'", exc_type=ImportError)
PATH = pathlib.Path(__file__).resolve().parents[2] / "docs" / "learning" / "online_learning.py"


@pytest.fixture(scope="module")
def learning():
    spec = importlib.util.spec_from_file_location("online_learning", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_learners_follow_what_is_served_and_labelled(learning, tmp_path):
    import numpy as np

    replay = learning.Replay(tmp_path / "flights", days=4)
    sgd, river, once = learning.SGD(), learning.River(), learning.Once(500)
    y, predictions = learning.follow(replay, [sgd, river, once])
    # Each served flight whose label came is one example.
    assert len(y) == replay.served - len(replay.waiting)
    rest = slice(len(y) // 2, None)
    for learner in (sgd, river):
        p = predictions[learner.name]
        assert np.isfinite(p).all()
        assert learning.log_loss(y[rest], p[rest]) < learning.log_loss(y[rest], np.full(len(y[rest]), 0.5))
        assert learning.auc(y[rest], p[rest]) > 0.5
    # What was learned last is a feature: the loop is closed.
    weights = replay.store.online("weights_v1").rows(model="sgd", at=replay.end + datetime.timedelta(days=1))[0]
    assert weights["examples"] == len(y)
    assert np.array_equal(np.array(weights["weights"], np.float32), sgd.model.coef_[0].astype(np.float32))
    # Nothing is left for the consumer, and all of it for another.
    assert replay.store.examples(learning.SERVICE, "learners").next() is None
    assert sum(map(len, replay.store.examples(learning.SERVICE, "another"))) == len(y)
    learning.draw(y, predictions, tmp_path / "plot.svg", window=500)
    assert (tmp_path / "plot.svg").read_text().count("<polyline") == 3
