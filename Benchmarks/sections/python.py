"""The Python package: vectors against a bare ctypes call and Feast's SDK, training sets against the command line.

Needs `make python`. Feast is measured if FEAST_PYTHON names a python that has it (see sections/server.py).
"""
import ctypes
import itertools
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from harness import HERE, timed
from sections import server

KEYS = 1_000_000
VIEWS = """
entities:
  driver: {join_keys: {driver_id: int64}}
  customer: {join_keys: {customer_id: string}}
sources:
  rows: {path: data/*.parquet, timestamp: event_timestamp}
feature_views:
  by_number: {entities: [driver], source: rows, ttl: 7d, features: {FEATURES}}
  by_text: {entities: [customer], source: rows, ttl: 7d, features: {FEATURES}}
feature_services:
  by_number: {features: ["by_number:*"]}
  by_text: {features: ["by_text:*"]}
"""


def package():
    sys.path.insert(0, str(HERE.parent / "python"))
    try:
        import fstore
    except ImportError as error:
        raise SystemExit(f"{error}: run 'make python'") from None
    return fstore


def online_store(fstore, bench):
    """A million keys as numbers, and as texts, with ten features each."""
    import numpy as np
    import polars as pl

    root = bench.folder / "project-python"
    shutil.rmtree(root, ignore_errors=True)
    (root / "features").mkdir(parents=True)
    (root / "fstore.yaml").write_text("project: bench\n")
    features = "{" + ", ".join(f"f{i}: float32" for i in range(10)) + "}"
    (root / "features" / "views.yaml").write_text(VIEWS.replace("{FEATURES}", features))
    store = fstore.open(root)
    store.apply()
    numbers = np.random.default_rng(1)
    now = time.time_ns() // 1000
    values = {f"f{i}": numbers.random(KEYS, dtype=np.float32) for i in range(10)}
    times = pl.Series("event_timestamp", np.full(KEYS, now)).cast(pl.Datetime("us", "UTC"))
    for view, key in [("by_number", pl.Series("driver_id", np.arange(KEYS))),
                      ("by_text", pl.Series("customer_id", [text(i) for i in range(KEYS)]))]:
        store.ingest(view, pl.DataFrame([key, times]).with_columns(**values))
    store.materialize()
    return store


def text(number):
    return f"C{number:07d}"


def microseconds(call, arguments, number):
    """Microseconds of a call, with other arguments each time."""
    cycle = itertools.cycle(arguments)
    nothing = time.perf_counter()
    for _ in range(number):
        next(cycle)
    start = time.perf_counter()
    for _ in range(number):
        call(next(cycle))
    return ((time.perf_counter() - start) - (start - nothing)) / number * 1e6


def vectors(fstore, bench):
    store = online_store(fstore, bench)
    library = ctypes.CDLL(str(pathlib.Path(fstore.__file__).parent / "_library" / "libfstore.so"))
    bare = library.fs_version
    bare.argtypes = []
    by_number, by_text = store.online("by_number"), store.online("by_text")
    pick = random.Random(7)
    ones = [pick.randrange(KEYS) for _ in range(200_000)]
    hundreds = [pick.sample(range(KEYS), 100) for _ in range(2_000)]
    cases = {
        "a bare ctypes call": (lambda _: bare(), ones[:10], 200_000),
        "1 key, int64": (lambda key: by_number.vectors(driver_id=key), ones, 100_000),
        "1 key, int64, one of 100": (lambda key: by_number.vectors(driver_id=key), ones[:100], 100_000),
        "1 key, string": (lambda key: by_text.vectors(customer_id=key), [text(i) for i in ones], 100_000),
        "100 keys, int64": (lambda keys: by_number.vectors(driver_id=keys), hundreds, 2_000),
        "100 keys, string": (
            lambda keys: by_text.vectors(customer_id=keys), [[text(i) for i in keys] for keys in hundreds], 2_000),
        "rows(), 1 key, int64": (lambda key: by_number.rows(driver_id=key), ones, 5_000),
        "rows(), 100 keys, int64": (lambda keys: by_number.rows(driver_id=keys), hundreds, 500),
    }
    times = {name: [] for name in cases}
    for _ in range(bench.rounds):
        for name, case in cases.items():
            times[name].append(microseconds(*case))
    medians = {name: statistics.median(values) for name, values in times.items()}
    print(f"\n### reader.vectors() in Python {sys.version.split()[0]}, {KEYS:,} keys x 10 float32, random keys\n")
    print("| | median us |\n|---|---|")
    for name, median in medians.items():
        print(f"| {name} | {median:.2f} |", flush=True)
    print(f"\n1 key costs {medians['1 key, int64'] - medians['a bare ctypes call']:.2f} us over a bare ctypes call.")
    return medians


def feast(medians):
    python = os.environ.get("FEAST_PYTHON")
    if not python:
        print("\nFeast was not measured: set FEAST_PYTHON to a python that has it.")
        return
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([python, "-c", server.FEAST, folder], capture_output=True, text=True, check=True)
    version = subprocess.run(
        [python, "-c", "import feast; print(feast.__version__)"], capture_output=True, text=True).stdout.strip()
    one, hundred = (float(word) for word in done.stdout.split()[-2:])
    print(f"\n### Against the SDK of Feast {version}, in process (its SQLite store of 1,000 keys x 10 features)\n")
    print("| | Feast us | vectors() us | ratio | rows() us | ratio |\n|---|---|---|---|---|---|")
    for keys, theirs in [("1 key", one), ("100 keys", hundred)]:
        ours, rows = medians[f"{keys}, int64"], medians[f"rows(), {keys}, int64"]
        print(f"| {keys} | {theirs:.0f} | {ours:.1f} | {theirs / ours:.0f} | {rows:.0f} | {theirs / rows:.0f} |", flush=True)


def training_sets(fstore, bench):
    import pandas as pd

    from harness import SETS

    data = bench.data(bench.set, *SETS[bench.set])
    root = bench.project("project-python-sets", data, "event")
    timed([bench.fstore, "ingest", "--all"], root)
    out = bench.folder / "python-set.parquet"
    command = [bench.fstore, "training-set", "model", "--entities", str(data / "entities.parquet"), "--out", str(out)]
    store = fstore.open(root)
    frame = pd.read_parquet(data / "entities.parquet")
    wholes, joins, lines, copies = [], [], [], []
    for _ in range(bench.rounds):
        lines.append(timed(command, root)[0])
        start = time.perf_counter()
        made = store.training_set("model", frame)
        wholes.append(time.perf_counter() - start)
        joins.append(made.seconds)
        start = time.perf_counter()
        made.to_pandas()
        copies.append(time.perf_counter() - start)
        del made
    print(f"\n### training_set() of a pandas frame of {len(frame):,} rows, set '{bench.set}'\n")
    print("| | median s |\n|---|---|")
    for name, values in [("the join alone, in the library", joins), ("training_set(), frame to table", wholes),
                         ("to_pandas() of the result", copies), ("the command line, file to file", lines)]:
        print(f"| {name} | {statistics.median(values):.3f} |")
    over = statistics.median(whole / join for whole, join in zip(wholes, joins))
    print(f"\ntraining_set() takes {over:.2f} times the join alone.", flush=True)


def run(bench):
    fstore = package()
    feast(vectors(fstore, bench))
    training_sets(fstore, bench)
