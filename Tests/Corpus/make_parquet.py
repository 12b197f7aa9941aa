"""Makes Tests/Corpus/parquet: tiny files in every encoding, codec and page version, for the fuzzers to damage.

usage: .venv/bin/python Tests/Corpus/make_parquet.py
"""
import datetime
import decimal
import pathlib
import random

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

HERE = pathlib.Path(__file__).resolve().parent / "parquet"
ROWS = 40
random.seed(7)


def some(make, nulls=0.2):
    return [None if random.random() < nulls else make(i) for i in range(ROWS)]


COLUMNS = {
    "flag": pa.array(some(lambda i: i % 3 == 0)),
    "small": pa.array(some(lambda i: i - 20), pa.int8()),
    "int": pa.array(some(lambda i: i * 1000), pa.int32()),
    "long": pa.array([i << 33 for i in range(ROWS)], pa.int64()),
    "half": pa.array(some(lambda i: i / 4), pa.float16()),
    "float": pa.array(some(lambda i: i / 3), pa.float32()),
    "double": pa.array([i / 7 for i in range(ROWS)], pa.float64()),
    "text": pa.array(some(lambda i: f"prefix {i}")),
    "word": pa.array(some(lambda i: "ab" * (i % 3))),
    "fixed": pa.array(some(lambda i: bytes([i] * 5)), pa.binary(5)),
    "day": pa.array(some(lambda i: datetime.date(2024, 1, 1 + i % 28))),
    "at": pa.array([1_700_000_000_000_000 + i for i in range(ROWS)], pa.timestamp("us", "UTC")),
    "price": pa.array(some(lambda i: decimal.Decimal(i) / 100), pa.decimal128(7, 2)),
    "exact": pa.array(some(lambda i: decimal.Decimal(i)), pa.decimal128(30, 0)),
    "list": pa.array(some(lambda i: [None if j % 4 == 3 else j for j in range(i % 4)]), pa.list_(pa.int64())),
    "vector": pa.array([[i / 2, i / 4] for i in range(ROWS)], pa.list_(pa.float32())),
}
DELTA = {
    "int": "DELTA_BINARY_PACKED", "long": "DELTA_BINARY_PACKED", "text": "DELTA_BYTE_ARRAY",
    "word": "DELTA_LENGTH_BYTE_ARRAY", "float": "BYTE_STREAM_SPLIT", "double": "BYTE_STREAM_SPLIT", "flag": "RLE",
    "fixed": "BYTE_STREAM_SPLIT", "at": "DELTA_BINARY_PACKED", "half": "BYTE_STREAM_SPLIT",
}


def table(*names):
    return pa.table({name: COLUMNS[name] for name in names})


def write(name, content, **options):
    pq.write_table(content, HERE / f"{name}.parquet", store_schema=False, **options)


def main():
    HERE.mkdir(exist_ok=True)
    for old in HERE.glob("*.parquet"):
        old.unlink()
    numbers, texts, nested = ("flag", "small", "int", "float"), ("text", "word", "fixed"), ("list", "vector")
    for codec in ("NONE", "SNAPPY", "GZIP", "ZSTD", "LZ4"):
        write(f"numbers-{codec}", table(*numbers), compression=codec)
        write(f"texts-{codec}-v2", table(*texts), compression=codec, data_page_version="2.0")
    for version in ("1.0", "2.0"):
        options = dict(data_page_version=version, use_dictionary=False)
        write(f"delta-{version}", table(*DELTA), column_encoding=DELTA, compression="NONE", **options)
        write(f"plain-{version}", table(*numbers, "double", "half"), compression="NONE", **options)
        write(f"lists-{version}", table(*nested), compression="NONE", **options)
        write(f"lists-dictionary-{version}", table(*nested), data_page_version=version, compression="NONE")
        write(f"pages-{version}", table("long", "text", "list"), compression="NONE", data_page_size=64, write_batch_size=8,
              write_page_index=True, **options)
    write("decimals", table("price", "exact"), compression="NONE")
    write("decimals-integer", table("price", "exact"), compression="NONE", store_decimal_as_integer=True)
    write("times", table("day", "at"), compression="NONE")
    write("int96", table("at"), compression="NONE", use_deprecated_int96_timestamps=True)
    write("checksums", table(*numbers), compression="NONE", write_page_checksum=True)
    write("groups", table("long", "word"), compression="NONE", row_group_size=9)
    write("empty", table(*COLUMNS).slice(0, 0), compression="NONE")
    write("structure", pa.table({
        "n": [1, 2], "s": [{"a": 1}, {"a": None}], "deep": [[[1]], []], "m": pa.array([[("k", 1)], []], pa.map_(pa.string(), pa.int32()))}),
        compression="NONE")
    pl.from_arrow(table("int", "text", "list")).write_parquet(HERE / "polars.parquet", compression="lz4")
    connection = duckdb.connect()
    sample = table("long", "word", "double", "vector")
    connection.register("sample", sample)
    for codec in ("snappy", "zstd"):
        connection.execute(f"COPY sample TO '{HERE}/duckdb-{codec}.parquet' (FORMAT parquet, CODEC '{codec}', PARQUET_VERSION v2)")
    connection.execute(f"COPY (SELECT long % 5 AS n, word FROM sample) TO '{HERE}/duckdb-bloom.parquet' (FORMAT parquet)")


if __name__ == "__main__":
    main()
