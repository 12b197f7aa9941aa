"""Features by key, as they are now."""

from __future__ import annotations

import base64
import datetime
import struct
from collections.abc import Callable, Mapping
from ctypes import byref, c_int64
from typing import TYPE_CHECKING, Any

import numpy as np

from ._arrow import Stream, without_index
from ._columns import is_single
from ._display import count, heading, joined, table
from ._error import Error
from ._library import NOW, Handle, call, call_for_json
from ._recorder import Recorder, RequestID
from ._records import PlainRows
from ._time import Time, to_microseconds
from ._vectors import PlainVectors

if TYPE_CHECKING:
    from numpy.typing import NDArray


class OnlineReader:
    """Reads the online values of a service by key; made once, then used for any number of reads, from any thread.

    Keys, and the request fields of features that are computed on demand, are given by name, `reader.vectors(driver_id=[1001, 1002], city="Kyoto")`, each a list, an array, a series, or a
    single value that stands for all rows; or together, as a frame or a dict of columns. One read sees one state of the store, the newest.
    """

    #: The features' names, as rows have them.
    names: list[str]
    #: A name a float of a vector: the feature's, with the place in it if it is a vector itself: embedding[0].
    vector_names: list[str]
    #: The join keys that a read needs, with their types.
    join_keys: dict[str, str]
    #: What a read needs beside them, for features that are computed on demand, with their types.
    request: dict[str, str]
    #: Floats of a vector; None if a feature is no number, so that there are no vectors.
    width: int | None

    def __init__(self, handle: Handle, recorder: Callable[[], Handle] | None = None) -> None:
        self._handle = handle
        self._open_recorder = recorder
        self._recorder: Recorder | None = None
        description = call_for_json("fs_reader_describe", handle.pointer)
        features = description["features"]
        self.names = [feature["name"] for feature in features]
        self.width = description.get("width")
        self.vector_names = [
            f"{feature['name']}[{place}]" if feature["type"].endswith("]") else feature["name"]
            for feature in features for place in range(feature.get("width", 0))]
        self.join_keys = {key["name"]: key["type"] for key in description["join_keys"]}
        self.request = {field["name"]: field["type"] for field in description["request"]}
        self._types = [feature["type"] for feature in features]
        self._decoders = [_decoder(kind) for kind in self._types]
        self._plain = PlainVectors(handle, self.join_keys, self.width) if self.width and not self.request else None
        # Values of a request may be of any type, and go as columns.
        self._plain_rows = None if self.request or not self.join_keys else PlainRows(handle, self.join_keys, description)
        self._description = description

    def vectors(
        self, keys: Any = None, /, *, at: Time | None = None, request_id: RequestID | None = None, **columns: Any
    ) -> NDArray[np.float32]:
        """The features as an array of float32, a row a key: NaN for what is null, unknown or older than its ttl.

        Booleans are 0 or 1; a feature that is a vector has a float for each of its places (see `vector_names`).

        Ages are judged as of `at`, by default now. With `request_id`, the rows are remembered in the service's log: one
        id for all (of several rows ID/0, ID/1, …), or a list of one a row. Raises `Error` if a feature is no number, or a
        key does not fit.
        """
        time = NOW if at is None else to_microseconds(at)
        if request_id is not None:
            return self._recording().vectors(columns if keys is None else columns_of(keys, columns), time, request_id)
        if self._plain is not None:
            plain = self._plain.read(columns if keys is None else columns_of(keys, columns), time)
            if plain is not None:
                return plain
        width = self.width or 0
        # Asked before the stream is open: a query of DuckDB's is run for it.
        rows = len(keys) if hasattr(keys, "__len__") else None
        stream = self._stream(keys, columns)
        rows = rows if stream.count is None else stream.count
        if rows is None:
            raise Error(f"keys: a {type(keys).__name__} does not tell its number of rows; give a frame or a table")
        vectors: NDArray[np.float32] = np.empty((rows, width), dtype=np.float32)
        read = c_int64()
        call(
            "fs_reader_vectors_of_stream", self._handle.pointer, stream.address, time, vectors.ctypes.data, vectors.size,
            byref(read))
        return vectors

    def rows(
        self, keys: Any = None, /, *, at: Time | None = None, with_status: bool = False,
        request_id: RequestID | None = None, **columns: Any,
    ) -> list[dict[str, Any]]:
        """The features as a dict a key, in Python's types: None for what is null, unknown or older than its ttl.

        With `with_status`, each value is a dict of its own: value, status (PRESENT, NULL_VALUE, NOT_FOUND or
        OUTSIDE_MAX_AGE) and event_timestamp. With `request_id`, the rows are remembered, as those of `vectors` are.
        """
        time = NOW if at is None else to_microseconds(at)
        if request_id is not None:
            return self._recording().rows(columns if keys is None else columns_of(keys, columns), time, with_status, request_id)
        if self._plain_rows is not None:
            plain = self._plain_rows.read(columns if keys is None else columns_of(keys, columns), time, with_status)
            if plain is not None:
                return plain
        stream = self._stream(keys, columns)
        return [
            {
                name: self._cell(cell, decode, with_status)
                for name, cell, decode in zip(self.names, row, self._decoders)}
            for row in call_for_json("fs_reader_rows_of_stream", self._handle.pointer, stream.address, time)]

    def flush(self) -> None:
        """Waits until what was remembered so far is on disk; else it is so a moment later."""
        if self._recorder is not None:
            self._recorder.flush()

    def _recording(self) -> Recorder:
        if self._recorder is None:
            if self._open_recorder is None:
                raise Error("reads of single features are not remembered; open the reader of a feature service")
            if self.request:
                raise Error("reads with request fields are remembered by HTTP and Swift only")
            self._recorder = Recorder(self._open_recorder(), self.join_keys, self.width, self._description)
        return self._recorder

    @staticmethod
    def _cell(cell: dict[str, Any], decode: Callable[[Any], Any], with_status: bool) -> Any:
        value = None if cell["value"] is None else decode(cell["value"])
        if not with_status:
            return value
        time = cell.get("event_timestamp")
        return {
            "value": value, "status": cell["status"],
            "event_timestamp": None if time is None else datetime.datetime.fromisoformat(_with_offset(time))}

    def _stream(self, keys: Any, columns: Mapping[str, Any]) -> Stream:
        if keys is None:
            return Stream(in_step(columns), "keys")
        if columns:
            raise Error(f"keys: give them together or by name, not both ({', '.join(columns)})")
        return Stream(without_index(keys)[0], "keys")

    def __repr__(self) -> str:
        return f"OnlineReader: {count(len(self.names), 'feature')} by {self._keys()}: {joined(self.names)}"

    def _repr_html_(self) -> str:
        return heading("Online reader", f" by {self._keys()}") + table([
            {"feature": name, "type": kind} for name, kind in zip(self.names, self._types)])

    def _keys(self) -> str:
        return joined(f"{name} ({kind})" for name, kind in (self.join_keys | self.request).items())


