"""Pushing in batches of 1,000 rows, each durable, online and in history before the next: by HTTP on one connection, in
process from Python (through the C interface), and through a pipe to `fstore push`.

The peers make as many batches durable one after the other, and nothing else: SQLite commits the bytes of our hot log
(WAL, synchronous=FULL), Redis sets as many keys and bytes (appendonly, appendfsync always). Neither keeps history or
finds the newest row. Feast's push to its SQLite online store is measured if FEAST_PYTHON names a python that has it.

In process needs `make python`.
"""
import contextlib
import datetime
import http.client
import json
import os
import pathlib
import shutil
import socket
import sqlite3
import statistics
import subprocess
import tempfile
import time

from harness import FEATURES, HERE, timed
from sections import python, server

ROWS = 1000
BATCHES = 200
KEYS = 100_000
REDIS_PORT = 6398
VIEWS = f"""
entities:
  driver: {{join_keys: {{driver_id: int64}}}}
sources:
  hourly: {{path: data/*.parquet, timestamp: event_timestamp, created: created}}
feature_views:
  stats: {{entities: [driver], source: hourly, features: {{{FEATURES}}}}}
"""


class Rows:
    """Batches of random keys with ever later times, so that every row becomes the newest of its key."""

    def __init__(self, keys):
        import numpy as np

        self.keys = keys
        self.numbers = np.random.default_rng(5)
        self.time = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) - datetime.timedelta(days=1)

    def batch(self):
        import numpy as np

        self.time += datetime.timedelta(seconds=1)
        columns = {"driver_id": self.numbers.choice(self.keys, ROWS, replace=False)}
        # Seven digits say a float32, as a client that rounds its logs would send it.
        return columns | {f"f{i}": self.numbers.random(ROWS).astype(np.float32).round(7) for i in range(10)}

    def body(self):
        batch = {name: [float(f"{x:.7g}") for x in column] if name[0] == "f" else column.tolist()
                 for name, column in self.batch().items()}
        batch["event_timestamp"] = [self.time.strftime("%Y-%m-%dT%H:%M:%SZ")] * ROWS
        return json.dumps({"push_source_name": "stats", "df": batch}).encode()

    def frame(self):
        import polars as pl

        return pl.DataFrame(self.batch()).with_columns(event_timestamp=pl.lit(self.time).cast(pl.Datetime("us", "UTC")))

    def lines(self):
        batch = self.batch()
        moment = self.time.strftime("%Y-%m-%dT%H:%M:%SZ")
        names = list(batch)
        for row in zip(*(column.tolist() for column in batch.values())):
            cells = (f'"{name}": {value:.7g}' if name[0] == "f" else f'"{name}": {value}' for name, value in zip(names, row))
            yield '{"event_timestamp": "' + moment + '", ' + ", ".join(cells) + "}\n"


def project(bench, keys):
    """A store with a row of every key online."""
    import polars as pl

    root = bench.folder / "project-push"
    shutil.rmtree(root, ignore_errors=True)
    (root / "features").mkdir(parents=True)
    (root / "data").mkdir()
    (root / "fstore.yaml").write_text("project: bench\n")
    (root / "features" / "views.yaml").write_text(VIEWS)
    start = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
    pl.DataFrame({"driver_id": range(keys)}).with_columns(
        pl.lit(start).cast(pl.Datetime("us", "UTC")).alias(name) for name in ("event_timestamp", "created")
    ).with_columns(pl.lit(0.0).cast(pl.Float32).alias(f"f{i}") for i in range(10)).write_parquet(root / "data" / "all.parquet")
    for verb in (["apply"], ["ingest", "--all"], ["materialize"]):
        timed([bench.fstore, *verb], root)
    return root


def rate(push, batches):
    """Rows a second, and the median milliseconds of a batch."""
    times = []
    start = time.perf_counter()
    for batch in batches:
        before = time.perf_counter()
        push(batch)
        times.append(time.perf_counter() - before)
    return len(batches) * ROWS / (time.perf_counter() - start), statistics.median(times) * 1000


def by_http(bench, root, rows):
    bodies = [rows.body() for _ in range(BATCHES)]
    with server.serve(bench, root) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port)

        def push(body):
            connection.request("POST", "/push", body)
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != 200:
                raise SystemExit(text.decode())

        result = rate(push, bodies)
        connection.close()
    return result


def in_process(root, rows):
    store = python.package().open(root)
    frames = [rows.frame() for _ in range(BATCHES)]
    result = rate(lambda frame: store.push("stats", frame), frames)
    return result


def by_pipe(bench, root, rows):
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", dir=bench.folder) as file:
        for _ in range(BATCHES):
            file.writelines(rows.lines())
        file.flush()
        start = time.perf_counter()
        with open(file.name) as lines:
            done = subprocess.run([bench.fstore, "push", "stats", "-", "--json"], cwd=root, stdin=lines, capture_output=True)
        seconds = time.perf_counter() - start
    total = json.loads(done.stdout)
    if total["rows"] != BATCHES * ROWS:
        raise SystemExit(done.stderr.decode())
    return BATCHES * ROWS / seconds, seconds * 1000 / total["batches"]


def sqlite_commits(bench, size):
    """The disk's own rate: as many commits of as many bytes."""
    with tempfile.TemporaryDirectory(dir=bench.folder) as folder:
        database = sqlite3.connect(pathlib.Path(folder) / "log.sqlite", isolation_level=None)
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.execute("CREATE TABLE log (sequence INTEGER PRIMARY KEY, payload BLOB)")
        result = rate(lambda bytes: database.execute("INSERT INTO log (payload) VALUES (?)", (bytes,)),
                      [os.urandom(size) for _ in range(BATCHES)])
        database.close()
    return result


