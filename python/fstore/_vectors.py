"""The short way to vectors: keys handed over as plain arrays, in memory that is used again from read to read."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Mapping
from ctypes import addressof, c_char, c_char_p, c_float, c_int64, c_void_p
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from ._columns import is_single
from ._library import Handle, library, raise_error

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FLOAT32 = np.dtype(np.float32)
_KINDS: dict[str, type] = {"int64": int, "int32": int, "bool": bool, "string": str}


class _Keys(ctypes.Structure):
    """fs_keys of the header; its arrays are bytes objects, which it keeps alive."""

    _fields_ = [("count", c_int64), ("numbers", c_char_p), ("texts", c_char_p), ("text_bytes", c_int64)]


class _Desk:
    """What one read at a time needs, with its addresses: the keys of a row, its vector, and the place of an error."""

    __slots__ = ("keys", "keys_address", "row", "row_address", "error", "error_address")

    def __init__(self, width: int) -> None:
        self.keys = _Keys(count=1)
        self.keys_address = addressof(self.keys)
        row = (c_float * width)()
        self.row = np.ctypeslib.as_array(row).reshape(1, width)
        self.row_address = addressof(row)
        self.error = c_void_p()
        self.error_address = addressof(self.error)


class PlainVectors:
    """Reads vectors by keys of the plain kind: without nulls, in Python's types or arrays of the key's own.

    All other keys (nulls, floats, numbers as text, wrong names) go the long way, as an Arrow stream, and are read or
    refused there; so a read that is not plain gives None, not an error.
    """

    def __init__(self, handle: Handle, join_keys: Mapping[str, str], width: int) -> None:
        self._handle = handle
        self._width = width
        self._kinds = [(name, _KINDS.get(kind)) for name, kind in join_keys.items()]
        numbers = sum(kind is not str for _, kind in self._kinds)
        self._pack = struct.Struct(f"={numbers}q").pack if numbers else None
        self._has_texts = numbers < len(self._kinds)
        # Reads at the same time have a desk each; taking one and giving it back is safe between threads.
        self._desks: list[_Desk] = []

    def read(self, columns: Mapping[str, Any], time: int) -> NDArray[np.float32] | None:
        """A row a key; None if the keys are not plain."""
        if len(columns) != len(self._kinds):
            return None
        numbers: list[Any] = []
        texts: list[Any] = []
        try:
            for name, kind in self._kinds:
                value = columns[name]
                if type(value) is not kind:
                    return self._read_many(columns, time)
                (texts if kind is str else numbers).append(value)
            packed = self._pack(*numbers) if self._pack else None
            joined = _joined(texts) if self._has_texts else None
        except (KeyError, TypeError, ValueError, struct.error):
            return None
        desk = self._desks.pop() if self._desks else _Desk(self._width)
        desk.keys.numbers = packed
        if joined is not None:
            desk.keys.texts = joined
            desk.keys.text_bytes = len(joined) + 1
        status = _read_vectors(
            self._handle.pointer, desk.keys_address, time, desk.row_address, self._width, desk.error_address)
        if status:
            raise_error(status, desk.error)
        row: NDArray[np.float32] = desk.row.copy()
        self._desks.append(desk)
        return row

    def _read_many(self, columns: Mapping[str, Any], time: int) -> NDArray[np.float32] | None:
        values = [columns[name] for name, _ in self._kinds]
        counts = {len(value) for value in values if not is_single(value)}
        if len(counts) > 1:
            return None
        count = counts.pop() if counts else 1
        vectors: Any = np.empty((count, self._width), _FLOAT32)
        if not count:
            return cast("NDArray[np.float32]", vectors)
        numbers = []
        texts: list[str] = []
        for (_, kind), value in zip(self._kinds, values):
            if kind is str:
                texts += [value] * count if isinstance(value, str) else _listed(value)
                continue
            array = np.asarray(value)
            if kind is None or array.dtype.kind != ("b" if kind is bool else "i") or array.ndim > 1:
                return None
            array = array.astype(np.int64, copy=False)
            numbers.append((array if array.ndim else np.full(count, array)).tobytes())
        joined = _joined(texts) if self._has_texts else None
        keys = _Keys(count, b"".join(numbers), joined, 0 if joined is None else len(joined) + 1)
        error = c_void_p()
        status = _read_vectors(
            self._handle.pointer, addressof(keys), time, addressof(c_char.from_buffer(vectors)), vectors.size,
            addressof(error))
        if status:
            raise_error(status, error)
        return cast("NDArray[np.float32]", vectors)


_read_vectors = library.fs_reader_vectors


def _joined(texts: list[str]) -> bytes:
    """Each text ended by a zero byte; the last one's is the one that CPython has behind all bytes."""
    joined = "\0".join(texts).encode()
    if joined.count(0) >= max(1, len(texts)):
        raise ValueError("a zero within a key would end it")
    return joined


def _listed(values: Any) -> Any:
    """The values of an array or a series as a list."""
    for name in ("tolist", "to_list", "to_pylist"):
        if hasattr(values, name):
            return getattr(values, name)()
    return values
