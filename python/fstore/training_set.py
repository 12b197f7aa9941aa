"""Entity rows with the features that were known at their times."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ._display import count, heading, table
from ._error import Error
from ._library import Handle
from .results import Coverage, Split
from .rows import Rows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_REASONS: list[tuple[str, Callable[[Coverage], int]]] = [
    ("key unknown", lambda view: view.key_unknown),
    ("key null", lambda view: view.key_null),
    ("before history", lambda view: view.before_history),
    ("too old", lambda view: view.too_old),
    ("ended", lambda view: view.ended),
    ("not yet known", lambda view: view.not_yet_known),
]


class TrainingSet(Rows):
    """The entity rows' columns, then the features, in the order of the entity rows.

    Whatever reads the Arrow PyCapsule interface reads it, as often as it likes and without a copy:
    `polars.DataFrame(training_set)`, `pyarrow.table(training_set)`, `duckdb.from_arrow(…)`.
    """

    #: The id of its record, with which `Store.training_set(again=…)` makes it once more; None where there is no record: the
    #: user may only read the store, or asked for none.
    id: int | None
    #: Why features are null: what became of the entity rows, view by view.
    coverage: list[Coverage]
    #: The names of the feature columns.
    features: list[str]
    #: How long it took.
    seconds: float
    #: How the rows are parted, if they are: those to train with come first.
    split: Split | None

    def __init__(
        self, table: Handle, coverage: list[Coverage], features: list[str], seconds: float, index: Any = None,
        split: Split | None = None, id: int | None = None,  # noqa: A002
    ) -> None:
        super().__init__(table, index)
        self.coverage = coverage
        self.features = features
        self.seconds = seconds
        self.split = split
        self.id = id

    #: The fitted encoders by which the features became numbers, `service@version`; None if they are as they are.
    encoders: str | None = None

    def vectors(self) -> NDArray[np.float32]:
        """The features of an encoded set as an array of float32, a row a row, in the order of `features`.

        It is a view of the set's own memory, a column after the other, which nobody may write to.
        """
        from .encoders import floats_of

        if self.encoders is None:
            raise Error("the features are as they are; ask for the training set with encoded=True")
        return floats_of(self._table, self.features)

    @property
    def train(self) -> Rows:
        """The rows to train with, of a training set that is split."""
        return self._part(0, self._parts().train_rows)

    @property
    def test(self) -> Rows:
        """The rows to test with, of a training set that is split."""
        return self._part(self._parts().train_rows, self._parts().test_rows)

    def _parts(self) -> Split:
        if self.split is None:
            raise Error("the training set is not split; ask for it with split='time:0.8'")
        return self.split

    def __repr__(self) -> str:
        lines = [f"{self._name('TrainingSet')}: {self._size()}"]
        if self.split is not None:
            lines.append(f"  {self.split}")
        for view in self.coverage:
            reasons = [f"{number(view):,} {reason}" for reason, number in _REASONS if number(view)]
            lines.append("  " + "; ".join([f"{view.view}: {_found(view)} found", *reasons]))
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        shown = [(reason, number) for reason, number in _REASONS if any(map(number, self.coverage))]
        return heading(self._name("Training set"), f": {self._size()}") + table([
            {"view": view.view, "found": _found(view), **{reason: number(view) or None for reason, number in shown}}
            for view in self.coverage])

    def _name(self, kind: str) -> str:
        return kind if self.id is None else f"{kind} {self.id}"

    def _size(self) -> str:
        return f"{count(len(self), 'row')}, {count(len(self.features), 'feature')}"


def _found(view: Coverage) -> str:
    return f"{view.found:,}" + (f" ({view.found * 100 // view.rows} %)" if view.rows else "")
