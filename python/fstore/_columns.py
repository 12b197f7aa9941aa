"""Values that a caller gives one by one or in arrays, as columns in Arrow's layout."""

from __future__ import annotations

import dataclasses
import datetime
import sys
from typing import Any

import numpy as np

from ._error import Error

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
_VECTOR = (list, tuple, np.ndarray)
_MICROSECOND = datetime.timedelta(microseconds=1)


def microseconds(time: datetime.datetime) -> int:
    """Since 1970 in UTC; a time without a zone is taken as UTC, as everywhere in fstore."""
    if time.tzinfo is None:
        time = time.replace(tzinfo=datetime.timezone.utc)
    return (time - _EPOCH) // _MICROSECOND


def is_single(value: Any) -> bool:
    """Whether it is one value, not a list or an array of them."""
    if value is None or isinstance(value, (str, bytes, int, float, np.generic)):
        return True
    return not hasattr(value, "__len__") and np.ndim(value) == 0


@dataclasses.dataclass
class Column:
    """Values of one type; `format` and `buffers` are those of the Arrow C data interface, validity first."""

    count: int
    format: bytes
    buffers: list[Any]
    #: The elements of vectors, one after another.
    elements: Column | None = None

    @classmethod
    def of(cls, values: Any, name: str) -> Column:
        """The column of an array, a series, a list or a single value; None, NaN and NaT are nulls.

        Vectors come as an array of two dimensions, or as lists of one length.

        Raises `Error` if the values are of no type that a store has, or of several.
        """
        array = _array(values)
        if array.ndim > 2:
            raise Error(f"{name}: give a value or a vector a row, not an array of {array.ndim} dimensions")
        valid = ~_is_null(array)
        if array.dtype.kind == "O":
            array = _typed(array, valid, name)
        validity = None if valid.all() else np.packbits(valid, bitorder="little")
        if array.ndim == 2:
            elements = cls.of(array.reshape(-1), name)
            # A number in a vector that is not a number is no null.
            elements.buffers[0] = None
            return cls(len(array), b"+w:%d" % array.shape[1], [validity], elements)
        format, buffers = _buffers(array, name)
        return cls(len(array), format, [validity, *buffers])


def _array(values: Any) -> np.ndarray:
    if isinstance(values, (str, bytes)):
        values = [values]
    # Whole numbers that are partly null must not become floats on the way.
    elif hasattr(values, "to_pylist"):
        values = values.to_pylist()
    elif hasattr(values, "null_count") and hasattr(values, "to_list"):
        values = values.to_list()
    try:
        array = np.atleast_1d(np.asarray(values))
    except ValueError:
        # Lists of several lengths, or nulls among them.
        array = np.empty(len(values), dtype=object)
        array[:] = values
    if array.dtype.kind in "SU" and isinstance(values, (list, tuple)):
        # NumPy would make text of numbers beside it, and cut zeros off the end of bytes.
        array = np.array([*values, None], dtype=object)[:-1]
    return array


def _is_null(array: np.ndarray) -> np.ndarray:
    if array.ndim == 2:
        return np.zeros(len(array), dtype=bool)
    if array.dtype.kind == "f":
        return np.asarray(np.isnan(array))
    if array.dtype.kind == "M":
        return np.asarray(np.isnat(array))
    if array.dtype.kind != "O":
        return np.zeros(len(array), dtype=bool)
    pandas = sys.modules.get("pandas")
    if pandas is not None:
        is_null: np.ndarray = np.asarray(pandas.isna(array), dtype=bool)
        return is_null
    return np.fromiter(
        (v is None or not isinstance(v, _VECTOR) and bool(v != v) for v in array), dtype=bool, count=len(array))


def _typed(array: np.ndarray, valid: np.ndarray, name: str) -> np.ndarray:
    """Objects as an array of their type, with any value where they are null."""
    if array.ndim == 1 and any(isinstance(value, _VECTOR) for value in array[valid]):
        return _vectors(array, valid, name)
    kinds = {_kind(value) for value in array[valid]}
    if kinds == {int, float}:
        kinds = {float}
    if len(kinds) > 1 or None in kinds:
        types = ", ".join(sorted({type(value).__name__ for value in array[valid]}))
        raise Error(f"{name}: values of type {types}; give whole numbers, floats, strings, bytes, booleans or times")
    kind = kinds.pop() if kinds else int
    filled: np.ndarray = array.copy()
    if kind is datetime.datetime:
        filled[~valid] = _EPOCH
        return np.array([microseconds(time) for time in filled], dtype="M8[us]")
    if kind in (str, bytes):
        filled[~valid] = kind()
        return filled
    filled[~valid] = 0
    whole = np.dtype(np.int64 if kind is int else np.float64 if kind is float else np.bool_)
    try:
        return filled.astype(whole)
    except OverflowError:
        raise Error(f"{name}: a whole number is too big for 64 bits") from None


def _vectors(array: np.ndarray, valid: np.ndarray, name: str) -> np.ndarray:
    """Lists of one length as rows of an array, with zeros where they are null."""
    try:
        rows = np.asarray([np.asarray(value) for value in array[valid]])
    except ValueError:
        rows = np.empty(0)
    if rows.ndim != 2 or rows.dtype.kind not in "iuf":
        raise Error(f"{name}: vectors are lists of numbers, all of one length")
    filled: np.ndarray = np.zeros((len(array), rows.shape[1]), dtype=rows.dtype)
    filled[valid] = rows
    return filled


def _kind(value: Any) -> type | None:
    if isinstance(value, (bool, np.bool_)):
        return bool
    if isinstance(value, (int, np.integer)):
        return int
    if isinstance(value, (float, np.floating)):
        return float
    return next((kind for kind in (str, bytes, datetime.datetime) if isinstance(value, kind)), None)


def _buffers(array: np.ndarray, name: str) -> tuple[bytes, list[np.ndarray]]:
    kind = array.dtype.kind
    if kind == "b":
        return b"b", [np.packbits(array, bitorder="little")]
    if kind == "i":
        return b"l", [np.ascontiguousarray(array, dtype=np.int64)]
    if kind == "u":
        return b"L", [np.ascontiguousarray(array, dtype=np.uint64)]
    if kind == "f":
        return b"g", [np.ascontiguousarray(array, dtype=np.float64)]
    if kind == "M":
        return b"tsu:UTC", [np.ascontiguousarray(array.astype("M8[us]").view(np.int64))]
    if kind in "USO":
        is_text = kind == "U" or (kind == "O" and len(array) > 0 and isinstance(array[0], str))
        try:
            encoded = [value.encode() for value in array] if is_text else [bytes(value) for value in array]
        except UnicodeEncodeError as error:
            raise Error(f"{name}: {error.object!r} is no text that UTF-8 can hold") from None
        offsets = np.zeros(len(encoded) + 1, dtype=np.int64)
        np.cumsum([len(value) for value in encoded], out=offsets[1:])
        return (b"U" if is_text else b"Z"), [offsets, np.frombuffer(b"".join(encoded) + b"\0", dtype=np.uint8)]
    if kind == "T":  # NumPy's strings of variable width
        return _buffers(array.astype(object), name)
    raise Error(f"{name}: an array of {array.dtype} holds no values that a store has")
