"""Sliding windows by other tools: one call, one process, the seconds on the last line of stdout.

usage: window_peers.py duckdb join|window DATA OUT
       window_peers.py polars rolling DATA OUT
       window_peers.py compare - FOLDER -         (what benchmarks wrote there, ours and the peers')

For each row of DATA/entities.parquet, of the events of DATA/history with its key before its time: the count and sum of 1 day
and the sum, mean and max of 7 days, of f0, f1 and f2.
"""
import sys
import time

COLUMNS = ["f0", "f1", "f2"]
DAY = "event_timestamp >= e.event_timestamp - INTERVAL 1 DAY"


def names(column):
    return [f"{column}_1d_count_1d", f"{column}_1d_sum_1d", f"{column}_7d_sum_7d", f"{column}_7d_mean_7d", f"{column}_7d_max_7d"]


def duckdb_join(data, out):
    import duckdb

    start = time.perf_counter()
    connection = duckdb.connect()
    connection.execute("set threads to 2")
    selected = ", ".join(
        f"count(h.{c}) FILTER (WHERE h.{DAY}) AS {n[0]}, sum(h.{c}::DOUBLE) FILTER (WHERE h.{DAY}) AS {n[1]}, "
        f"sum(h.{c}::DOUBLE) AS {n[2]}, avg(h.{c}::DOUBLE) AS {n[3]}, max(h.{c}) AS {n[4]}"
        for c, n in [(c, names(c)) for c in COLUMNS])
    connection.execute(f"""
        COPY (
          SELECT any_value(e.driver_id) AS driver_id, any_value(e.event_timestamp) AS event_timestamp,
            any_value(e.label) AS label, {selected}
          FROM (SELECT *, row_number() OVER () AS row FROM '{data}/entities.parquet') e
          LEFT JOIN '{data}/history/*.parquet' h ON e.driver_id = h.driver_id
            AND h.event_timestamp < e.event_timestamp AND h.event_timestamp >= e.event_timestamp - INTERVAL 7 DAY
          GROUP BY e.row ORDER BY e.row
        ) TO '{out}' (FORMAT parquet)""")
    return time.perf_counter() - start


def duckdb_window(data, out):
    import duckdb

    start = time.perf_counter()
    connection = duckdb.connect()
    connection.execute("set threads to 2")
    before = "RANGE BETWEEN INTERVAL {} DAY PRECEDING AND INTERVAL 1 MICROSECOND PRECEDING"
    windows = ", ".join(
        f"w{days} AS (PARTITION BY driver_id ORDER BY event_timestamp {before.format(days)})" for days in (1, 7))
    selected = ", ".join(
        f"count({c}) OVER w1 AS {n[0]}, sum({c}::DOUBLE) OVER w1 AS {n[1]}, sum({c}::DOUBLE) OVER w7 AS {n[2]}, "
        f"avg({c}::DOUBLE) OVER w7 AS {n[3]}, max({c}) OVER w7 AS {n[4]}" for c, n in [(c, names(c)) for c in COLUMNS])
    connection.execute(f"""
        COPY (
          SELECT * EXCLUDE (row, {", ".join(COLUMNS)}) FROM (
            SELECT *, {selected} FROM (
              SELECT driver_id, event_timestamp, NULL::BIGINT AS label, NULL::BIGINT AS row, {", ".join(COLUMNS)}
              FROM '{data}/history/*.parquet'
              UNION ALL BY NAME
              SELECT driver_id, event_timestamp, label, row_number() OVER () AS row FROM '{data}/entities.parquet')
            WINDOW {windows}) WHERE row IS NOT NULL ORDER BY row
        ) TO '{out}' (FORMAT parquet)""")
    return time.perf_counter() - start


def polars_rolling(data, out):
    import polars as pl

    start = time.perf_counter()
    history = pl.scan_parquet(f"{data}/history/*.parquet").select("driver_id", "event_timestamp", *COLUMNS)
    entities = pl.scan_parquet(f"{data}/entities.parquet").with_row_index("row")
    both = pl.concat([history, entities], how="diagonal").sort("driver_id", "event_timestamp").collect()
    values = [pl.col(c).cast(pl.Float64) for c in COLUMNS]
    day = both.rolling("event_timestamp", group_by="driver_id", period="1d", closed="left").agg(
        *[pl.col(c).count().alias(names(c)[0]) for c in COLUMNS],
        *[v.sum().alias(names(c)[1]) for c, v in zip(COLUMNS, values)])
    week = both.rolling("event_timestamp", group_by="driver_id", period="7d", closed="left").agg(
        *[v.sum().alias(names(c)[2]) for c, v in zip(COLUMNS, values)],
        *[v.mean().alias(names(c)[3]) for c, v in zip(COLUMNS, values)],
        *[pl.col(c).max().alias(names(c)[4]) for c in COLUMNS])
    joined = pl.concat([both.select("driver_id", "event_timestamp", "label", "row"), day.drop("driver_id", "event_timestamp"),
                        week.drop("driver_id", "event_timestamp")], how="horizontal")
    joined.filter(pl.col("row").is_not_null()).sort("row").drop("row").write_parquet(out)
    return time.perf_counter() - start


def compare(folder):
    import polars as pl

    ours = pl.read_parquet(f"{folder}/windows-five.parquet")
    for peer in ("duckdb-join", "polars-rolling"):
        theirs = pl.read_parquet(f"{folder}/windows-{peer}.parquet")
        for column in COLUMNS:
            count, *others = names(column)
            assert (ours[count] == theirs[count]).all(), (peer, count)
            for name in others:
                mine, other = ours[name], theirs[name]
                if "sum" in name and peer.startswith("polars"):
                    # Polars' sum of nothing is 0.
                    mine = mine.fill_null(0)
                assert (mine.is_null() == other.is_null()).all(), (peer, name)
                assert (mine - other).abs().max() < 1e-9, (peer, name)
    return 0.0


def main():
    peer, work, data, out = sys.argv[1:5]
    works = {("duckdb", "join"): duckdb_join, ("duckdb", "window"): duckdb_window, ("polars", "rolling"): polars_rolling}
    print(compare(data) if peer == "compare" else works[peer, work](data, out))


if __name__ == "__main__":
    main()
