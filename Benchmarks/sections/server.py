"""The HTTP server against Redis and Feast: one key x 10 features, wrk and redis-benchmark with 32 connections.

Redis answers a GET of as many bytes as our answer has, without pipelining. Feast's server (its own SQLite online store)
is measured if FEAST_PYTHON names a python that has feast; `pip install feast==0.67.0` in an environment of its own.
"""
import contextlib
import http.client
import json
import os
import pathlib
import random
import re
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.request

from harness import HERE, timed

KEYS = 1_000_000
CONNECTIONS = 32
SECONDS = 4
REDIS_PORT = 6399
FEATURES = ", ".join(f'"stats:f{i}"' for i in range(10))
BODY = '{"entities": {"driver_id": [771]}, "features": [' + FEATURES + "]}"


@contextlib.contextmanager
def running(command, cwd=None, ready=None):
    """A process that is stopped at the end; `ready` waits until it answers."""
    process = subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield ready(process) if ready else process
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def wrk(port, *arguments, body=BODY, path="/get-online-features", connections=CONNECTIONS, threads=2):
    """Requests a second, and p50 and p99 in microseconds."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write('wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\nwrk.body = [[' + body + "]]\n")
        script.flush()
        text = subprocess.run(
            ["wrk", f"-t{threads}", f"-c{connections}", f"-d{SECONDS}s", "--latency", "-s", script.name, *arguments,
             f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in text:
        raise SystemExit(text)
    units = {"us": 1, "ms": 1000, "s": 1_000_000}
    latency = {
        share: float(number) * units[unit]
        for share, number, unit in re.findall(r"(50|99)%\s+([\d.]+)(us|ms|s)", text)}
    return float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1)), latency["50"], latency["99"]


def redis_get(size):
    subprocess.run(["redis-cli", "-p", str(REDIS_PORT), "set", "k", "x" * size], check=True, capture_output=True)
    text = subprocess.run(
        ["redis-benchmark", "-p", str(REDIS_PORT), "-c", str(CONNECTIONS), "-n", "200000", "-q", "GET", "k"],
        capture_output=True, text=True, check=True).stdout
    return float(re.findall(r"([\d.]+) requests per second", text)[-1])


def serve(bench, root, *arguments):
    def ready(process):
        return int(re.search(r":(\d+)$", process.stdout.readline().strip()).group(1))

    return running([bench.fstore, "serve", "--port", "0", *arguments], root, ready)


def compare_with_redis(bench, root):
    ours, redis, p50s, p99s = [], [], [], []
    with serve(bench, root) as port:
        request = urllib.request.Request(f"http://127.0.0.1:{port}/get-online-features", BODY.encode())
        size = len(urllib.request.urlopen(request).read())
        with running(["redis-server", "--port", str(REDIS_PORT), "--save", "", "--appendonly", "no"]):
            time.sleep(0.5)
            for _ in range(bench.rounds):
                rate, p50, p99 = wrk(port)
                ours.append(rate)
                p50s.append(p50)
                p99s.append(p99)
                redis.append(redis_get(size))
        versions = subprocess.run(["redis-server", "--version"], capture_output=True, text=True).stdout.split()[2]
    ratio = statistics.median(a / b for a, b in zip(ours, redis))
    print(f"\n### HTTP, 1 key x 10 features, {CONNECTIONS} connections ({size} bytes an answer; Redis {versions})\n")
    print("| | requests/s (median) | ratio to Redis | p50 us | p99 us |\n|---|---|---|---|---|")
    print(f"| ours, wrk | {statistics.median(ours):,.0f} | {ratio:.2f} | {statistics.median(p50s):.0f} "
          f"| {statistics.median(p99s):.0f} |")
    print(f"| Redis GET, redis-benchmark | {statistics.median(redis):,.0f} | 1 | | |", flush=True)


def open_loop(bench):
    """The client of open_loop.c: (port, rate) -> requests/s and p50, p90, p99, p99.9 and most, in microseconds."""
    program, body = bench.folder / "open_loop", bench.folder / "body.json"
    subprocess.run(["gcc", "-O2", "-o", program, HERE / "open_loop.c"], check=True)
    body.write_text(BODY)

    def measure(port, rate):
        done = subprocess.run(
            [program, str(port), str(rate), str(SECONDS), str(CONNECTIONS), "/get-online-features", body],
            capture_output=True, text=True, check=True)
        return [float(word) for word in done.stdout.split()]

    return measure


@contextlib.contextmanager
def pushing(port, rows_per_second):
    """A writer beside the readers: batches of 1,000 rows at a steady rate, on a connection of its own."""
    ending = threading.Event()
    pushed = [0]
    numbers = random.Random(3)

    def body(number):
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3600 + number))
        columns = {"driver_id": numbers.sample(range(KEYS), 1000), "event_timestamp": [moment] * 1000}
        columns |= {f"f{i}": [round(numbers.random(), 7) for _ in range(1000)] for i in range(10)}
        return json.dumps({"push_source_name": "stats", "df": columns})

    bodies = [body(number) for number in range(int(rows_per_second / 1000 * (SECONDS + 1)))]

    def push():
        connection = http.client.HTTPConnection("127.0.0.1", port)
        start = time.perf_counter()
        for number, text in enumerate(bodies):
            time.sleep(max(0, start + number * 1000 / rows_per_second - time.perf_counter()))
            if ending.is_set():
                break
            connection.request("POST", "/push", text)
            answer = connection.getresponse()
            if answer.status != 200:
                raise SystemExit(answer.read().decode())
            answer.read()
            pushed[0] += 1000
        connection.close()

    writer = threading.Thread(target=push)
    writer.start()
    start = time.perf_counter()
    yield lambda: pushed[0] / (time.perf_counter() - start)
    ending.set()
    writer.join()


def latencies(bench, root):
    """At half the top rate and less, from a client that does not wait for answers before it asks again."""
    measure = open_loop(bench)
    rows = {}
    pushed = []
    with serve(bench, root) as port:
        for _ in range(bench.rounds):
            top, _, _ = wrk(port)
            for name, share in {"a quarter of the top rate": 0.25, "half the top rate": 0.5}.items():
                rows.setdefault(name, []).append(measure(port, top * share))
            with pushing(port, 10_000) as rate:
                rows.setdefault("a quarter, and 10,000 rows/s pushed beside it", []).append(measure(port, top / 4))
                pushed.append(rate())
    print("\n### HTTP latency, open loop (a request is due at its time, whatever became of the last)\n")
    print("| | requests/s | p50 us | p90 | p99 | p99.9 | p99 / p50 |\n|---|---|---|---|---|---|---|")
    for name, found in rows.items():
        rate, p50, p90, p99, p999, _ = (statistics.median(column) for column in zip(*found))
        ratio = statistics.median(row[3] / row[1] for row in found)
        print(f"| {name} | {rate:,.0f} | {p50:.0f} | {p90:.0f} | {p99:.0f} | {p999:.0f} | {ratio:.1f} |", flush=True)
    print(f"\nThe writer came to {statistics.median(pushed):,.0f} rows/s.")


FEAST = """
import datetime, pathlib, sys
import numpy as np, pandas as pd
root = pathlib.Path(sys.argv[1])
(root / "feature_store.yaml").write_text(
    "project: p\\nregistry: registry.db\\nprovider: local\\nonline_store: {type: sqlite, path: online.db}\\n"
    "offline_store: {type: file}\\nentity_key_serialization_version: 3\\n")
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, ValueType
from feast.types import Float32
now = datetime.datetime.now(datetime.timezone.utc)
frame = pd.DataFrame({"driver_id": np.arange(1000), "event_timestamp": now, **{f"f{i}": np.random.rand(1000).astype("float32") for i in range(10)}})
frame.to_parquet(root / "data.parquet")
driver = Entity(name="driver", join_keys=["driver_id"], value_type=ValueType.INT64)
view = FeatureView(name="stats", entities=[driver], ttl=datetime.timedelta(0), schema=[Field(name=f"f{i}", dtype=Float32) for i in range(10)],
                   source=FileSource(path=str(root / "data.parquet"), timestamp_field="event_timestamp"))
