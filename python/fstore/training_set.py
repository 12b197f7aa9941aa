"""Entity rows with the features that were known at their times."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ._arrow import capsule_of
from ._display import count, heading, table
from ._error import Error
from ._library import Handle, library
from .results import Coverage

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

_REASONS: list[tuple[str, Callable[[Coverage], int]]] = [
    ("key unknown", lambda view: view.key_unknown),
    ("key null", lambda view: view.key_null),
    ("before history", lambda view: view.before_history),
    ("too old", lambda view: view.too_old),
    ("ended", lambda view: view.ended),
    ("not yet known", lambda view: view.not_yet_known),
    ("ended", lambda view: view.ended),
]


class TrainingSet:
    """The entity rows' columns, then the features, in the order of the entity rows.

    Whatever reads the Arrow PyCapsule interface reads it, as often as it likes and without a copy:
    `polars.DataFrame(training_set)`, `pyarrow.table(training_set)`, `duckdb.from_arrow(…)`.
    """

    #: Why features are null: what became of the entity rows, view by view.
    coverage: list[Coverage]
    #: The names of the feature columns.
    features: list[str]
    #: How long it took.
    seconds: float

    def __init__(
        self, table: Handle, coverage: list[Coverage], features: list[str], seconds: float, index: Any = None
    ) -> None:
        self._table = table
        self._index = index
        self.coverage = coverage
        self.features = features
        self.seconds = seconds

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return capsule_of(self._table)

    def __len__(self) -> int:
        return int(library.fs_table_row_count(self._table.pointer))

    def to_arrow(self) -> pyarrow.Table:
        """The rows as an Arrow table; needs pyarrow."""
        try:
            import pyarrow
        except ImportError as error:
            raise Error("to_arrow() needs pyarrow: pip install pyarrow") from error
        return pyarrow.table(self)

    def to_pandas(self, **options: Any) -> pandas.DataFrame:
        """The rows as a pandas frame; needs pandas and pyarrow.

        If the entity rows came as one, its index is kept. `options` are those of `pyarrow.Table.to_pandas`.
        """
        try:
            import pandas  # noqa: F401
            import pyarrow
        except ImportError as error:
            raise Error(f"to_pandas() needs pandas and pyarrow: pip install pandas pyarrow ({error})") from error
        frame = pyarrow.table(self).to_pandas(**options)
        if self._index is not None:
            levels = [name for name in self._index.names if name is not None]
            frame = frame.drop(columns=levels)
            frame.index = self._index
        return frame

    def to_polars(self) -> polars.DataFrame:
        """The rows as a Polars frame; needs Polars."""
        try:
            import polars
        except ImportError as error:
            raise Error("to_polars() needs Polars: pip install polars") from error
        return polars.DataFrame(self)

    def __repr__(self) -> str:
        lines = [f"TrainingSet: {self._size()}"]
        for view in self.coverage:
            reasons = [f"{number(view):,} {reason}" for reason, number in _REASONS if number(view)]
            lines.append("  " + "; ".join([f"{view.view}: {_found(view)} found", *reasons]))
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        shown = [(reason, number) for reason, number in _REASONS if any(map(number, self.coverage))]
        return heading("Training set", f": {self._size()}") + table([
            {"view": view.view, "found": _found(view), **{reason: number(view) or None for reason, number in shown}}
            for view in self.coverage])

    def _size(self) -> str:
        return f"{count(len(self), 'row')}, {count(len(self.features), 'feature')}"


def _found(view: Coverage) -> str:
    return f"{view.found:,}" + (f" ({view.found * 100 // view.rows} %)" if view.rows else "")
