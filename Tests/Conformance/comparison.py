"""Compares a training set with the expected one, bit for bit."""
import struct

import pyarrow as pa


def differences(expected: pa.Table, actual: pa.Table) -> list[str]:
    """What differs, a line each; nothing if the tables are equal. Any NaN equals any other; 0.0 does not equal -0.0."""
    if actual.column_names != expected.column_names:
        return [f"columns {actual.column_names} instead of {expected.column_names}"]
    if actual.num_rows != expected.num_rows:
        return [f"{actual.num_rows} rows instead of {expected.num_rows}"]
    found = []
    for name in expected.column_names:
        column = expected[name].combine_chunks()
        wanted = values(column)
        try:
            given = values(actual[name].combine_chunks().cast(column.type))
        except pa.ArrowException as error:
            found.append(f"{name}: of type {actual[name].type} instead of {column.type} ({error})")
            continue
        found += [
            f"row {row + 1}, {name}: {shown(b)} instead of {shown(a)}"
            for row, (a, b) in enumerate(zip(wanted, given)) if bits(a) != bits(b)]
    return found


def values(column: pa.Array) -> list:
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.int64())
    return column.to_pylist()


def bits(value):
    if isinstance(value, float):
        return "NaN" if value != value else struct.pack(">d", value)
    return [bits(element) for element in value] if isinstance(value, list) else value


def shown(value) -> str:
    return "null" if value is None else repr(value)
