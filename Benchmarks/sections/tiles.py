"""Windows online: bringing a history of events online, reading ten windowed features of a key in process, and pushing
events in batches, each durable and counted before the next.

The peer keeps the events in SQLite, under an index by key and time, and tells the ten features by one query a key, in
process: what is written without a feature store.
"""
import json
import math
import pathlib
import random
import shutil
import sqlite3
import statistics
import subprocess
import tempfile
import time

from harness import HERE, timed

EVENTS_OF_A_KEY = 200
DAYS = 10
READS = 200_000
PUSHED = 200_000
FEATURES = """
            rides: {functions: [count], windows: [1h, 1d, 7d]}
            fare: {type: float64, functions: [sum, mean, max], windows: [1d, 7d]}
            km: {type: float64, functions: [mean], windows: [7d]}"""
DEFINITIONS = f"""
entities:
  driver: {{join_keys: {{driver_id: int64}}}}
sources:
  rides: {{path: "data/*.parquet", timestamp: event_timestamp}}
feature_views:
  ride_stats:
    entities: [driver]
    source: rides
    aggregate:
      HOW
      windows: [1d]
      features:{FEATURES.replace("            ", "        ")}
feature_services:
  windows: {{features: ["ride_stats:*"]}}
"""
QUERY = """
SELECT sum(t >= :hour), sum(t >= :day), count(*), sum(fare) FILTER (WHERE t >= :day), sum(fare),
  avg(fare) FILTER (WHERE t >= :day), avg(fare), max(fare) FILTER (WHERE t >= :day), max(fare), avg(km)
FROM rides WHERE driver_id = :key AND t >= :week AND t < :now"""


def make_events(path, keys, now):
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    numbers = np.random.default_rng(3)
    count = keys * EVENTS_OF_A_KEY
    columns = {
        "driver_id": numbers.integers(0, keys, count),
        "event_timestamp": pa.array(
            now - numbers.integers(0, DAYS * 86_400_000_000, count), pa.timestamp("us", "UTC")),
        "fare": numbers.gamma(3, 5, count).round(2), "km": numbers.gamma(2, 3, count).round(1)}
    pq.write_table(pa.table(columns), path)
    return columns


def project(bench, how, keys, now):
    root = bench.folder / f"tiles-{how.split(':')[0]}-{keys}"
    shutil.rmtree(root, ignore_errors=True)
    (root / "features").mkdir(parents=True)
    (root / "data").mkdir()
    (root / "fstore.yaml").write_text("project: tiles\n")
    (root / "features" / "views.yaml").write_text(DEFINITIONS.replace("HOW", how))
    columns = make_events(root / "data" / "rides.parquet", keys, now)
    for verb in (["apply"], ["ingest", "--all"]):
        timed([bench.fstore, *verb], root)
    return root, columns


def pushed_lines(bench, keys, count):
    """Events of now, of random keys, as JSON lines."""
    numbers = random.Random(5)
    path = bench.folder / "tiles-events.jsonl"
    start = time.time() - 60
    with open(path, "w") as file:
        for i in range(count):
            moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(start + 60 * i / count))
            file.write(json.dumps({
                "driver_id": numbers.randrange(keys), "event_timestamp": f"{moment}.{i % 1000:03}Z",
                "fare": round(numbers.gammavariate(3, 5), 2), "km": round(numbers.gammavariate(2, 3), 1)}) + "\n")
    return path


def push(bench, root, path):
    with open(path) as lines:
        start = time.perf_counter()
        done = subprocess.run([bench.fstore, "push", "ride_stats", "-", "--json"], cwd=root, stdin=lines, capture_output=True)
        seconds = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(done.stderr.decode())
    return json.loads(done.stdout)["rows"] / seconds


def sqlite_reads(bench, columns, keys, now):
    """Nanoseconds of a query over the same events, of keys in random order."""
    with tempfile.TemporaryDirectory(dir=bench.folder) as folder:
        database = sqlite3.connect(pathlib.Path(folder) / "rides.sqlite")
        database.execute("CREATE TABLE rides (driver_id INTEGER, t INTEGER, fare REAL, km REAL)")
        times = columns["event_timestamp"].cast("int64").to_pylist()
        database.executemany(
            "INSERT INTO rides VALUES (?, ?, ?, ?)",
            zip(columns["driver_id"].tolist(), times, columns["fare"].tolist(), columns["km"].tolist()))
        database.execute("CREATE INDEX by_key ON rides (driver_id, t, fare, km)")
        database.commit()
        numbers = random.Random(6)
        bounds = {"now": now, "hour": now - 3_600_000_000, "day": now - 86_400_000_000, "week": now - 7 * 86_400_000_000}
        reads = READS // 20
        start = time.perf_counter()
        for _ in range(reads):
            database.execute(QUERY, bounds | {"key": numbers.randrange(keys)}).fetchone()
        nanoseconds = (time.perf_counter() - start) / reads * 1e9
        database.close()
    return nanoseconds


def run(bench):
    keys = 20_000 if bench.set != "small" else 1000
    subprocess.run(["swift", "build", "-c", "release", "--product", "fstore-bench"], cwd=HERE.parent, check=True,
                   stdout=subprocess.DEVNULL)
    driver = HERE.parent / ".build" / "release" / "fstore-bench"
    events = keys * EVENTS_OF_A_KEY
    pushed = PUSHED if bench.set != "small" else 20_000
    lines = pushed_lines(bench, keys, pushed)
    print(f"\n### Windows online: {keys:,} keys, {events:,} events of {DAYS} days, 10 features (medians)\n")
    print("| | materialize | a key on disk | read, ns | SQLite, ns | ratio | pushed events/s |\n|---|---|---|---|---|---|---|")
    for how in ("hop: 5m", "exact: true"):
        now = time.time_ns() // 1000
        root, columns = project(bench, how, keys, now)
        seconds = statistics.median(
            timed([bench.fstore, "materialize", "--full"], root)[0] for _ in range(bench.rounds))
        size = json.loads(subprocess.run([bench.fstore, "online", "stats", "--json"], cwd=root, check=True,
                                         capture_output=True).stdout)["views"][0]["bytes"] / keys
        reads, peers = [], []
        for _ in range(bench.rounds):
            output = timed([driver, "online", root, "windows", str(keys), str(READS), "1"])[2]
            reads.append(float(output.split()[1]))
            peers.append(sqlite_reads(bench, columns, keys, now))
        rate = statistics.median(push(bench, root, lines) for _ in range(bench.rounds))
        ratio = statistics.median(ours / peer for ours, peer in zip(reads, peers))
        print(f"| {how} | {events / seconds:,.0f} events/s | {math.ceil(size):,} bytes | {statistics.median(reads):,.0f}"
              f" | {statistics.median(peers):,.0f} | {ratio:.2f} | {rate:,.0f} |", flush=True)
