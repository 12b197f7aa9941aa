"""Features as the numbers that a model takes."""

from __future__ import annotations

import ctypes
from ctypes import byref, c_char_p, c_int64, c_void_p
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ._arrow import Stream, without_index
from ._display import count, duration, heading, table
from ._error import Error
from ._library import NOW, Handle, call, call_for_json, library
from ._time import Time, to_microseconds
from ._vectors import PlainVectors
from .online import columns_of, in_step

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, repr=False)
class Fitted:
    """What `Store.fit` learned: the newest encoders of a service."""

    service: str
    #: `service@version` names it wherever encoders are asked for.
    version: int
    features: int
    #: Numbers of a vector.
    width: int
    seconds: float
    #: What it was fitted on: its origin, and how many rows.
    rows: dict[str, Any] = field(default_factory=dict)

    @property
    def encoders(self) -> str:
        return f"{self.service}@{self.version}"

    def __repr__(self) -> str:
        return (
            f"{self.encoders}: {count(self.features, 'feature')} as {count(self.width, 'number')}, fitted on "
            f"{count(self.rows.get('count', 0), 'row')}, {duration(self.seconds)}")


class VectorReader:
    """Reads the encoded vectors of a service by key; made once, then used for any number of reads, from any thread.

    Keys are given as for `OnlineReader`. One read sees one state of the store, the newest.
    """

    #: The fitted encoders: `service@version`.
    encoders: str
    #: A name a float of a vector.
    names: list[str]
    #: The join keys that a read needs, with their types.
    join_keys: dict[str, str]
    #: Floats of a vector.
    width: int

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        description = call_for_json("fs_encoder_describe", handle.pointer)
        self.encoders = description["encoders"]
        self.names = description["slots"]
        self.width = description["width"]
        self.join_keys = {key["name"]: key["type"] for key in description["join_keys"]}
        # Values of a request may be of any type, and go as columns.
        self._plain = (
            None if description["request"]
            else PlainVectors(handle, self.join_keys, self.width, library.fs_encoder_vectors))

    def vectors(self, keys: Any = None, /, *, at: Time | None = None, **columns: Any) -> NDArray[np.float32]:
        """The encoded vectors as an array of float32, a row a key.

        What is null, unknown or older than its ttl is missing, and encoded as the service's encoders say. Ages are judged as
        of `at`, by default now.
        """
        time = NOW if at is None else to_microseconds(at)
        if self._plain is not None:
            plain = self._plain.read(columns if keys is None else columns_of(keys, columns), time)
            if plain is not None:
                return plain
        rows = len(keys) if hasattr(keys, "__len__") else None
        if keys is None:
            stream = Stream(in_step(columns), "keys")
        elif columns:
            raise Error(f"keys: give them together or by name, not both ({', '.join(columns)})")
        else:
            stream = Stream(without_index(keys)[0], "keys")
        rows = rows if stream.count is None else stream.count
        if rows is None:
            raise Error(f"keys: a {type(keys).__name__} does not tell its number of rows; give a frame or a table")
        vectors: NDArray[np.float32] = np.empty((rows, self.width), dtype=np.float32)
        read = c_int64()
        call(
            "fs_encoder_vectors_of_stream", self._handle.pointer, stream.address, time, vectors.ctypes.data, vectors.size,
            byref(read))
        return vectors

    def __repr__(self) -> str:
        return f"VectorReader: {count(self.width, 'number')} by {self.encoders}"

    def _repr_html_(self) -> str:
        return heading("Vector reader", f" by {self.encoders}") + table([
            {"slot": slot, "name": name} for slot, name in enumerate(self.names)])


def floats_of(rows: Handle, names: list[str]) -> NDArray[np.float32]:
    """Columns of float32 that lie behind each other, in place: a row a row, a column a name."""
    pointer = c_void_p()
    array = (c_char_p * len(names))(*(name.encode() for name in names))
    call("fs_table_floats", rows.pointer, array, len(names), byref(pointer))
    length = int(library.fs_table_row_count(rows.pointer))
    if not pointer.value or not length:
        return np.empty((length, len(names)), dtype=np.float32)
    memory: Any = (ctypes.c_float * (length * len(names))).from_address(pointer.value)
    # The array is a view of the table's memory, which lives as long as the handle.
    memory.owner = rows
    floats: NDArray[np.float32] = np.frombuffer(memory, dtype=np.float32).reshape(len(names), length).T
    floats.flags.writeable = False
    return floats


def encoders_of(features: Any, encoded: bool | int) -> bytes:
    """The name of encoders: the newest of the service, or a version of them."""
    if not isinstance(features, str) or ":" in features or "," in features:
        raise Error("encoded needs a feature service, whose encoders are fitted: give its name")
    return (features if encoded is True else f"{features}@{int(encoded)}").encode()