def columns_of(keys: Any, columns: Mapping[str, Any]) -> Mapping[str, Any]:
    """The columns of a dict or a frame, where they are at hand; none otherwise."""
    if columns:
        return {}
    if isinstance(keys, dict):
        return keys
    kind = type(keys)
    if kind.__name__ != "DataFrame":
        return {}
    if kind.__module__.startswith("polars"):
        return {column.name: column for column in keys}
    # A pandas frame's index is a key, too, if it has a name.
    if kind.__module__.startswith("pandas") and keys.index.name is None and keys.index.nlevels == 1:
        return dict(keys.items())
    return {}


def in_step(columns: Mapping[str, Any]) -> Mapping[str, Any]:
    """The columns with single values repeated for all rows of the others."""
    single = {name for name, values in columns.items() if is_single(values)}
    counts = [len(values) for name, values in columns.items() if name not in single]
    if not single or not counts:
        return columns
    return {name: [values] * max(counts) if name in single else values for name, values in columns.items()}


def _with_offset(time: str) -> str:
    return time.replace("Z", "+00:00")


def _float32(value: Any) -> float:
    """The single-precision value itself, which its shortest decimal form is not."""
    return float(struct.unpack("f", struct.pack("f", float(value)))[0])


def _decoder(kind: str) -> Callable[[Any], Any]:
    """How a feature's JSON becomes a value of Python."""
    if kind == "float32":
        return _float32
    if kind == "float64":
        return float
    if kind == "bytes":
        return base64.b64decode
    if kind == "timestamp":
        return lambda text: datetime.datetime.fromisoformat(_with_offset(text))
    if kind.endswith("]"):
        return lambda values: [_float32(value) for value in values]
    return lambda value: value
