"""Parquet: reading the history, as pyarrow and as DuckDB write it, and writing it, against pyarrow and Polars.

All are timed inside their process, from opening the file to the last value or byte; each run is a process of its own.
"""
import subprocess

from harness import HERE, SETS, timed

PROGRAM = HERE.parent / ".build" / "release" / "ParquetBenchmark"


def run(bench):
    subprocess.run(
        ["swift", "build", "-c", "release", "--product", "ParquetBenchmark", "--static-swift-stdlib"],
        cwd=HERE.parent, check=True, capture_output=True)
    history = bench.data(bench.set, *SETS[bench.set]) / "history" / "part-000.parquet"
    converted, rounded = bench.folder / "duckdb-zstd.parquet", bench.folder / "rounded.parquet"
    out = bench.folder / "out"
    out.mkdir(exist_ok=True)

    def inside(*command):
        _, peak, output = timed([str(word) for word in command])
        return float(output.split()[-1]), peak

    def ours(*words):
        return lambda: inside(PROGRAM, *words)

    def peer(tool, *words):
        return lambda: inside(bench.python, HERE / "parquet_peers.py", tool, *words)

    if not converted.exists():
        peer("duckdb", "convert", history, converted)()
    if not rounded.exists():
        peer("pyarrow", "rounded", history, rounded)()
    for title, path in [("pyarrow's snappy file", history), ("DuckDB's zstd file", converted),
                        ("pyarrow's snappy file with floats that repeat", rounded)]:
        bench.compare(f"Read the history from {title}", ours("read", path), {
            "pyarrow, 2 threads": peer("pyarrow", "read", path), "Polars, 2 threads": peer("polars", "read", path)})
    for path, content in [(history, "the history"), (rounded, "the history with floats that repeat")]:
        for codec in ("snappy", "zstd"):
            for encoding in ("plain", "automatic"):
                words = ("write", path, out / "written.parquet", codec, encoding)
                peers = {"pyarrow, 2 threads": peer("pyarrow", *words)}
                if encoding == "automatic":
                    peers["Polars, 2 threads"] = peer("polars", *words)
                bench.compare(f"Write {content}, {codec}, {encoding}", ours(*words), peers)
    for file in out.glob("written.parquet"):
        file.unlink()
