"""Loads the library beside this file, declares its functions, and turns what they answer into Python.

The header of the library, fstore.h, tells what each function does. ctypes lets go of the interpreter's lock while one
runs, so other threads go on.
"""

from __future__ import annotations

import ctypes
import json
import os
import pathlib
import sys
from ctypes import POINTER, byref, c_bool, c_char_p, c_int32, c_int64, c_void_p
from typing import Any, NoReturn

from ._error import BusyError, Error

_PATH = pathlib.Path(__file__).parent / "_library" / "libfstore.so"

# Arguments before the error's place; all of these return a status.
_FUNCTIONS: dict[str, list[Any]] = {
    "fs_store_open": [c_char_p, POINTER(c_void_p)],
    "fs_store_project": [c_void_p, POINTER(c_void_p)],
    "fs_store_apply": [c_void_p, c_bool, c_bool, POINTER(c_void_p)],
    "fs_store_list": [c_void_p, POINTER(c_void_p)],
    "fs_store_describe": [c_void_p, c_char_p, POINTER(c_void_p)],
    "fs_store_ingest_files": [c_void_p, c_char_p, POINTER(c_char_p), c_int64, c_bool, c_void_p, POINTER(c_void_p)],
    "fs_store_ingest": [c_void_p, c_char_p, c_void_p, c_char_p, c_bool, c_void_p, POINTER(c_void_p)],
    "fs_evaluate": [c_char_p, c_void_p, c_char_p, c_void_p, POINTER(c_void_p)],
    "fs_store_push": [c_void_p, c_char_p, c_void_p, c_char_p, c_char_p, c_void_p, POINTER(c_void_p)],
    "fs_store_push_stream": [
        c_void_p, c_char_p, c_void_p, c_char_p, c_char_p, c_char_p, c_char_p, c_void_p, POINTER(c_void_p)],
    "fs_store_streams": [c_void_p, c_char_p, c_char_p, POINTER(c_void_p)],
    "fs_store_reset_stream": [c_void_p, c_char_p, c_char_p, c_char_p, c_int64, POINTER(c_void_p)],
    "fs_store_training_set": [
        c_void_p, c_char_p, c_void_p, c_char_p, c_char_p, c_bool, c_bool, c_void_p, POINTER(c_void_p), POINTER(c_void_p)],
    "fs_store_training_set_of_file": [
        c_void_p, c_char_p, c_char_p, c_char_p, c_bool, c_bool, c_void_p, POINTER(c_void_p), POINTER(c_void_p)],
    "fs_store_training_set_by_rule": [
        c_void_p, c_char_p, c_void_p, c_bool, c_bool, c_void_p, POINTER(c_void_p), POINTER(c_void_p)],
    "fs_store_training_set_again": [
        c_void_p, c_int64, c_void_p, c_void_p, POINTER(c_void_p), POINTER(c_void_p)],
    "fs_store_history": [c_void_p, c_char_p, c_void_p, c_char_p, c_int64, c_int64, c_int64, POINTER(c_void_p)],
    "fs_store_statistics": [c_void_p, c_char_p, POINTER(c_void_p)],
    "fs_table_slice": [c_void_p, c_int64, c_int64, POINTER(c_void_p)],
    "fs_table_stream": [c_void_p, c_int64, c_void_p],
    "fs_store_materialize": [c_void_p, c_char_p, c_int64, c_bool, c_void_p, POINTER(c_void_p)],
    "fs_reader_open": [c_void_p, c_char_p, c_bool, POINTER(c_void_p)],
    "fs_store_fit": [
        c_void_p, c_char_p, c_void_p, c_char_p, c_char_p, c_char_p, c_void_p, POINTER(c_void_p)],
    "fs_store_fit_on": [c_void_p, c_char_p, c_char_p, c_char_p, c_char_p, c_void_p, POINTER(c_void_p)],
    "fs_store_encoders": [c_void_p, c_char_p, POINTER(c_void_p)],
    "fs_store_encode": [
        c_void_p, c_char_p, c_void_p, c_char_p, c_int64, c_bool, c_bool, c_void_p, POINTER(c_void_p), POINTER(c_void_p)],
    "fs_table_floats": [c_void_p, POINTER(c_char_p), c_int64, POINTER(c_void_p)],
    "fs_encoder_open": [c_void_p, c_char_p, POINTER(c_void_p)],
    "fs_encoder_describe": [c_void_p, POINTER(c_void_p)],
    "fs_encoder_vectors_of_stream": [c_void_p, c_void_p, c_int64, c_void_p, c_int64, POINTER(c_int64)],
    "fs_reader_describe": [c_void_p, POINTER(c_void_p)],
    "fs_reader_vectors_of_stream": [c_void_p, c_void_p, c_int64, c_void_p, c_int64, POINTER(c_int64)],
    "fs_reader_rows_of_stream": [c_void_p, c_void_p, c_int64, POINTER(c_void_p)],
}

