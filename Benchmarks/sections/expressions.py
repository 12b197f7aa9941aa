"""Expressions over 10 M rows in memory, against Polars and DuckDB computing the same formula.

All are timed inside one process, from a frame in memory to the column of values. Needs `make python`.
"""
import statistics
import time

from sections.python import package

ROWS = 10_000_000
# The formula, then as Polars and as SQL say it.
FORMULAS = [
    ("fare / max(distance_km, 0.1)", lambda pl: pl.col("fare") / pl.max_horizontal("distance_km", pl.lit(0.1)),
     "fare / greatest(distance_km, 0.1)"),
    ("if(fare > 20 and distance_km < 5, ln(fare + 1), clip(fare - 2 * distance_km, 0, 10))",
     lambda pl: pl.when((pl.col("fare") > 20) & (pl.col("distance_km") < 5)).then((pl.col("fare") + 1).log())
     .otherwise((pl.col("fare") - 2 * pl.col("distance_km")).clip(0, 10)),
     "case when fare > 20 and distance_km < 5 then ln(fare + 1) else least(greatest(fare - 2 * distance_km, 0), 10) end"),
    ("hour(t) + 24 * weekday(t)",
     lambda pl: pl.col("t").dt.hour().cast(pl.Int64) + 24 * (pl.col("t").dt.weekday().cast(pl.Int64) - 1),
     "hour(t) + 24 * (isodow(t) - 1)"),
]


def run(bench):
    fstore = package()
    import duckdb
    import numpy
    import polars as pl

    random = numpy.random.default_rng(5)
    frame = pl.DataFrame({
        "fare": random.random(ROWS) * 50, "distance_km": random.random(ROWS) * 20,
        "t": (random.integers(0, 1_700_000_000, ROWS) * 1_000_000).astype("datetime64[us]")})
    rows = frame.rechunk().to_arrow()
    connection = duckdb.connect()
    connection.execute("set threads to 2")
    connection.register("rows", rows)
    print(f"\n## Expressions over {ROWS:,} rows in memory\n\nDuckDB {duckdb.__version__}, Polars {pl.__version__}\n")
    print("| formula | ours s | Polars | DuckDB |\n|---|---|---|---|")
    for text, polars, sql in FORMULAS:
        work = {
            "ours": lambda: pl.DataFrame(fstore.evaluate(text, rows)).to_series(),
            "polars": lambda: frame.select(polars(pl)).to_series(),
            "duckdb": lambda: connection.execute(f"select {sql} as value from rows").to_arrow_table(),
        }
        results = {name: run() for name, run in work.items()}
        difference = (results["ours"].cast(pl.Float64) - results["polars"].cast(pl.Float64)).abs().max()
        assert difference < 1e-9, difference
        seconds = {name: [] for name in work}
        for _ in range(bench.rounds):
            for name, run_once in work.items():
                start = time.perf_counter()
                run_once()
                seconds[name].append(time.perf_counter() - start)
        ratios = {
            name: statistics.median(peer / ours for peer, ours in zip(seconds[name], seconds["ours"]))
            for name in ("polars", "duckdb")}
        print(f"| `{text}` | {statistics.median(seconds['ours']):.3f} | {ratios['polars']:.1f} times ours | {ratios['duckdb']:.1f} |")