store = FeatureStore(repo_path=str(root))
store.apply([driver, view])
store.write_to_online_store("stats", frame)
import time
features = [f"stats:f{i}" for i in range(10)]
times = {}
for rows in (1, 100):
    entities = [{"driver_id": i} for i in range(rows)]
    for _ in range(20): store.get_online_features(features=features, entity_rows=entities).to_dict()
    start = time.perf_counter()
    for _ in range(50): store.get_online_features(features=features, entity_rows=entities).to_dict()
    times[rows] = (time.perf_counter() - start) / 50 * 1e6
print(times[1], times[100])
"""


def feast(bench, root):
    python = os.environ.get("FEAST_PYTHON")
    if not python:
        print("\nFeast was not measured: set FEAST_PYTHON to a python that has it.")
        return
    folder = pathlib.Path(tempfile.mkdtemp())
    done = subprocess.run([python, "-c", FEAST, folder], capture_output=True, text=True, check=True)
    sdk = [float(word) for word in done.stdout.split()[-2:]]
    version = subprocess.run(
        [python, "-c", "import feast; print(feast.__version__)"], capture_output=True, text=True).stdout.strip()
    port = 6577
    command = [str(pathlib.Path(python).parent / "feast"), "serve", "--port", str(port), "--no-access-log"]
    body = BODY.replace("771", "7")

    def ready(process):
        for _ in range(120):
            with contextlib.suppress(OSError):
                request = urllib.request.Request(f"http://127.0.0.1:{port}/get-online-features", body.encode(),
                                                 {"Content-Type": "application/json"})
                urllib.request.urlopen(request).read()
                return process
            time.sleep(0.5)
        raise SystemExit("feast serve does not answer")

    ratios, rates, theirs = [], [], []
    with running(command, folder, ready), serve(bench, root) as ours:
        for _ in range(max(1, bench.rounds // 2)):
            rates.append(wrk(ours)[0])
            theirs.append(wrk(port, body=body)[0])
            ratios.append(rates[-1] / theirs[-1])
    shutil.rmtree(folder, ignore_errors=True)
    print(f"\n### HTTP against Feast {version} (SQLite online store)\n")
    print("| | requests/s | ratio |\n|---|---|---|")
    print(f"| ours | {statistics.median(rates):,.0f} | {statistics.median(ratios):.0f} |")
    print(f"| feast serve | {statistics.median(theirs):,.0f} | 1 |")
    print(f"\nFeast's SDK in process: {sdk[0]:.0f} us for one key, {sdk[1]:.0f} us for 100.", flush=True)


def run(bench):
    subprocess.run([HERE.parent / "scripts" / "setup", "wrk", "redis-server", "redis-tools"], check=True)
    data = bench.data(f"keys-{KEYS}", KEYS, KEYS * 10, 1000)
    root = bench.project("project-server", data, "event")
    views = root / "features" / "views.yaml"
    # The data are of a fixed past, so nothing may be too old.
    views.write_text(views.read_text().replace("ttl: 7d, ", ""))
    for verb in (["apply"], ["ingest", "--all"], ["materialize"]):
        timed([bench.fstore, *verb], root)
    compare_with_redis(bench, root)
    latencies(bench, root)
    feast(bench, root)