NOW = -(2**63)
_BUSY = 3


def _load() -> ctypes.CDLL:
    try:
        library = ctypes.CDLL(str(_PATH))
    except OSError as error:
        if sys.platform != "linux":
            raise ImportError(f"fstore runs on Linux only, not on {sys.platform}") from error
        raise ImportError(f"fstore's library cannot be loaded; build it with 'make python' ({error})") from error
    for name, arguments in _FUNCTIONS.items():
        function = getattr(library, name)
        function.argtypes = [*arguments, c_void_p]
        function.restype = c_int32
    for name in ("fs_reader_vectors", "fs_reader_rows", "fs_encoder_vectors"):
        # The error's place is in what they are given.
        getattr(library, name).argtypes = [c_void_p, c_void_p]
        getattr(library, name).restype = c_int32
    library.fs_version.restype = c_char_p
    library.fs_string_free.argtypes = [c_void_p]
    library.fs_string_free.restype = None
    library.fs_table_row_count.argtypes = [c_void_p]
    library.fs_table_row_count.restype = c_int64
    for name in ("fs_store_close", "fs_table_free", "fs_reader_close", "fs_encoder_close"):
        getattr(library, name).argtypes = [c_void_p]
        getattr(library, name).restype = None
    return library


library = _load()
version: str = library.fs_version().decode()


def _take_string(place: c_void_p) -> str:
    if not place.value:
        return ""
    try:
        return ctypes.string_at(place.value).decode()
    finally:
        library.fs_string_free(place)


def call(name: str, *arguments: Any) -> None:
    """Calls a function; raises `Error` with its sentence if it fails."""
    error = c_void_p()
    status = getattr(library, name)(*arguments, byref(error))
    if status:
        raise_error(status, error)


def raise_error(status: int, error: c_void_p) -> NoReturn:
    """Raises the error whose sentence a failed call has put into `error`."""
    raise (BusyError if status == _BUSY else Error)(_take_string(error))


def _whole_number(digits: str) -> int | float:
    # Swift writes the float -0.0 so, and no integer.
    return -0.0 if digits == "-0" else int(digits)


def call_for_json(name: str, *arguments: Any) -> Any:
    """Calls a function whose last argument before the error is the place of its JSON, and returns that."""
    text = c_void_p()
    call(name, *arguments, byref(text))
    return json.loads(_take_string(text), parse_int=_whole_number)


class Handle:
    """An object of the library, given up with the last reference to this one.

    Handles do not survive a fork: the library's files and locks belong to the process that opened them.
    """

    __slots__ = ("_pointer", "_close", "_process", "_kind")

    def __init__(self, pointer: c_void_p, close: str, kind: str) -> None:
        self._pointer = pointer.value
        self._close = getattr(library, close)
        self._process = _process
        self._kind = kind

    @property
    def pointer(self) -> int:
        if self._process != _process:
            raise Error(f"this {self._kind} was opened before a fork; open it again in this process")
        assert self._pointer is not None
        return self._pointer

    def __del__(self) -> None:
        pointer, self._pointer = self._pointer, None
        if pointer is not None and self._process == _process:
            self._close(pointer)


_process = os.getpid()


def _note_fork() -> None:
    global _process
    _process = os.getpid()


os.register_at_fork(after_in_child=_note_fork)
