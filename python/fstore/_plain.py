"""The short way to online values: keys handed over as plain arrays, in memory that is used again from read to read."""

from __future__ import annotations

import ctypes
import os
import weakref
from collections.abc import Mapping
from ctypes import addressof, c_char, c_char_p, c_int64, c_void_p
from typing import Any

import numpy as np

from ._columns import is_single
from ._library import Handle

_KINDS: dict[str, type] = {"int64": int, "int32": int, "bool": bool, "string": str}

# Where the fields of fs_read stand, in words of 8 bytes.
COUNT, NUMBERS, TEXTS, TEXT_BYTES, TIME, ANSWER, CAPACITY, NEEDED, ERROR, _WORDS = range(10)
_TEXT_ROOM = 1024


class Read(ctypes.Structure):
    """fs_read of the header; its keys are bytes objects, which it keeps alive."""

    _fields_ = [
        ("count", c_int64), ("numbers", c_char_p), ("texts", c_char_p), ("text_bytes", c_int64), ("time", c_int64),
        ("answer", c_void_p), ("capacity", c_int64), ("needed", c_int64), ("error", c_void_p)]


class Desk:
    """What one read of a row needs, made once: an fs_read with room for the row's keys and for the answer."""

    __slots__ = ("reader", "words", "texts", "address", "answer", "memory")

    def __init__(self, reader: int, numbers: int, answer_bytes: int) -> None:
        self.reader = reader
        size = 8 * (_WORDS + numbers) + _TEXT_ROOM
        self.memory = bytearray(size)
        self.address = addressof(c_char.from_buffer(self.memory))
        view = memoryview(self.memory)
        self.words = view[: 8 * (_WORDS + numbers)].cast("q")
        self.texts = view[8 * (_WORDS + numbers):]
        self.answer = bytearray(answer_bytes)
        self.words[COUNT] = 1
        self.words[NUMBERS] = self.address + 8 * _WORDS
        self.words[TEXTS] = self.address + 8 * (_WORDS + numbers)
        self.words[ANSWER] = addressof(c_char.from_buffer(self.answer)) if answer_bytes else 0
        self.words[CAPACITY] = answer_bytes

    @property
    def error(self) -> c_void_p:
        return c_void_p(self.words[ERROR])


class PlainKeys:
    """Lays keys of the plain kind out for reads: without nulls, in Python's types or arrays of the key's own.

    All other keys (nulls, floats, numbers as text, wrong names) go the long way, as an Arrow stream, and are read or
    refused there; so keys that are not plain give None, not an error.
    """

    def __init__(self, handle: Handle, join_keys: Mapping[str, str], answer_bytes: int) -> None:
        self._handle = handle
        self._answer_bytes = answer_bytes
        kinds = [_KINDS.get(kind) for kind in join_keys.values()]
        self._numbers = sum(kind is not str for kind in kinds)
        self._plan: list[tuple[str, Any, int]] = []
        place = _WORDS
        for name, kind in zip(join_keys, kinds):
            self._plan.append((name, kind, -1 if kind is str else place))
            place += kind is not str
        # Reads at the same time have a desk each; taking one and giving it back is safe between threads.
        self.desks: list[Desk] = []
        _all.add(self)

    def row(self, columns: Mapping[str, Any], time: int) -> Desk | None:
        """A desk with the keys of a single row, each a plain value, to be given back to `desks`."""
        if len(columns) != len(self._plan):
            return None
        desk = self.desks.pop() if self.desks else Desk(self._handle.pointer, self._numbers, self._answer_bytes)
        words = desk.words
        texts: list[Any] | None = None
        try:
            for name, kind, place in self._plan:
                value = columns[name]
                if type(value) is not kind:
                    break
                if place >= 0:
                    words[place] = value
                elif texts is None:
                    texts = [value]
                else:
                    texts.append(value)
            else:
                if texts is not None:
                    joined = _joined(texts)
                    length = len(joined)
                    desk.texts[:length] = joined
                    desk.texts[length] = 0
                    words[TEXT_BYTES] = length + 1
                words[TIME] = time
                return desk
        except (KeyError, ValueError, IndexError):
            # A name or a number that does not fit, a text with a zero in it, or one that is long.
            pass
        self.desks.append(desk)
        return None

    def rows(self, columns: Mapping[str, Any], time: int) -> Read | None:
        """The keys of many rows, as an fs_read without room for its answer."""
        if len(columns) != len(self._plan):
            return None
        try:
            values = [columns[name] for name, _, _ in self._plan]
            counts = {len(value) for value in values if not is_single(value)}
            if len(counts) > 1:
                return None
            count = counts.pop() if counts else 1
            numbers = []
            texts: list[str] = []
            for (_, kind, _), value in zip(self._plan, values):
                if kind is str:
                    texts += [value] * count if isinstance(value, str) else _listed(value)
                    continue
                array = np.asarray(value)
                # An empty list is of any type.
                if kind is None or array.ndim > 1 or count and array.dtype.kind != ("b" if kind is bool else "i"):
                    return None
                array = array.astype(np.int64, copy=False)
                numbers.append((array if array.ndim else np.full(count, array)).tobytes())
            joined = _joined(texts) if texts else b""
        except (KeyError, TypeError, ValueError):
            return None
        return Read(count, b"".join(numbers), joined, len(joined) + 1 if texts else 0, time)


_all: weakref.WeakSet[PlainKeys] = weakref.WeakSet()


def _forget_desks() -> None:
    """After a fork, new desks ask the handle, which refuses to be used."""
    for keys in _all:
        keys.desks.clear()


os.register_at_fork(after_in_child=_forget_desks)


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
