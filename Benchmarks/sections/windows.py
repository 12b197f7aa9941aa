"""Aggregates over sliding windows in training sets, against DuckDB and Polars, Parquet to Parquet.

Five features of three columns (count and sum of 1 d; sum, mean and max of 7 d), then twenty windows of the same columns, then
few keys with very many events. What DuckDB and Polars give is compared with ours, value by value.
"""
import pathlib
import shutil
import statistics

from harness import SETS, timed

COLUMNS = ["f0", "f1", "f2"]
SHORT, LONG = ["count", "sum"], ["sum", "mean", "max"]
PEERS = pathlib.Path(__file__).resolve().parent.parent / "window_peers.py"


def definitions(windows, exact="exact: true"):
    """`windows` gives, for each column, the functions of each window."""
    features = "".join(
        f"        {column}_{window}: {{column: {column}, functions: [{', '.join(functions)}], windows: [{window}]}}\n"
        for column in COLUMNS for window, functions in windows.items())
    columns = ", ".join(f"{column}: float32" for column in COLUMNS)
    return f"""
entities:
  driver: {{join_keys: {{driver_id: int64}}}}
sources:
  hourly: {{path: data/*.parquet, timestamp: event_timestamp, created: created}}
feature_views:
  windows:
    entities: [driver]
    source: hourly
    available: event
    aggregate:
      {exact}
      columns: {{{columns}}}
      features:
{features}
feature_services:
  model: {{features: ["windows:*"]}}
"""


FIVE = definitions({"1d": SHORT, "7d": LONG})
# A sum of each column over twenty lengths, and over five that reach as far.
TWENTY = definitions({f"{days}d": ["sum"] for days in range(1, 21)})
LENGTHS = definitions({f"{days}d": ["sum"] for days in (1, 5, 10, 15, 20)})
THIRTY = definitions({"30d": LONG})


def run(bench):
    data = bench.data(bench.set, *SETS[bench.set])
    out = bench.folder / "out"
    out.mkdir(exist_ok=True)

    def training_set(name, data, views):
        root = bench.make_project(bench.folder / f"project-windows-{name}", data, views)
        timed([bench.fstore, "ingest", "--all"], root)
        command = [bench.fstore, "training-set", "model", "--entities", str(data / "entities.parquet"), "--out",
                   str(out / f"windows-{name}.parquet")]
        return lambda: timed(command, root)[:2]

    def peer(name, form):
        return lambda: windows_peer(bench, name, form, data, out / f"windows-{name}-{form}.parquet")

    five = training_set("five", data, FIVE)
    bench.compare("Count, sum of 1 d; sum, mean, max of 7 d; three columns", five, {
        "DuckDB, range join": peer("duckdb", "join"), "Polars, rolling": peer("polars", "rolling")})
    compare_values(bench, out)

    twenty = training_set("twenty", data, TWENTY)
    lengths = training_set("lengths", data, LENGTHS)
    keys, rows, asked = SETS[bench.set]
    skewed_data = bench.data(f"{bench.set}-skewed", keys // 100, rows, asked)
    skewed = training_set("skewed", skewed_data, THIRTY)
    even = training_set("even", data, THIRTY)
    seconds = {name: [] for name in ("lengths", "twenty", "skewed", "even")}
    for _ in range(bench.rounds):
        for name, work in [("lengths", lengths), ("twenty", twenty), ("skewed", skewed), ("even", even)]:
            seconds[name].append(work()[0])
    ratio = lambda a, b: statistics.median(x / y for x, y in zip(seconds[a], seconds[b]))  # noqa: E731
    print("\n| | median s | against |\n|---|---|---|")
    print(f"| twenty windows of three columns | {statistics.median(seconds['twenty']):.2f} | {ratio('twenty', 'lengths'):.2f} "
          f"times five windows ({statistics.median(seconds['lengths']):.2f} s) |")
    print(f"| {keys // 100:,} keys with {rows // (keys // 100):,} events each, 30 d | "
          f"{statistics.median(seconds['skewed']):.2f} | {ratio('skewed', 'even'):.2f} times as many events of {keys:,} keys "
          f"({statistics.median(seconds['even']):.2f} s) |", flush=True)
    shutil.rmtree(bench.folder / "project-windows-skewed", ignore_errors=True)


def windows_peer(bench, name, form, data, out):
    seconds, peak, output = timed([bench.python, PEERS, name, form, str(data), str(out)])
    return float(output.split()[-1]), peak


def compare_values(bench, out):
    """Ours against the peers': counts and maxima the same, sums as near as their own rounding lets them be."""
    timed([bench.python, PEERS, "compare", "-", str(out), "-"])
