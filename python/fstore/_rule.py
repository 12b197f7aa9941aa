"""Rows of a training set that are made by a rule, as fs_rule has them."""

from __future__ import annotations

import ctypes
import os
from ctypes import c_bool, c_char_p, c_int64, c_void_p
from typing import Any

from ._arrow import Stream
from ._error import Error
from ._time import Time, to_microseconds


class EntityRule(ctypes.Structure):
    """fs_rule of the header; it keeps alive what it points to."""

    _fields_ = [
        ("every", c_char_p), ("from_view", c_char_p), ("path", c_char_p), ("rows", c_void_p), ("keys_of", c_char_p),
        ("from_", c_int64), ("to", c_int64), ("timestamp", c_char_p), ("where", c_char_p), ("sample", c_char_p), ("split", c_char_p),
        ("gap", c_char_p), ("seed", c_int64), ("unrecorded", c_bool)]

    def __init__(
        self, rows: Any, *, every: str | None, from_view: str | None, keys_of: str | None, from_: Time | None,
        to: Time | None, timestamp: str | None, where: str | None, sample: int | str | None, split: str | None, gap: str | None, seed: int,
        record: bool,
    ) -> None:
        """`rows` are entity rows, or keys of a spine: the path of a file, a frame, or None."""
        super().__init__(
            every=_text(every, "every"), from_view=_text(from_view, "from_view"), keys_of=_text(keys_of, "keys_of"),
            timestamp=_text(timestamp, "timestamp"), where=_text(where, "where"), sample=_text(None if sample is None else str(sample), "sample"),
            split=_text(split, "split"), gap=_text(gap, "gap"), seed=seed,
            unrecorded=not record)
        if every is not None and (from_ is None or to is None):
            raise Error("every needs from_ and to")
        if every is None and from_view is None and not (from_ is None and to is None):
            raise Error("from_ and to belong to every or from_view")
        self.from_ = 0 if from_ is None else to_microseconds(from_)
        self.to = 0 if to is None else to_microseconds(to)
        if isinstance(rows, (str, os.PathLike)):
            self.path = os.path.abspath(os.fspath(rows)).encode()
        elif rows is not None:
            self._stream = Stream(rows, "rows" if every is None else "keys")
            self.rows = self._stream.address


def _text(text: str | None, name: str) -> bytes | None:
    if text is None:
        return None
    if not isinstance(text, str):
        raise Error(f"{name} is a {type(text).__name__}; give a text")
    return text.encode()
