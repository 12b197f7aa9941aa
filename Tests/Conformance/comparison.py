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


def in_order_of(entities: pa.Table, actual: pa.Table) -> pa.Table | None:
    """The rows of a training set in the order of the entity rows; None if they are not the same rows."""
    try:
        given = [[repr(bits(value)) for value in values(actual[name].combine_chunks().cast(entities[name].type))]
                 for name in entities.column_names]
    except (KeyError, pa.ArrowException):
        return None
    wanted = [[repr(bits(value)) for value in values(entities[name].combine_chunks())] for name in entities.column_names]
    places: dict[tuple, list[int]] = {}
    for place, row in enumerate(zip(*given)):
        places.setdefault(row, []).append(place)
    order = [places[row].pop(0) if places.get(row) else None for row in zip(*wanted)]
    return None if None in order or len(order) != actual.num_rows else actual.take(order)


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
