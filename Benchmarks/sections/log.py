"""The feature log: reads that are remembered, over the same reads that are not; and examples handed to a Python consumer.

Needs `make python`. Over HTTP, an open loop of 20,000 reads a second asks for one key x 10 features, with a request id and
without; what the log has lost is counted. In process, one key at a time is read from Python.
"""
import re
import shutil
import statistics
import subprocess
import time
import urllib.request

from harness import HERE
from sections import python as package_section
from sections import server

KEYS = 100_000
RATE = 20_000
EXAMPLES = 400_000
BATCH = 1024
READS = 30_000
DEFINITIONS = """
entities:
  driver: {join_keys: {driver_id: int64}}
sources:
  rows: {path: data/*.parquet, timestamp: event_timestamp}
feature_views:
  stats: {entities: [driver], source: rows, features: {FEATURES}}
feature_services:
  plain: {features: ["stats:*"]}
  logged: {features: ["stats:*"], log: {}, label: {name: late, type: bool}}
"""


def store(fstore, bench):
    import numpy as np
    import polars as pl

    root = bench.folder / "project-log"
    shutil.rmtree(root, ignore_errors=True)
    (root / "features").mkdir(parents=True)
    (root / "fstore.yaml").write_text("project: bench\n")
    features = "{" + ", ".join(f"f{i}: float32" for i in range(10)) + "}"
    (root / "features" / "views.yaml").write_text(DEFINITIONS.replace("{FEATURES}", features))
    opened = fstore.open(root)
    opened.apply()
    numbers = np.random.default_rng(1)
    times = pl.Series("event_timestamp", np.full(KEYS, time.time_ns() // 1000)).cast(pl.Datetime("us", "UTC"))
    values = {f"f{i}": numbers.random(KEYS, dtype=np.float32) for i in range(10)}
    opened.ingest("stats", pl.DataFrame([pl.Series("driver_id", np.arange(KEYS)), times]).with_columns(**values))
    opened.materialize()
    return root, opened


def in_process(bench, opened):
    plain, logged = opened.online("plain"), opened.online("logged")
    found = {"vectors": [], "rows": []}
    micro = {"vectors": [], "rows": []}
    keys = list(range(0, KEYS, 37))
    for _ in range(bench.rounds):
        for kind in found:
            off, on = getattr(plain, kind), getattr(logged, kind)
            without = median(lambda key: off(driver_id=key), keys)
            with_log = median(lambda key: on(driver_id=key, request_id="a-request-1234567"), keys)
            found[kind].append(with_log / without)
            micro[kind].append((without, with_log))
            logged.flush()
    print("\n### Reads from Python that are remembered, 1 key x 10 features, in process\n")
    print("| | p50 us, log off | p50 us, log on | ratio |\n|---|---|---|---|")
    for kind, ratios in found.items():
        off, on = (statistics.median(column) for column in zip(*micro[kind]))
        print(f"| `reader.{kind}` | {off:.2f} | {on:.2f} | {statistics.median(ratios):.2f} |", flush=True)


def median(call, keys):
    """The median microseconds of a call, paced at the rate at which the log must lose nothing."""
    times = []
    clock = time.perf_counter_ns
    due = clock()
    for number in range(READS):
        due += 1_000_000_000 // RATE
        while clock() < due:
            pass
        start = clock()
        call(keys[number % len(keys)])
        times.append(clock() - start)
    return statistics.median(times) / 1000


def by_http(bench, root):
    program = bench.folder / "open_loop"
    subprocess.run(["gcc", "-O2", "-o", program, HERE / "open_loop.c"], check=True)
    bodies = {}
    for name, more in {"plain": "", "logged": ', "request_id": "a-request-1234567"'}.items():
        bodies[name] = bench.folder / f"log-{name}.json"
        bodies[name].write_text(f'{{"entities": {{"driver_id": [771]}}, "feature_service": "{name}"{more}}}')
    found = {name: [] for name in bodies}
    with server.serve(bench, root) as port:
        for _ in range(bench.rounds):
            for name, body in bodies.items():
                done = subprocess.run(
                    [program, str(port), str(RATE), "4", "32", "/get-online-features", body], capture_output=True,
                    text=True, check=True)
                found[name].append([float(word) for word in done.stdout.split()])
        metrics = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics").read().decode()
    noted, dropped = (
        int(re.search(rf'fstore_log_{name}_total{{service="logged"}} (\d+)', metrics).group(1)) for name in ("rows", "dropped"))
    print(f"\n### Reads over HTTP that are remembered, 1 key x 10 features, open loop at {RATE:,} reads/s\n")
    print("| | reads/s | p50 us | p99 us | p50, ratio |\n|---|---|---|---|---|")
    ratio = statistics.median(on[1] / off[1] for on, off in zip(found["logged"], found["plain"]))
    for name, shown, said in [("plain", "log off", "1"), ("logged", "log on", f"{ratio:.2f}")]:
        rate, p50, _, p99, *_ = (statistics.median(column) for column in zip(*found[name]))
        print(f"| {shown} | {rate:,.0f} | {p50:.0f} | {p99:.0f} | {said} |")
    print(f"\nOf {noted + dropped:,} rows the log lost {dropped:,}.", flush=True)


def examples(bench, opened):
    import numpy as np

    reader = opened.online("logged")
    step = 10_000
    for number in range(EXAMPLES // step):
        reader.rows(driver_id=np.arange(step) + number, request_id=[f"e{number}-{i}" for i in range(step)])
        reader.flush()
    start = time.perf_counter()
    for number in range(EXAMPLES // step):
        opened.label("logged", {"request_id": [f"e{number}-{i}" for i in range(step)], "value": [i % 3 == 0 for i in range(step)]})
    labelled = EXAMPLES / (time.perf_counter() - start)
    rates, committed = [], []
    for number in range(bench.rounds):
        for commits, into in [(False, rates), (True, committed)]:
            count, total = 0, 0.0
            start = time.perf_counter()
            for batch in opened.examples("logged", f"bench-{number}-{commits}", batch=BATCH):
                count += len(batch)
                total += float(batch.X[0, 0]) + float(batch.y[0]) + float(batch.weight[0])
                if commits:
                    batch.commit()
            into.append(count / (time.perf_counter() - start))
            assert count == EXAMPLES
    print(f"\n### Examples to a Python consumer, {EXAMPLES:,} of 10 features, batches of {BATCH:,}\n")
    print("| | rows/s (median) |\n|---|---|")
    print(f"| X, y and weight as arrays | {statistics.median(rates):,.0f} |")
    print(f"| and each batch committed durably | {statistics.median(committed):,.0f} |")
    print(f"| labels taken in and joined, in batches of {step:,} | {labelled:,.0f} |", flush=True)


def run(bench):
    fstore = package_section.package()
    root, opened = store(fstore, bench)
    in_process(bench, opened)
    examples(bench, opened)
    del opened
    by_http(bench, root)
