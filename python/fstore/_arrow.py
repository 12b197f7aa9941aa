"""Rows in and out through the Arrow C stream interface, in capsules as the PyCapsule interface has them.

https://arrow.apache.org/docs/format/CStreamInterface.html
https://arrow.apache.org/docs/format/CDataInterface/PyCapsuleInterface.html
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Mapping
from ctypes import POINTER, c_char_p, c_int, c_int64, c_void_p, py_object
from typing import Any

from ._columns import Column
from ._error import Error
from ._library import Handle, call


class ArrowSchema(ctypes.Structure):
    pass


class ArrowArray(ctypes.Structure):
    pass


class ArrowArrayStream(ctypes.Structure):
    pass


_ReleaseSchema = ctypes.CFUNCTYPE(None, POINTER(ArrowSchema))
_ReleaseArray = ctypes.CFUNCTYPE(None, POINTER(ArrowArray))
_ReleaseStream = ctypes.CFUNCTYPE(None, POINTER(ArrowArrayStream))
_GetSchema = ctypes.CFUNCTYPE(c_int, POINTER(ArrowArrayStream), POINTER(ArrowSchema))
_GetNext = ctypes.CFUNCTYPE(c_int, POINTER(ArrowArrayStream), POINTER(ArrowArray))
_GetLastError = ctypes.CFUNCTYPE(c_void_p, POINTER(ArrowArrayStream))

ArrowSchema._fields_ = [
    ("format", c_char_p), ("name", c_char_p), ("metadata", c_char_p), ("flags", c_int64), ("n_children", c_int64),
    ("children", POINTER(POINTER(ArrowSchema))), ("dictionary", c_void_p), ("release", _ReleaseSchema),
    ("private_data", c_void_p)]
ArrowArray._fields_ = [
    ("length", c_int64), ("null_count", c_int64), ("offset", c_int64), ("n_buffers", c_int64), ("n_children", c_int64),
    ("buffers", POINTER(c_void_p)), ("children", POINTER(POINTER(ArrowArray))), ("dictionary", c_void_p),
    ("release", _ReleaseArray), ("private_data", c_void_p)]
ArrowArrayStream._fields_ = [
    ("get_schema", _GetSchema), ("get_next", _GetNext), ("get_last_error", _GetLastError), ("release", _ReleaseStream),
    ("private_data", c_void_p)]

_NULLABLE = 2
_CAPSULE = b"arrow_array_stream"

_get_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_get_pointer.argtypes = [py_object, c_char_p]
_get_pointer.restype = c_void_p
# The same function for a capsule that is being destroyed, which must not be given a new reference.
_get_pointer_of_dying = ctypes.PYFUNCTYPE(c_void_p, c_void_p, c_char_p)(("PyCapsule_GetPointer", ctypes.pythonapi))
_Destructor = ctypes.PYFUNCTYPE(None, c_void_p)
_new_capsule = ctypes.pythonapi.PyCapsule_New
_new_capsule.argtypes = [c_void_p, c_char_p, _Destructor]
_new_capsule.restype = py_object


# ---- out


@_Destructor
def _destroy(capsule: int) -> None:
    address = _get_pointer_of_dying(capsule, _CAPSULE)
    stream = ArrowArrayStream.from_address(address)
    if stream.release:
        stream.release(ctypes.pointer(stream))
    _capsules.pop(address, None)


# A stream in a capsule lives in memory of Python's until the capsule is gone.
_capsules: dict[int, ArrowArrayStream] = {}
# Capsules may outlive this module while the interpreter ends; what they call must not go before them.
for _lasting in (_destroy, _capsules):
    ctypes.pythonapi.Py_IncRef(py_object(_lasting))


def capsule_of(table: Handle) -> Any:
    """A table of the library as a capsule with a stream; its memory is lent, not copied."""
    stream = ArrowArrayStream()
    address = ctypes.addressof(stream)
    call("fs_table_stream", table.pointer, 0, address)
    _capsules[address] = stream
    return _new_capsule(address, _CAPSULE, _destroy)


# ---- in


class Stream:
    """Rows of the caller's as a stream that one call of the library takes."""

    def __init__(self, rows: Any, origin: str) -> None:
        self.address: int
        #: Rows of a dict of columns; of others, only reading them tells.
        self.count: int | None = None
        if hasattr(rows, "__arrow_c_stream__"):
            try:
                self._capsule = rows.__arrow_c_stream__()
            except ImportError as error:
                kind = type(rows).__module__.split(".")[0]
                raise Error(f"{origin}: {kind} hands rows over through pyarrow: pip install pyarrow ({error})") from error
            self.address = _get_pointer(self._capsule, _CAPSULE)
        elif isinstance(rows, Mapping):
            columns = {str(name): Column.of(values, str(name)) for name, values in rows.items()}
            self.count = _row_count(columns, origin)
            self._stream = _stream_of(columns, self.count)
            self.address = ctypes.addressof(self._stream)
        else:
            raise Error(
                f"{origin}: a {type(rows).__name__} holds no rows; give a path, a DataFrame of pandas or Polars, an Arrow "
                "table, a DuckDB relation or a dict of columns")


