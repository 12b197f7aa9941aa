"""Online reads in process against C loops of mdb_get over the same rows: one view, three views, a batch."""
import shutil
import statistics
import subprocess

from harness import HERE, timed

FLOATS = 20
VIEWS = {"stats": 10, "first": 20, "second": 20, "third": 10}
READS = 1_000_000
# What is read, by which service, how many keys at once.
CASES = [
    ("1 key, 1 view, 10 features", "one", ["stats"], 1),
    ("1 key, 3 views, 50 features", "three", ["first", "second", "third"], 1),
    ("100 keys, 1 view, 10 features", "one", ["stats"], 100),
    ("100 keys, 3 views, 50 features", "three", ["first", "second", "third"], 100),
]


def definitions():
    def view(name, count):
        features = ", ".join(f"f{i}: float32" for i in range(count))
        return f"  {name}: {{entities: [driver], source: rows, ttl: 3650d, features: {{{features}}}}}\n"

    return f"""
entities:
  driver: {{join_keys: {{driver_id: int64}}}}
sources:
  rows: {{path: rows.parquet, timestamp: event_timestamp}}
feature_views:
{"".join(view(name, count) for name, count in VIEWS.items())}
feature_services:
  one: {{features: ["stats:*"]}}
  three: {{features: ["first:*", "second:*", "third:*"]}}
"""


def make_rows(path, keys):
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq
    rng = np.random.default_rng(7)
    columns = {
        "driver_id": rng.permutation(keys),
        "event_timestamp": pa.array(np.full(keys, 1_700_000_000_000_000), pa.timestamp("us", "UTC"))}
    columns |= {f"f{i}": rng.normal(size=keys).astype(np.float32) for i in range(FLOATS)}
    pq.write_table(pa.table(columns), path)


def run(bench):
    keys = 1_000_000 if bench.set != "small" else 10_000
    subprocess.run(["swift", "build", "-c", "release", "--product", "fstore-bench"], cwd=HERE.parent, check=True,
                   stdout=subprocess.DEVNULL)
    floor = bench.folder / "lmdb_get"
    root = bench.folder / f"online-{keys}"
    shutil.rmtree(root, ignore_errors=True)
    (root / "features").mkdir(parents=True)
    subprocess.run(["cc", "-O2", "-o", floor, HERE / "lmdb_get.c", "-llmdb"], check=True)
    (root / "fstore.yaml").write_text("project: online\n")
    (root / "features" / "views.yaml").write_text(definitions())
    make_rows(root / "rows.parquet", keys)
    for verb in (["apply"], ["ingest", "--all"], ["materialize"]):
        timed([bench.fstore, *verb], root)
    print(f"\n### Online reads in process, {keys:,} keys, nanoseconds a read (medians)\n")
    print("| | ours | C, mdb_get, transaction renewed | ratio | C, all in one transaction | ratio |\n"
          "|---|---|---|---|---|---|")
    for title, service, views, batch in CASES:
        compare(bench, title, root, floor, keys, service, views, batch)


def compare(bench, title, root, floor, keys, service, views, batch):
    reads = max(1, READS // batch)
    driver = HERE.parent / ".build" / "release" / "fstore-bench"
    rounds = []
    for _ in range(bench.rounds):
        ours = numbers([driver, "online", root, service, keys, reads, batch])
        rounds.append(ours | numbers(
            [floor, root / ".fstore" / "online", keys, reads, batch, *(f"view:{view}" for view in views)]))

    def median(number):
        return statistics.median(number(row) for row in rounds)

    print(f"| {title} | {median(lambda r: r['ours']):,.0f}"
          f" | {median(lambda r: r['renewed']):,.0f} | {median(lambda r: r['ours'] / r['renewed']):.2f}"
          f" | {median(lambda r: r['together']):,.0f} | {median(lambda r: r['ours'] / r['together']):.2f} |", flush=True)


def numbers(command):
    output = timed([str(word) for word in command])[2]
    return {name: float(number) for name, number in (line.split() for line in output.splitlines())}
