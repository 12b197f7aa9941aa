"""Materialization against a C loop that appends rows of the same size to LMDB."""
import shutil
import subprocess

from harness import HERE, timed

# The floor's rows: ours have a header of 24 bytes, 4 of null bits, and ten numbers.
ROW_BYTES = 24 + 4 + 40


def run(bench):
    keys = 1_000_000 if bench.set != "small" else 10_000
    data = bench.data(f"keys-{keys}", keys, keys * 10, 1000)
    root = bench.project("project-keys", data, "event")
    timed([bench.fstore, "ingest", "--all"], root)
    floor = bench.folder / "lmdb_append"
    subprocess.run(["cc", "-O2", "-o", floor, HERE / "lmdb_append.c", "-llmdb"], check=True)

    def ours():
        shutil.rmtree(root / ".fstore" / "online", ignore_errors=True)
        return timed([bench.fstore, "materialize", "--full"], root)[:2]

    def append():
        shutil.rmtree(bench.folder / "floor", ignore_errors=True)
        _, peak, output = timed([floor, bench.folder / "floor", str(keys), str(ROW_BYTES)])
        return float(output), peak

    bench.compare(f"Materialize {keys:,} keys x 10 features", ours, {"C loop: append to LMDB": append})