def without_index(frame: Any) -> tuple[Any, Any]:
    """A pandas frame as Arrow takes it, and its index: named levels become columns, others are not rows' data.

    Anything else comes back as it is, with None.
    """
    pandas = sys.modules.get("pandas")
    if pandas is None or not isinstance(frame, pandas.DataFrame):
        return frame, None
    if any(name is not None for name in frame.index.names):
        return frame.reset_index(), frame.index
    return frame.reset_index(drop=True), frame.index


# What streams of ours point to, by the number in their private_data, until they are released.
_alive: dict[int, Any] = {}
_numbers = iter(range(1, sys.maxsize))


def _keep(owned: Any) -> int:
    number = next(_numbers)
    _alive[number] = owned
    return number


@_ReleaseSchema
def _release_schema(schema: Any) -> None:
    _release(schema.contents, _ReleaseSchema())


@_ReleaseArray
def _release_array(array: Any) -> None:
    _release(array.contents, _ReleaseArray())


def _release(structure: Any, no_callback: Any) -> None:
    for i in range(structure.n_children):
        child = structure.children[i]
        if child.contents.release:
            child.contents.release(child)
    structure.release = no_callback
    _alive.pop(structure.private_data, None)


@_ReleaseStream
def _release_stream(stream: Any) -> None:
    stream.contents.release = _ReleaseStream()
    _alive.pop(stream.contents.private_data, None)


@_GetSchema
def _get_schema(stream: Any, out: Any) -> int:
    columns, _ = _alive[stream.contents.private_data]
    out[0] = _schema(b"+s", b"", [_column_schema(column, name) for name, column in columns.items()])
    return 0


def _column_schema(column: Column, name: str) -> ArrowSchema:
    elements = [] if column.elements is None else [_column_schema(column.elements, "item")]
    return _schema(column.format, name.encode(), elements, flags=_NULLABLE)


def _schema(format: bytes, name: bytes, children: list[ArrowSchema], **fields: Any) -> ArrowSchema:
    pointers = (POINTER(ArrowSchema) * len(children))(*map(ctypes.pointer, children))
    return ArrowSchema(
        format=format, name=name, children=pointers, n_children=len(children), release=_release_schema,
        private_data=_keep((format, name, pointers)), **fields)


@_GetNext
def _get_next(stream: Any, out: Any) -> int:
    columns, batches = _alive[stream.contents.private_data]
    if not batches:
        out[0] = ArrowArray()
        return 0
    count = batches.pop()
    out[0] = _array(count, [None], [_column_array(column) for column in columns.values()])
    return 0


def _column_array(column: Column) -> ArrowArray:
    elements = [] if column.elements is None else [_column_array(column.elements)]
    return _array(column.count, column.buffers, elements, null_count=-1)


def _array(length: int, buffers: list[Any], children: list[ArrowArray], **fields: Any) -> ArrowArray:
    addresses = (c_void_p * len(buffers))(*(None if b is None else b.ctypes.data for b in buffers))
    pointers = (POINTER(ArrowArray) * len(children))(*map(ctypes.pointer, children))
    return ArrowArray(
        length=length, n_buffers=len(buffers), buffers=addresses, children=pointers, n_children=len(children),
        release=_release_array, private_data=_keep((addresses, buffers, pointers)), **fields)


@_GetLastError
def _no_error(stream: Any) -> None:
    return None


def _row_count(columns: dict[str, Column], origin: str) -> int:
    counts = {name: column.count for name, column in columns.items()}
    if len(set(counts.values())) > 1:
        lengths = ", ".join(f"{name} {count}" for name, count in counts.items())
        raise Error(f"{origin}: columns differ in length ({lengths})")
    return next(iter(counts.values()), 0)


def _stream_of(columns: dict[str, Column], count: int) -> ArrowArrayStream:
    return ArrowArrayStream(
        get_schema=_get_schema, get_next=_get_next, get_last_error=_no_error, release=_release_stream,
        private_data=_keep((columns, [count])))
