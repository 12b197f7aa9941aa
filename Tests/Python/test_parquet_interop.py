"""Parquet files of other implementations read equal, and ours read equal in all of them."""
import base64
import datetime
import decimal
import json
import math

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

ROWS = 700
UTC = datetime.timezone.utc


def with_nulls(values):
    return [None if i % 7 == 3 else value for i, value in enumerate(values)]


def instant(i):
    return datetime.datetime(2024, 1, 1, tzinfo=UTC) + datetime.timedelta(seconds=i * 37, microseconds=i * 1001)


def sample() -> pa.Table:
    """Columns of all kinds that a source may have, with nulls, repetitions and special values."""
    floats = [math.inf, -math.inf, -0.0, 0.1, 1e300] + [i / 8 for i in range(ROWS - 5)]
    return pa.table({
        "i8": pa.array(with_nulls([i % 256 - 128 for i in range(ROWS)]), pa.int8()),
        "u16": pa.array(with_nulls([i * 93 % 65536 for i in range(ROWS)]), pa.uint16()),
        "i32": pa.array([i - 300 for i in range(ROWS)], pa.int32()),
        "i64": pa.array(with_nulls([(i - 300) << 40 for i in range(ROWS)]), pa.int64()),
        "u64": pa.array([2**64 - 1 - i for i in range(ROWS)], pa.uint64()),
        "f32": pa.array(with_nulls([i / 8 for i in range(ROWS)]), pa.float32()),
        "f64": pa.array(floats, pa.float64()),
        "flag": pa.array(with_nulls([i % 3 == 0 for i in range(ROWS)]), pa.bool_()),
        "text": pa.array(with_nulls([["", "é😀", "a" * 300, f"row {i}"][i % 4] for i in range(ROWS)])),
        "city": pa.array([f"city {i % 5}" for i in range(ROWS)]),
        "raw": pa.array(with_nulls([bytes([i % 256, 0, 255]) for i in range(ROWS)]), pa.binary()),
        "day": pa.array([datetime.date(1969, 12, 1) + datetime.timedelta(days=i) for i in range(ROWS)]),
        "moment": pa.array([instant(i) for i in range(ROWS)], pa.timestamp("us", "UTC")),
        "at": pa.array(with_nulls([instant(i) for i in range(ROWS)]), pa.timestamp("us", "UTC")),
        "vector": pa.array(with_nulls([[i / 4, -i / 4, 0.5] for i in range(ROWS)]), pa.list_(pa.float32())),
        "words": pa.array(with_nulls([[f"w{j}" for j in range(i % 4)] for i in range(ROWS)]), pa.list_(pa.string())),
    })


def plain(value):
    """A cell as `fstore show --json` prints it, in a form that compares."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime.datetime):
        return round(value.astimezone(UTC).timestamp() * 1_000_000)
    if isinstance(value, datetime.date):
        return (value - datetime.date(1970, 1, 1)).days
    if isinstance(value, list):
        return [plain(element) for element in value]
    if isinstance(value, float):
        return {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, repr(value))
    return value


def shown(project, path) -> dict:
    """The file's columns as fstore reads them."""
    # A zero's sign would be lost where Python reads -0 as an integer.
    answer = json.loads(
        project.run("show", path, "--rows", "1000000", "--json"),
        parse_int=lambda text: -0.0 if text == "-0" else int(text))
    types = {column["name"]: column["type"] for column in answer["columns"]}

    def cell(name, value):
        if value is None:
            return None
        if types[name].startswith("timestamp[microseconds"):
            return plain(datetime.datetime.fromisoformat(value.replace("Z", "+00:00")))
        if isinstance(value, list):
            return [plain(float(element)) if types[name].startswith("list<float") else element for element in value]
        return plain(float(value)) if types[name].startswith("float") and not isinstance(value, str) else value

    return {name: [cell(name, row[name]) for row in answer["rows"]] for name in types}


