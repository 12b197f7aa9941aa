"""Expressions: what makes features and chooses rows, over any frame."""

from __future__ import annotations

from ctypes import byref, c_void_p
from typing import Any

from ._arrow import Stream, without_index
from ._error import Error
from ._library import Handle, call
from ._wait import interruptibly
from .rows import Rows


def evaluate(expression: str, rows: Any) -> Rows:
    """Computes an expression such as "fare / max(distance_km, 0.1)" for each row of a frame, whose columns are its names.

    It is what `expression` in a feature's definition and `where` of a training set compute, as the only column, `value`. It
    needs no store. A duration comes as its microseconds.
    """
    stream = Stream(without_index(rows)[0], "rows")
    text = expression.encode()
    if b"\0" in text:
        raise Error("an expression cannot hold a zero character")
    table = c_void_p()

    def work(stop: int) -> Rows:
        call("fs_evaluate", text, stream.address, b"rows", stop, byref(table))
        return Rows(Handle(table, "fs_table_free", "values"))

    return interruptibly(work)
