"""The benchmarked work done by other tools: one call, one process, the seconds on the last line of stdout.

usage: peers.py PEER WORK DATA OUT [event|created]

PEER is pandas, polars or duckdb; WORK is:
  training-set   DATA/entities.parquet with the features of DATA/history/*.parquet as of each row's time, ttl 7 days,
                 written to OUT as Parquet. `created` also asks that a row was known (created <= the entity row's time).
  sorted-table   (duckdb) makes OUT, a database with the history ordered by key and time: what we call ingest
  from-table     (duckdb) the training set from the table that sorted-table made in OUT's folder

Importing the tool is not timed.
"""
import os
import sys
import time

TTL_DAYS = 7
FEATURES = [f"f{i}" for i in range(10)]


def pandas_training_set(data, out, availability):
    import pandas as pd

    if availability == "created":
        raise SystemExit("pandas' merge_asof cannot ask for a second condition")
    start = time.perf_counter()
    history = pd.read_parquet(f"{data}/history", columns=["driver_id", "event_timestamp", *FEATURES])
    entities = pd.read_parquet(f"{data}/entities.parquet")
    entities["row"] = range(len(entities))
    joined = pd.merge_asof(
        entities.sort_values("event_timestamp"), history.sort_values("event_timestamp", kind="stable"),
        on="event_timestamp", by="driver_id", tolerance=pd.Timedelta(days=TTL_DAYS))
    joined.sort_values("row").drop(columns="row").to_parquet(out)
    return time.perf_counter() - start


def polars_training_set(data, out, availability):
    import polars as pl

    if availability == "created":
        raise SystemExit("Polars' join_asof cannot ask for a second condition")
    start = time.perf_counter()
    history = pl.scan_parquet(f"{data}/history/*.parquet").select("driver_id", "event_timestamp", *FEATURES)
    entities = pl.scan_parquet(f"{data}/entities.parquet").with_row_index("row")
    joined = entities.sort("event_timestamp").join_asof(
        history.sort("event_timestamp"), on="event_timestamp", by="driver_id", strategy="backward",
        tolerance=f"{TTL_DAYS}d", check_sortedness=False)
    joined.sort("row").drop("row").collect().write_parquet(out)
    return time.perf_counter() - start


def duckdb_query(history, data, out, availability):
    features = ", ".join(f"h.{f}" for f in FEATURES)
    if availability == "created":
        # An ASOF JOIN takes one inequality, so the second condition needs a join and a choice among its rows.
        return f"""
            COPY (
              WITH e AS (SELECT *, row_number() OVER () AS row FROM '{data}/entities.parquet'),
              c AS (
                SELECT e.row, max_by(h, h.event_timestamp) AS h FROM e JOIN {history} h
                ON e.driver_id = h.driver_id AND h.event_timestamp <= e.event_timestamp
                AND h.event_timestamp >= e.event_timestamp - INTERVAL {TTL_DAYS} DAY AND h.created <= e.event_timestamp
                GROUP BY e.row)
              SELECT e.driver_id, e.event_timestamp, e.label, {", ".join(f"c.h.{f}" for f in FEATURES)}
              FROM e LEFT JOIN c USING (row) ORDER BY row
            ) TO '{out}' (FORMAT parquet)"""
    choice = ", ".join(
        f"CASE WHEN h.event_timestamp >= e.event_timestamp - INTERVAL {TTL_DAYS} DAY THEN h.{f} END AS {f}"
        for f in FEATURES)
    return f"""
        COPY (
          SELECT e.driver_id, e.event_timestamp, e.label, {choice}
          FROM (SELECT *, row_number() OVER () AS row FROM '{data}/entities.parquet') e ASOF LEFT JOIN {history} h
          ON e.driver_id = h.driver_id AND e.event_timestamp >= h.event_timestamp ORDER BY e.row
        ) TO '{out}' (FORMAT parquet)"""


def duckdb_training_set(data, out, availability):
    import duckdb

    connection = duckdb.connect()
    start = time.perf_counter()
    connection.execute(duckdb_query(f"'{data}/history/*.parquet'", data, out, availability))
    return time.perf_counter() - start


def duckdb_sorted_table(data, out, _):
    import duckdb

    if os.path.exists(out):
        os.remove(out)
    start = time.perf_counter()
    connection = duckdb.connect(out)
    connection.execute(
        f"CREATE TABLE history AS SELECT * FROM '{data}/history/*.parquet' ORDER BY driver_id, event_timestamp")
    connection.close()
    return time.perf_counter() - start


def duckdb_from_table(data, out, availability):
    import duckdb

    connection = duckdb.connect(os.path.join(os.path.dirname(out), "sorted.duckdb"), read_only=True)
    start = time.perf_counter()
    connection.execute(duckdb_query("history", data, out, availability))
    return time.perf_counter() - start


def main():
    peer, work, data, out = sys.argv[1:5]
    availability = sys.argv[5] if len(sys.argv) > 5 else "event"
    function = globals()[f"{peer}_{work.replace('-', '_')}"]
    print(function(data, out, availability))


if __name__ == "__main__":
    main()