def expect_equal(project, path, table: pa.Table):
    """The file reads equal: its first rows as they are shown, all of it as entity rows that pass through."""
    read = shown(project, path)
    assert list(read) == table.column_names
    for name in table.column_names:
        first = read[name]
        assert first == [plain(value) for value in table[name].slice(0, len(first)).to_pylist()], name
    if not (project.root / ".fstore").exists():
        make_a_store(project)
    project.run(
        "training-set", "--features", "v:seen", "--entities", path, "--timestamp", "moment", "--out", "out.parquet")
    passed = pq.read_table(project.root / "out.parquet")
    assert passed.column_names == table.column_names + ["seen"]
    for name in table.column_names:
        assert passed[name].null_count == table[name].null_count, name
        values = [plain(value) for value in passed[name].to_pylist()]
        assert values == [plain(value) for value in table[name].to_pylist()], name


def make_a_store(project):
    """A store with one view, so that training sets can be made."""
    project.define("""
        entities:
          e: {join_keys: {i32: int32}}
        sources:
          s: {path: seen.csv, timestamp: event_timestamp}
        feature_views:
          v: {entities: [e], source: s, features: {seen: int64}}
        """)
    (project.root / "seen.csv").write_text("i32,event_timestamp,seen\n1,2020-01-01T00:00:00Z,5\n")
    project.run("apply")
    project.run("ingest", "--all")


@pytest.mark.parametrize("compression", ["none", "snappy", "gzip", "zstd", "lz4"])
@pytest.mark.parametrize("dictionary", [True, False])
@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_pyarrows_files_read_equal(project, compression, dictionary, version):
    table = sample()
    for group_rows in [ROWS, 100, 1]:
        part = table.slice(0, 40) if group_rows == 1 else table
        pq.write_table(
            part, project.root / "x.parquet", compression=compression, use_dictionary=dictionary,
            data_page_version=version, row_group_size=group_rows, data_page_size=600, write_page_checksum=True)
        expect_equal(project, "x.parquet", part)


def test_pandas_files_read_equal(project):
    table = sample()
    table.to_pandas(types_mapper=pd.ArrowDtype).to_parquet(project.root / "x.parquet")
    expect_equal(project, "x.parquet", table)


@pytest.mark.parametrize("compression", ["uncompressed", "snappy", "gzip", "zstd", "lz4"])
def test_polars_files_read_equal(project, compression):
    table = sample()
    pl.from_arrow(table).write_parquet(project.root / "x.parquet", compression=compression, row_group_size=128)
    expect_equal(project, "x.parquet", table)


@pytest.mark.parametrize("codec", ["uncompressed", "snappy", "gzip", "zstd", "lz4_raw"])
def test_duckdbs_files_read_equal(project, codec):
    table = sample()
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("sample", table)
        connection.execute(
            f"COPY sample TO '{project.root / 'x.parquet'}' (FORMAT parquet, CODEC '{codec}', ROW_GROUP_SIZE 2048)")
    expect_equal(project, "x.parquet", table)


def test_int96_times_read_equal(project):
    times = [instant(i) for i in range(50)] + [None, datetime.datetime(1901, 5, 6, tzinfo=UTC)]
    table = pa.table({"at": pa.array(times, pa.timestamp("ns", "UTC")), "n": list(range(52))})
    pq.write_table(table, project.root / "x.parquet", use_deprecated_int96_timestamps=True)
    read = shown(project, "x.parquet")
    assert read["at"] == [None if time is None else plain(time) for time in times]


def test_show_prints_rows_of_several_row_groups(project):
    pq.write_table(pa.table({"n": list(range(10))}), project.root / "x.parquet", row_group_size=3)
    assert [row["n"] for row in project.json("show", "x.parquet", "--rows", "8")["rows"]] == list(range(8))


def test_files_without_rows_read(project):
    pq.write_table(sample().slice(0, 0), project.root / "x.parquet")
    assert project.json("show", "x.parquet")["rowCount"] == 0