@contextlib.contextmanager
def redis(bench):
    """A connection to a Redis that syncs every command to disk."""
    with tempfile.TemporaryDirectory(dir=bench.folder) as folder:
        command = ["redis-server", "--port", str(REDIS_PORT), "--save", "", "--dir", folder, "--appendonly", "yes",
                   "--appendfsync", "always"]
        with server.running(command):
            for _ in range(100):
                with contextlib.suppress(OSError):
                    connection = socket.create_connection(("127.0.0.1", REDIS_PORT))
                    break
                time.sleep(0.05)
            yield connection
            connection.close()


def redis_sets(bench, rows, row_size):
    """One MSET a batch: 1,000 keys, each with the bytes of a row."""

    def command(keys):
        words = [b"MSET"]
        for key in keys:
            words += [b"stats:%d" % key, os.urandom(row_size)]
        return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)

    commands = [command(rows.batch()["driver_id"].tolist()) for _ in range(BATCHES)]
    with redis(bench) as connection:
        def push(text):
            connection.sendall(text)
            if connection.recv(64) != b"+OK\r\n":
                raise SystemExit("Redis refuses MSET")

        return rate(push, commands)


FEAST = """
import datetime, pathlib, sys, time
import numpy as np, pandas as pd
root = pathlib.Path(sys.argv[1])
(root / "feature_store.yaml").write_text(
    "project: p\\nregistry: registry.db\\nprovider: local\\nonline_store: {type: sqlite, path: online.db}\\n"
    "offline_store: {type: file}\\nentity_key_serialization_version: 3\\n")
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, PushSource, ValueType
from feast.types import Float32
rows, batches, keys = map(int, sys.argv[2:5])
numbers = np.random.default_rng(5)
now = datetime.datetime.now(datetime.timezone.utc)
def frame(n):
    return pd.DataFrame({"driver_id": numbers.choice(keys, rows, replace=False), "event_timestamp": now + datetime.timedelta(seconds=n),
                         **{f"f{i}": numbers.random(rows).astype("float32") for i in range(10)}})
frame(0).to_parquet(root / "data.parquet")
driver = Entity(name="driver", join_keys=["driver_id"], value_type=ValueType.INT64)
source = PushSource(name="pushed", batch_source=FileSource(path=str(root / "data.parquet"), timestamp_field="event_timestamp"))
view = FeatureView(name="stats", entities=[driver], ttl=datetime.timedelta(0), source=source,
                   schema=[Field(name=f"f{i}", dtype=Float32) for i in range(10)])
store = FeatureStore(repo_path=str(root))
store.apply([driver, source, view])
frames = [frame(n) for n in range(batches)]
store.push("pushed", frames[0])
start = time.perf_counter()
for one in frames: store.push("pushed", one)
print(batches * rows / (time.perf_counter() - start))
"""


def feast():
    executable = os.environ.get("FEAST_PYTHON")
    if not executable:
        return None
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [executable, "-c", FEAST, folder, str(ROWS), "10", str(KEYS)], capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def hot_bytes(root):
    """The mean bytes of a batch in the hot log."""
    with contextlib.closing(sqlite3.connect(root / ".fstore" / "catalog.sqlite")) as catalog:
        return int(catalog.execute("SELECT avg(length(payload)) FROM hot_log").fetchone()[0])


def compare(bench, keys):
    root = project(bench, keys)
    rows = Rows(keys)
    by_http(bench, root, rows)
    size = hot_bytes(root)
    ways = {
        "HTTP, one connection, JSON": lambda: by_http(bench, root, rows),
        "Python in process": lambda: in_process(root, rows),
        "`fstore push` of JSON lines from a pipe": lambda: by_pipe(bench, root, rows),
        f"SQLite: commits of {size:,} bytes, WAL, FULL": lambda: sqlite_commits(bench, size),
        "Redis: MSET of 1,000 keys, appendfsync always": lambda: redis_sets(bench, rows, size // ROWS),
    }
    results = {name: [] for name in ways}
    for _ in range(bench.rounds):
        for name, way in ways.items():
            results[name].append(way())
    commits = results[list(ways)[3]]
    print(f"\n### Push in batches of {ROWS:,} rows x 10 float32, durable, random keys of {keys:,} online\n")
    print("| | rows/s (median) | ms a batch | ratio to SQLite's commits |\n|---|---|---|---|")
    for name, found in results.items():
        ratio = statistics.median(mine[0] / theirs[0] for mine, theirs in zip(found, commits))
        print(f"| {name} | {statistics.median(r for r, _ in found):,.0f} | {statistics.median(ms for _, ms in found):.2f} "
              f"| {ratio:.2f} |", flush=True)


def run(bench):
    subprocess.run([HERE.parent / "scripts" / "setup", "wrk", "redis-server", "redis-tools"], check=True)
    bench.folder.mkdir(parents=True, exist_ok=True)
    compare(bench, KEYS)
    compare(bench, 10 * KEYS)
    theirs = feast()
    if theirs is None:
        print("\nFeast was not measured: set FEAST_PYTHON to a python that has it.")
    else:
        print(f"\nFeast's push() in process, SQLite online store: {theirs:,.0f} rows/s.")
