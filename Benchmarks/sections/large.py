"""The `large` set: ingest of 100 M rows, and training sets from them against those of the `normal` set.

Needs 11 GB in .build/bench, which are left there for the next run: `rm -r .build/bench/*large*` when done.
"""
from harness import SETS, timed

FEW = 1_000


def run(bench):
    normal = bench.data("normal", *SETS["normal"])
    large = bench.data("large", *SETS["large"])
    roots = {}
    for name, data in ("normal", normal), ("large", large):
        roots[name] = bench.project(f"project-{name}", data, "created")
        seconds, peak, _ = timed([bench.fstore, "ingest", "--all"], roots[name])
        rows = SETS[name][1]
        print(f"\n{name}: {rows:,} rows ingested in {seconds:.1f} s ({rows / seconds / 1e6:.1f} M rows/s), peak {peak:.0f} MB")

    def training_set(name, entities):
        command = [bench.fstore, "training-set", "model", "--entities", str(entities), "--out",
                   str(bench.folder / "large.parquet")]
        return lambda: timed(command, roots[name])[:2]

    bench.compare(
        "Training set of 1 M rows from 100 M rows of history, `available: created`",
        training_set("large", large / "entities.parquet"),
        {"from 10 M rows": training_set("normal", normal / "entities.parquet")})
    few = bench.folder / "few.parquet"
    bench.sql(f"COPY (SELECT * FROM '{large}/entities.parquet' LIMIT {FEW}) TO '{few}' (FORMAT parquet)")
    bench.compare(
        f"Training set of {FEW:,} rows from 100 M rows of history", training_set("large", few),
        {"from 10 M rows": training_set("normal", few)})
