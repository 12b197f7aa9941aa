"""Parquet files read and written by other tools: one call, one process, the seconds on the last line of stdout.

usage: parquet_peers.py TOOL read FILE
       parquet_peers.py TOOL write FILE OUT CODEC ENCODING     (plain|dictionary|automatic)
       parquet_peers.py duckdb convert FILE OUT                what DuckDB writes by default, with zstd
       parquet_peers.py pyarrow rounded FILE OUT               FILE with its floats rounded to eighths, so that they pack

TOOL is pyarrow, polars or duckdb; each uses two threads. Importing the tool and reading what is to be written is not timed.
"""
import os
import sys
import time

os.environ["POLARS_MAX_THREADS"] = "2"


def pyarrow_read(path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    pa.set_cpu_count(2)
    start = time.perf_counter()
    table = pq.read_table(path, memory_map=True)
    return time.perf_counter() - start, table


def pyarrow_write(path, out, codec, encoding):
    import pyarrow.parquet as pq

    table = pyarrow_read(path)[1]
    start = time.perf_counter()
    pq.write_table(table, out, compression=codec, use_dictionary=encoding != "plain", write_page_index=True)
    return time.perf_counter() - start, None


def pyarrow_rounded(path, out):
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    table = pyarrow_read(path)[1]
    columns = [
        pc.divide(pc.round(pc.multiply(column, pa.scalar(8, column.type))), pa.scalar(8, column.type))
        if pa.types.is_floating(column.type) else column for column in table.columns]
    pq.write_table(pa.table(columns, names=table.column_names), out, row_group_size=1 << 20)
    return 0, None


def polars_read(path):
    import polars as pl

    start = time.perf_counter()
    table = pl.read_parquet(path, glob=False)
    return time.perf_counter() - start, table


def polars_write(path, out, codec, encoding):
    table = polars_read(path)[1]
    start = time.perf_counter()
    table.write_parquet(out, compression={"none": "uncompressed"}.get(codec, codec), compression_level=1 if codec == "zstd" else None)
    return time.perf_counter() - start, None


def duckdb_convert(path, out):
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    start = time.perf_counter()
    connection.execute(f"COPY (SELECT * FROM '{path}') TO '{out}' (FORMAT parquet, CODEC 'zstd')")
    return time.perf_counter() - start, None


if __name__ == "__main__":
    tool, work, *rest = sys.argv[1:]
    print(globals()[f"{tool}_{work}"](*rest)[0])
