"""Rows of any type by plain keys, from records as fs_reader_rows lays them out."""

from __future__ import annotations

import datetime
import struct
from collections.abc import Callable, Mapping
from ctypes import addressof, c_char, c_void_p
from typing import Any

from ._library import Handle, library, raise_error
from ._plain import PlainKeys

STATUSES = ("PRESENT", "NULL_VALUE", "NOT_FOUND", "OUTSIDE_MAX_AGE")
_MORE_ROOM = 4
_NO_TIME = -(2**63)
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
_CODES = {"bool": "?", "int32": "i", "int64": "q", "float32": "f", "float64": "d", "timestamp": "q", "string": "2I",
          "bytes": "2I"}
_read_rows = library.fs_reader_rows
_record_rows = library.fs_recorder_rows

# A value out of a record's parts, from a place on, and the bytes of the whole answer.
_Taker = Callable[[tuple[Any, ...], bytes], Any]


class PlainRows:
    """Reads rows by keys of the plain kind; for others it has None, and they go the long way."""

    def __init__(self, handle: Handle, join_keys: Mapping[str, str], description: Mapping[str, Any]) -> None:
        self._handle = handle
        features = description["features"]
        self._bytes: int = description["row_bytes"]
        self._names = [feature["name"] for feature in features]
        self._views = [feature["view"] for feature in features]
        self._present = bytes(len(features))
        self._keys = PlainKeys(handle, join_keys, self._bytes + 1024)
        parts = [(view["offset"], "q", 8) for view in description["views"]]
        for feature in features:
            code, size = _code(feature["type"])
            parts.append((feature["offset"], code, size))
        # Statuses, then event times, then values, each at its offset.
        text, end = f"<{len(features)}s", len(features)
        for offset, code, size in parts:
            text += f"{offset - end}x{code}"
            end = offset + size
        self._unpack = struct.Struct(f"{text}{self._bytes - end}x").iter_unpack
        place = 1 + len(description["views"])
        self._first = place
        self._takers: list[_Taker] = []
        for feature in features:
            taker, count = _taker(feature["type"], place)
            self._takers.append(taker)
            place += count
        self._is_flat = all(feature["type"] in ("bool", "int32", "int64", "float32", "float64") for feature in features)

    def read(
        self, columns: Mapping[str, Any], time: int, with_status: bool, ids: bytes | None = None
    ) -> list[dict[str, Any]] | None:
        """With `ids`, each ended by a zero byte, the handle is a recorder's."""
        answer = self._answer(columns, time, ids)
        if answer is None:
            return None
        count, whole = answer
        records = self._unpack(whole[: count * self._bytes])
        if with_status:
            return [self._with_status(record, whole) for record in records]
        return [self._row(record, whole) for record in records]

    def _answer(self, columns: Mapping[str, Any], time: int, ids: bytes | None) -> tuple[int, bytes] | None:
        desk = self._keys.row(columns, time)
        if desk is not None:
            try:
                if ids is None:
                    status = _read_rows(desk.reader, desk.address)
                else:
                    status = _record_rows(desk.reader, desk.address, ids, len(ids))
                if status == 0:
                    return 1, bytes(desk.answer)
                if status != _MORE_ROOM:
                    raise_error(status, desk.error)
            finally:
                self._keys.desks.append(desk)
        read = self._keys.rows(columns, time)
        if read is None:
            return None
        room = bytearray(read.count * self._bytes + 1024)
        while True:
            read.answer = addressof(c_char.from_buffer(room))
            read.capacity = len(room)
            if ids is None:
                status = _read_rows(self._handle.pointer, addressof(read))
            else:
                status = _record_rows(self._handle.pointer, addressof(read), ids, len(ids))
            if status == 0:
                return read.count, bytes(room)
            if status != _MORE_ROOM:
                raise_error(status, c_void_p(read.error))
            # What is stored may have grown since.
            room = bytearray(read.needed + 1024)

    def _row(self, record: tuple[Any, ...], whole: bytes) -> dict[str, Any]:
        if self._is_flat and record[0] == self._present:
            return dict(zip(self._names, record[self._first:]))
        return {
            name: None if status else take(record, whole)
            for name, status, take in zip(self._names, record[0], self._takers)}

    def _with_status(self, record: tuple[Any, ...], whole: bytes) -> dict[str, Any]:
        return {
            name: {
                "value": None if status else take(record, whole), "status": STATUSES[status],
                "event_timestamp": None if record[1 + view] == _NO_TIME else _time(record[1 + view])}
            for name, status, take, view in zip(self._names, record[0], self._takers, self._views)}


def _code(kind: str) -> tuple[str, int]:
    """A type's code in a struct, and its bytes."""
    code = _CODES.get(kind) or f"{_length(kind)}f"
    return code, struct.calcsize("<" + code)


def _length(kind: str) -> int:
    return int(kind[kind.index("[") + 1:-1])


def _taker(kind: str, place: int) -> tuple[_Taker, int]:
    """How a value is taken from a record's parts at `place`, and how many of them it has."""
    if kind in ("string", "bytes"):
        def take_bytes(record: tuple[Any, ...], whole: bytes) -> bytes:
            return whole[record[place]:record[place] + record[place + 1]]

        if kind == "bytes":
            return take_bytes, 2
        return (lambda record, whole: take_bytes(record, whole).decode()), 2
    if kind == "timestamp":
        return (lambda record, whole: _time(record[place])), 1
    if kind.endswith("]"):
        count = _length(kind)
        return (lambda record, whole: list(record[place:place + count])), count
    return (lambda record, whole: record[place]), 1


def _time(microseconds: int) -> datetime.datetime:
    return _EPOCH + datetime.timedelta(microseconds=microseconds)
