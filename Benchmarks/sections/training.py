"""Ingest and training sets against DuckDB, Polars and pandas, Parquet to Parquet."""
import shutil

from harness import SETS, timed


def run(bench):
    data = bench.data(bench.set, *SETS[bench.set])
    out = bench.folder / "out"
    out.mkdir(exist_ok=True)
    for available in ("event", "created"):
        root = bench.project(f"project-{available}", data, available)

        def ingest():
            shutil.rmtree(root / ".fstore" / "offline", ignore_errors=True)
            for name in ("catalog.sqlite", "catalog.sqlite-wal", "catalog.sqlite-shm"):
                (root / ".fstore" / name).unlink(missing_ok=True)
            timed([bench.fstore, "apply"], root)
            return timed([bench.fstore, "ingest", "--all"], root)[:2]

        if available == "event":
            bench.compare("Ingest, and DuckDB's sorted table", ingest, {
                "DuckDB: create table … order by": lambda: bench.peer(
                    "duckdb", "sorted-table", data, out / "sorted.duckdb")})
        else:
            ingest()
        peers = {"DuckDB": lambda: bench.peer("duckdb", "training-set", data, out / "duckdb.parquet", available)}
        if available == "event":
            peers["DuckDB, sorted table"] = lambda: bench.peer(
                "duckdb", "from-table", data, out / "table.parquet")
            peers["Polars"] = lambda: bench.peer("polars", "training-set", data, out / "polars.parquet")
            peers["pandas"] = lambda: bench.peer("pandas", "training-set", data, out / "pandas.parquet")
        command = [bench.fstore, "training-set", "model", "--entities", str(data / "entities.parquet"), "--out",
                   str(out / "ours.parquet")]
        bench.compare(
            f"Training set, Parquet to Parquet, `available: {available}`", lambda: timed(command, root)[:2], peers)
