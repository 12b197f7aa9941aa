"""Encoders: encoded reads over raw reads of the same features, encoding against scikit-learn, fitting against Polars.

Needs `make python`. Reads are timed at the C interface, so that Python's own time is not in them; encoding and fitting in a
process each, from a frame in memory to the result in memory, with the memory that it took beyond the frame.
"""
import ctypes
import json
import resource
import shutil
import statistics
import subprocess
import sys
import time

KEYS = 1_000_000
ENCODED_ROWS = 1_000_000
FITTED_ROWS = 10_000_000
CITIES = [f"city {i}" for i in range(5)]


def definitions(floats, steps):
    features = {f"f{i}": "float32" for i in range(floats)} | {name: "string" for name in steps if name.startswith("s")}
    return json.dumps({
        "entities": {"e": {"join_keys": {"id": "int64"}}},
        "sources": {"s": {"path": "data/*.parquet", "timestamp": "t"}},
        "feature_views": {"v": {"entities": ["e"], "source": "s", "features": features}},
        "feature_services": {"m": {
            "features": ["v:*"], "encode": {"float32": "standardize"} | {f"v:{name}": step for name, step in steps.items()}}}})


# Twenty features, five of them one-hot: fifteen numbers and five times seven slots.
ENCODE = definitions(15, {f"s{i}": "one_hot" for i in range(5)})
# Ten features: five standardized, three in ten quantiles, two one-hot.
FIT = definitions(8, {f"f{i}": {"quantile_bucketize": 10} for i in range(5, 8)} | {f"s{i}": "one_hot" for i in range(2)})


def frame(rows, floats, texts):
    import numpy as np
    import polars as pl

    random = np.random.default_rng(3)
    columns = {f"f{i}": random.normal(i, i + 1, rows).astype(np.float32) for i in range(floats)}
    cities = pl.Series(CITIES)
    return pl.DataFrame(columns | {f"s{i}": cities.gather(random.integers(0, len(CITIES), rows)) for i in range(texts)})


def new_store(folder, views):
    import fstore

    shutil.rmtree(folder, ignore_errors=True)
    (folder / "features").mkdir(parents=True)
    (folder / "fstore.yaml").write_text("project: bench\n")
    (folder / "features" / "views.yaml").write_text(views)
    store = fstore.open(folder)
    store.apply()
    return store


# ---- reads


class Read(ctypes.Structure):
    _fields_ = [
        ("count", ctypes.c_int64), ("numbers", ctypes.c_void_p), ("texts", ctypes.c_void_p), ("text_bytes", ctypes.c_int64),
        ("time", ctypes.c_int64), ("answer", ctypes.c_void_p), ("capacity", ctypes.c_int64), ("needed", ctypes.c_int64),
        ("error", ctypes.c_void_p)]


def nanoseconds(function, handle, keys, batch, answer, calls):
    """Of one batch of random keys."""
    reads = (Read * calls)()
    for i in range(calls):
        first = (i * batch) % (len(keys) - batch)
        reads[i] = Read(
            batch, keys.ctypes.data + 8 * first, None, 0, -(2**63), ctypes.addressof(answer), len(answer), 0, None)
    places = [ctypes.byref(read) for read in reads]
    start = time.perf_counter_ns()
    for place in places:
        function(handle, place)
    spent = time.perf_counter_ns() - start
    assert not any(read.error for read in reads)
    return spent / calls