@pytest.mark.parametrize("name,array,encoding", [
    ("n", pa.array(range(500), pa.int64()), "DELTA_BINARY_PACKED"),
    ("s", pa.array([f"t{i}" for i in range(500)]), "DELTA_LENGTH_BYTE_ARRAY"),
    ("s", pa.array([f"t{i}" for i in range(500)]), "DELTA_BYTE_ARRAY"),
    ("f", pa.array([i / 3 for i in range(500)], pa.float32()), "BYTE_STREAM_SPLIT"),
])
def test_every_encoding_reads_equal(project, name, array, encoding):
    table = pa.table({name: array})
    pq.write_table(table, project.root / "x.parquet", use_dictionary=False, column_encoding={name: encoding})
    rows = project.json("show", "x.parquet", "--rows", "500")["rows"]
    assert [row[name] for row in rows] == pytest.approx(array.to_pylist()) if name == "f" else array.to_pylist()


def test_a_codec_that_is_not_supported_is_named(project):
    pq.write_table(pa.table({"n": list(range(500))}), project.root / "x.parquet", compression="brotli")
    message = project.fail("show", "x.parquet")
    assert "\n" not in message
    assert message.startswith("fstore: x.parquet:n: ") and "Brotli" in message and "zstd" in message


@pytest.mark.parametrize("array,why", [
    (pa.array([decimal.Decimal("1.25")], pa.decimal256(50, 2)), "decimal of 50 digits"),
    (pa.array([{"a": 1, "b": 2}]), "structure"),
    (pa.array([[[1]]]), "list of lists"),
])
def test_a_type_that_is_not_supported_is_named(project, array, why):
    pq.write_table(pa.table({"n": [7], "x": array}), project.root / "x.parquet")
    message = project.fail("show", "x.parquet")
    assert "\n" not in message
    assert message.startswith("fstore: x.parquet:x: ") and why in message


FEATURES = {
    "flag": "bool", "i32": "int32", "i64": "int64", "f32": "float32", "f64": "float64", "text": "string",
    "raw": "bytes", "at": "timestamp", "vector": "'float32[3]'",
}


def test_a_training_set_reads_equal_everywhere(project):
    project.define(f"""
        entities:
          e: {{join_keys: {{id: int64}}}}
        sources:
          s: {{path: "data/*.parquet", timestamp: event_timestamp}}
        feature_views:
          v:
            entities: [e]
            source: s
            features: {{{", ".join(f"{name}: {kind}" for name, kind in FEATURES.items())}}}
        feature_services:
          all: {{features: ["v:*"]}}
        """)
    history = sample().select(list(FEATURES))
    ids, times = list(range(ROWS)), [instant(i) for i in range(ROWS)]
    (project.root / "data").mkdir()
    keyed = history.append_column("id", pa.array(ids, pa.int64())).append_column(
        "event_timestamp", pa.array(times, pa.timestamp("us", "UTC")))
    pq.write_table(keyed, project.root / "data" / "history.parquet")
    # In another order than the history, some twice, some unknown.
    asked = [i * 31 % (ROWS + 20) for i in range(ROWS * 2)]
    entities = pa.table({
        "id": pa.array(asked, pa.int64()),
        "event_timestamp": pa.array([instant(ROWS + 1)] * len(asked), pa.timestamp("us", "UTC")),
        "label": pa.array([i % 2 for i in range(len(asked))], pa.int32())})
    pq.write_table(entities, project.root / "entities.parquet")
    project.run("apply")
    project.run("ingest", "--all")
    project.run("training-set", "all", "--entities", "entities.parquet", "--out", "train.parquet")

    path = project.root / "train.parquet"
    expected = {name: entities[name].to_pylist() for name in entities.column_names}
    for name in FEATURES:
        values = history[name].to_pylist()
        expected[name] = [values[i] if i < ROWS else None for i in asked]
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        by_duckdb = connection.execute(f"SELECT * FROM '{path}'").to_arrow_table()
    tables = {"pyarrow": pq.read_table(path), "duckdb": by_duckdb, "polars": pl.read_parquet(path).to_arrow()}
    for reader, table in tables.items():
        assert table.column_names == list(expected), reader
        for name, values in expected.items():
            read = [plain(value) for value in table[name].to_pylist()]
            assert read == [plain(value) for value in values], f"{name} by {reader}"
