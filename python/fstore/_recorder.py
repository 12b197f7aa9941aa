"""Reads whose rows are remembered in the service's log."""

from __future__ import annotations

import atexit
import weakref
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Union

from ._error import Error
from ._library import Handle, call
from ._records import PlainRows
from ._vectors import PlainVectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: The name under which rows are remembered, or one a row.
RequestID = Union[str, Sequence[str]]


class Recorder:
    """Reads by keys of the plain kind, and remembers what it reads."""

    def __init__(
        self, handle: Handle, join_keys: Mapping[str, str], width: int | None, description: Mapping[str, Any]
    ) -> None:
        self._handle = handle
        self._join_keys = join_keys
        self._vectors = PlainVectors(handle, join_keys, width) if width else None
        self._rows = PlainRows(handle, join_keys, description)
        _all.add(self)

    def vectors(self, columns: Mapping[str, Any], time: int, ids: RequestID) -> NDArray[np.float32]:
        if self._vectors is None:
            raise Error("a feature of the service is no number; read rows")
        read = self._vectors.read(columns, time, _joined(ids))
        return self._misfit(columns) if read is None else read

    def rows(self, columns: Mapping[str, Any], time: int, with_status: bool, ids: RequestID) -> list[dict[str, Any]]:
        read = self._rows.read(columns, time, with_status, _joined(ids))
        return self._misfit(columns) if read is None else read

    def flush(self) -> None:
        call("fs_recorder_flush", self._handle.pointer)

    def _misfit(self, columns: Mapping[str, Any]) -> Any:
        needed = ", ".join(f"{name} ({kind})" for name, kind in self._join_keys.items())
        raise Error(
            f"a read with a request id takes each join key as a value or a list, of its own type and without nulls: {needed}; "
            f"given were {', '.join(columns) or 'none'}")


def _joined(ids: RequestID) -> bytes:
    """Each id ended by a zero byte."""
    if isinstance(ids, str):
        if "\0" in ids:
            raise Error("a request id has no zeros in it")
        return ids.encode() + b"\0"
    texts = list(ids)
    if not all(isinstance(text, str) and "\0" not in text for text in texts):
        raise Error("request_id is a text, or a list of texts")
    return b"".join(text.encode() + b"\0" for text in texts)


_all: weakref.WeakSet[Recorder] = weakref.WeakSet()


@atexit.register
def _flush_all() -> None:
    """What was remembered is on disk when the interpreter ends."""
    for recorder in list(_all):
        try:
            recorder.flush()
        except Error:
            # It belongs to a parent, or its disk is full: there is nobody to tell.
            pass