def reads(bench):
    import numpy as np
    import polars as pl
    from fstore import _library

    store = new_store(bench.folder / "project-encode", ENCODE)
    rows = frame(KEYS, 15, 5).with_columns(
        id=pl.arange(0, KEYS, dtype=pl.Int64, eager=True), t=pl.lit(time.time_ns() // 1000).cast(pl.Datetime("us", "UTC")))
    store.ingest("v", rows)
    store.materialize()
    store.fit("m", rows.drop("id", "t"))
    raw, encoded = store.online("m"), store.vectors("m")
    assert encoded.width == 50
    numbers = store.online([f"v:f{i}" for i in range(15)])
    keys = np.random.default_rng(5).integers(0, KEYS, 1 << 20)
    answer = (ctypes.c_char * (1 << 20))()
    library = _library.library
    nothing = library.fs_encoder_vectors
    print("\n### Reads of 20 features, 5 of them strings, as 50 numbers; 1 M keys at random, at the C interface\n")
    print("| keys a read | raw rows ns | encoded ns | encoded over raw | the 15 numbers alone, raw vectors, ns |\n|---|---|---|---|---|")
    for batch, calls in [(1, 100_000), (100, 5_000)]:
        times = {"empty": [], "raw": [], "encoded": [], "numbers": []}
        for _ in range(bench.rounds):
            times["empty"].append(nanoseconds(nothing, encoded._handle.pointer, keys, 0, answer, calls))
            times["raw"].append(nanoseconds(library.fs_reader_rows, raw._handle.pointer, keys, batch, answer, calls))
            times["encoded"].append(nanoseconds(nothing, encoded._handle.pointer, keys, batch, answer, calls))
            times["numbers"].append(
                nanoseconds(library.fs_reader_vectors, numbers._handle.pointer, keys, batch, answer, calls))
        own = {name: [t - e for t, e in zip(values, times["empty"])] for name, values in times.items()}
        ratio = statistics.median(e / r for e, r in zip(own["encoded"], own["raw"]))
        print(
            f"| {batch} | {statistics.median(own['raw']):.0f} | {statistics.median(own['encoded']):.0f} | {ratio:.2f} | "
            f"{statistics.median(own['numbers']):.0f} |", flush=True)


# ---- work in a process of its own: seconds, and megabytes beyond the frame


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def transformer():
    from sklearn.compose import ColumnTransformer
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    texts = [f"s{i}" for i in range(5)]
    return ColumnTransformer([
        ("numbers", StandardScaler(), [f"f{i}" for i in range(15)]),
        ("texts", OneHotEncoder(handle_unknown="ignore", sparse_output=False), texts)])


def work(kind, folder):
    import pathlib

    if kind in ("encode", "sklearn"):
        rows = frame(ENCODED_ROWS, 15, 5)
        if kind == "encode":
            store = new_store(pathlib.Path(folder), ENCODE)
            store.fit("m", rows)
            once = lambda: store.encode(rows, "m")  # noqa: E731
        else:
            rows = rows.to_pandas()
            model = transformer().fit(rows)
            once = lambda: model.transform(rows)  # noqa: E731
    else:
        rows = frame(FITTED_ROWS, 8, 2)
        if kind == "fit":
            store = new_store(pathlib.Path(folder), FIT)
            once = lambda: store.fit("m", rows)  # noqa: E731
        else:
            import polars as pl

            plan = [pl.col(f"f{i}").mean().alias(f"m{i}") for i in range(5)]
            plan += [pl.col(f"f{i}").std(ddof=0).alias(f"d{i}") for i in range(5)]
            plan += [pl.col(f"f{i}").quantile(q / 10, "linear").alias(f"q{i}_{q}") for i in range(5, 8) for q in range(1, 10)]
            plan += [pl.col(f"s{i}").value_counts(sort=True).head(50).implode().alias(f"c{i}") for i in range(2)]
            once = lambda: rows.lazy().select(plan).collect()  # noqa: E731
    before = peak()
    start = time.perf_counter()
    kept = once()
    seconds = time.perf_counter() - start
    del kept
    print(json.dumps([seconds, peak() - before]))


def measured(bench, kind):
    done = subprocess.run(
        [bench.python, "-c", f"import sys; sys.path[:0] = {sys.path[:2]!r}; from sections.encode import work; "
         f"work({kind!r}, {str(bench.folder / 'project-encode-work')!r})"], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def compare(bench, title, ours, peer):
    results = {ours: [], peer: []}
    for _ in range(bench.rounds):
        for kind in results:
            results[kind].append(measured(bench, kind))
    ratio = statistics.median(b[0] / a[0] for a, b in zip(results[ours], results[peer]))
    print(f"\n### {title}\n\n| | median s | peak MB beyond the frame | ratio to ours |\n|---|---|---|---|")
    for kind, shown in [(ours, ""), (peer, f"{ratio:.1f}")]:
        seconds, memory = (statistics.median(values) for values in zip(*results[kind]))
        print(f"| {'ours' if kind == ours else kind} | {seconds:.3f} | {memory:.0f} | {shown} |", flush=True)


def run(bench):
    from sections.python import package

    package()
    print("\n## Encoders")
    reads(bench)
    compare(bench, "Encode 1 M x 20 as 50 numbers, against ColumnTransformer", "encode", "sklearn")
    compare(bench, "Fit 10 M x 10: five standardized, three in ten quantiles, two one-hot, against Polars", "fit", "polars")
