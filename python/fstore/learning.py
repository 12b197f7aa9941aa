"""What was served, and what came of it: labelled examples for whoever learns from them."""

from __future__ import annotations

import json
import time as _clock
from collections.abc import Iterator
from ctypes import byref, c_int64, c_void_p
from typing import TYPE_CHECKING, Any

import numpy as np

from ._display import count
from ._error import Error
from ._library import Handle, call, call_for_json, take_string
from .rows import Rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TYPES: dict[str, Any] = {
    "bool": np.bool_, "int32": np.int32, "int64": np.int64, "float32": np.float32, "float64": np.float64}


class ExampleBatch:
    """Labelled examples, in order.

    Who learns from a batch and then commits it sees each example once, unless the process dies in between: then it comes
    again. To see each exactly once in any case, keep `position` with the model, in one step, and begin after it:
    `store.examples(…, after=position)`.
    """

    #: The numbers of the first and the last example; `commit` commits the last.
    first: int
    position: int
    #: A row of float32 an example: the features that are numbers, NaN for what was null, unknown or too old.
    X: NDArray[np.float32]
    #: How much each example counts.
    weight: NDArray[np.float64]

    def __init__(self, stream: Examples, first: int, X: Any, y: Any, weight: Any) -> None:
        self._stream = stream
        self._table: Rows | None = None
        self.first = first
        self.position = first + len(weight) - 1
        self.X = X
        self.weight = weight
        self._y = y

    def __len__(self) -> int:
        return len(self.weight)

    @property
    def y(self) -> NDArray[Any]:
        """The labels, in the type that the service declares; texts as objects."""
        if self._y is None:
            self._y = self._texts(self._stream.label)
        labels: NDArray[Any] = self._y
        return labels

    @property
    def table(self) -> Rows:
        """All columns of the examples; to be asked for before the stream goes on."""
        if self._table is None:
            self._table = self._stream._batch_table(self)
        return self._table

    @property
    def ids(self) -> list[str]:
        """The request ids of the reads."""
        return list(self._texts("request_id"))

    @property
    def kinds(self) -> list[str]:
        """What each example is: label, correction (of a read that was labelled otherwise before), or missing."""
        return list(self._texts("kind"))

    def _texts(self, name: str) -> NDArray[Any]:
        texts = self._stream._texts(self, name)
        column = np.empty(len(texts), dtype=object)
        column[:] = texts
        return column

    def commit(self) -> None:
        """Notes, durably, that the examples up to here have been made use of."""
        self._stream.commit(self.position)

    def __repr__(self) -> str:
        return f"ExampleBatch: {count(len(self), 'example')} from {self.first} to {self.position}, {self.X.shape[1]} numbers each"


class Examples:
    """Batches of labelled examples for one consumer, in the order of their numbers; see `Store.examples`."""

    #: The label's name, and its type.
    label: str
    label_type: str

    def __init__(
        self, store: Any, service: bytes, consumer: bytes, after: int | None, batch: int, follow: bool, wait: float,
    ) -> None:
        if batch < 1:
            raise Error(f"batch is {batch}; give a number from 1 on")
        pointer, about = c_void_p(), c_void_p()
        call(
            "fs_examples_open", store.pointer, service, consumer, -1 if after is None else after, byref(pointer), byref(about))
        self._handle = Handle(pointer, "fs_examples_close", "stream of examples")
        answer = json.loads(take_string(about))
        self.label, self.label_type = answer["label"], answer["type"]
        self._batch, self._follow, self._wait = batch, follow, wait
        self._last: ExampleBatch | None = None

    def __iter__(self) -> Iterator[ExampleBatch]:
        while True:
            batch = self.next()
            if batch is not None:
                yield batch
            elif self._follow:
                _clock.sleep(self._wait)
            else:
                return

    def next(self) -> ExampleBatch | None:
        """The next batch; None while there are no more examples."""
        first, rows, width = c_int64(), c_int64(), c_int64()
        call("fs_examples_next", self._handle.pointer, self._batch, byref(first), byref(rows), byref(width))
        self._last = None
        if rows.value == 0:
            return None
        vectors = np.empty((rows.value, width.value), np.float32)
        weights = np.empty(rows.value, np.float64)
        kind = _TYPES.get(self.label_type)
        labels = None if kind is None else np.empty(rows.value, kind)
        call(
            "fs_examples_vectors", self._handle.pointer, vectors.ctypes.data,
            None if labels is None else labels.ctypes.data, weights.ctypes.data)
        self._last = ExampleBatch(self, first.value, vectors, labels, weights)
        return self._last

    @property
    def names(self) -> list[str]:
        """What the numbers of `X` are: view__feature, with the place in it if it is a vector."""
        if self._last is None:
            raise Error("the names belong to a batch; ask for the next first")
        names = c_void_p()
        table = c_void_p()
        call("fs_examples_table", self._handle.pointer, byref(table), byref(names))
        Handle(table, "fs_table_free", "examples")
        answer: list[str] = json.loads(take_string(names))
        return answer

    def _check(self, batch: ExampleBatch) -> None:
        if batch is not self._last:
            raise Error("the stream has gone on to another batch; ask a batch for texts and its table before")

    def _texts(self, batch: ExampleBatch, column: str) -> list[str]:
        self._check(batch)
        texts: list[str] = call_for_json("fs_examples_texts", self._handle.pointer, column.encode())
        return texts

    def _batch_table(self, batch: ExampleBatch) -> Rows:
        self._check(batch)
        table, names = c_void_p(), c_void_p()
        call("fs_examples_table", self._handle.pointer, byref(table), byref(names))
        take_string(names)
        return Rows(Handle(table, "fs_table_free", "examples"))

    def commit(self, position: int) -> None:
        """Notes, durably, that the examples up to number `position` have been made use of."""
        call("fs_examples_commit", self._handle.pointer, position)

    def __repr__(self) -> str:
        return f"Examples of {self.label} ({self.label_type}), {self._batch} at a time"
