"""Care of segments: `check` against other readings of the same files, `compact` against DuckDB's rewriting of them, and training
sets from segments whose times overlap."""
import os
import shutil

from harness import SETS, timed

PARTS = 4


def in_parts(bench, name, data, where):
    """A project with a segment for each part of the history, of which `where` tells the rows."""
    root = bench.project(name, data, "created")
    for part in range(PARTS):
        path = root / f"part-{part}.parquet"
        bench.sql(f"COPY (SELECT * FROM '{data}/history/*.parquet' WHERE {where(part)}) TO '{path}' (FORMAT parquet)")
        timed([bench.fstore, "ingest", "stats", "--from", path], root)
        path.unlink()
    return root


def duckdb(bench, statement):
    """Seconds of a statement, without the start of the process; and its peak."""
    code = "import sys, time, duckdb; t = time.perf_counter(); duckdb.execute(sys.argv[1]).fetchall(); print(time.perf_counter() - t)"
    _, peak, output = timed([bench.python, "-c", code, statement])
    return float(output), peak


def run(bench):
    rows = SETS[bench.set][1]
    data = bench.data(bench.set, *SETS[bench.set])
    first, span = 1_700_000_000, 90 * 86_400
    by_time = in_parts(
        bench, "project-by-time", data, lambda part: f"epoch(event_timestamp) >= {first + part * span / PARTS} AND "
        f"epoch(event_timestamp) < {first + (part + 1) * span / PARTS}")
    mixed = in_parts(bench, "project-mixed", data, lambda part: f"hash(event_timestamp, f0) % {PARTS} = {part}")
    segments = mixed / ".fstore" / "offline" / "stats"

    peers = {"DuckDB: a hash of all values": lambda: duckdb(
        bench, f"SELECT bit_xor(hash(COLUMNS(*))) FROM '{segments}/*.parquet'")}
    if shutil.which("xxhsum"):
        files = [str(path) for path in sorted(segments.glob("*.parquet"))]
        peers["xxhsum -H64"] = lambda: timed(["xxhsum", "-H64", *files])[:2]
    bench.compare(
        f"`check`: {rows:,} rows in {PARTS} segments", lambda: timed([bench.fstore, "check", "stats"], mixed)[:2], peers)

    work = bench.folder / "project-compacted"

    def compact():
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(mixed, work, symlinks=True)
        os.sync()
        return timed([bench.fstore, "compact", "stats", "--full", "--keep", "0s"], work)[:2]

    output = bench.folder / "compacted.parquet"
    bench.compare(
        f"`compact --full`: {rows:,} rows, {PARTS} segments into one", compact,
        {"DuckDB: COPY … ORDER BY": lambda: duckdb(
            bench, f"COPY (SELECT * FROM '{segments}/*.parquet' ORDER BY driver_id, event_timestamp, created_timestamp) TO "
            f"'{output}' (FORMAT parquet, COMPRESSION uncompressed, ROW_GROUP_SIZE 131072)")})

    def training_set(root):
        return lambda: timed([bench.fstore, "training-set", "model", "--entities", data / "entities.parquet", "--out",
                              bench.folder / "segments.parquet"], root)[:2]

    bench.compare(
        f"Training set of {SETS[bench.set][2]:,} rows from {PARTS} segments whose times wholly overlap", training_set(mixed),
        {f"{PARTS} segments one after the other": training_set(by_time), "one segment": training_set(work)})
    for folder in (by_time, mixed, work):
        shutil.rmtree(folder)
    output.unlink()
