"""Vectors by plain keys."""

from __future__ import annotations

from collections.abc import Mapping
from ctypes import addressof, c_char, c_void_p
from typing import TYPE_CHECKING, Any

import numpy as np

from ._library import Handle, library, raise_error
from ._plain import PlainKeys

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FLOAT32 = np.dtype(np.float32)
_read_vectors = library.fs_reader_vectors
_record_vectors = library.fs_recorder_vectors


class PlainVectors:
    """Reads vectors by keys of the plain kind; for others it has None, and they go the long way."""

    def __init__(
        self, handle: Handle, join_keys: Mapping[str, str], width: int, read: Any = _read_vectors
    ) -> None:
        self._read = read
        self._handle = handle
        self._width = width
        self._keys = PlainKeys(handle, join_keys, 4 * width)

    def read(self, columns: Mapping[str, Any], time: int, ids: bytes | None = None) -> NDArray[np.float32] | None:
        """With `ids`, each ended by a zero byte, the handle is a recorder's."""
        desk = self._keys.row(columns, time)
        if desk is None:
            return self._read_many(columns, time, ids)
        try:
            if ids is None:
                status = self._read(desk.reader, desk.address)
            else:
                status = _record_vectors(desk.reader, desk.address, ids, len(ids))
            if status:
                raise_error(status, desk.error)
            row: NDArray[np.float32] = np.frombuffer(desk.answer, _FLOAT32).reshape(1, self._width).copy()
            return row
        finally:
            self._keys.desks.append(desk)

    def _read_many(self, columns: Mapping[str, Any], time: int, ids: bytes | None) -> NDArray[np.float32] | None:
        read = self._keys.rows(columns, time)
        if read is None:
            return None
        vectors: Any = np.empty((read.count, self._width), _FLOAT32)
        if read.count:
            read.answer = addressof(c_char.from_buffer(vectors))
            read.capacity = vectors.nbytes
            if ids is None:
                status = self._read(self._handle.pointer, addressof(read))
            else:
                status = _record_vectors(self._handle.pointer, addressof(read), ids, len(ids))
            if status:
                raise_error(status, c_void_p(read.error))
        answer: NDArray[np.float32] = vectors
        return answer
