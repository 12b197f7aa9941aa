"""Aggregates in training sets against DuckDB, Polars and exact arithmetic in Python."""
import math
import random
from datetime import datetime, timedelta, timezone
from fractions import Fraction

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

START = datetime(2024, 1, 1, tzinfo=timezone.utc)
DEFINITIONS = """
    entities:
      driver: {join_keys: {driver_id: int64}}
    sources:
      trips: {path: data/*.parquet, timestamp: t, created: c, columns: {status: string}}
    feature_views:
      trips:
        entities: [driver]
        source: trips
        available: AVAILABLE
        aggregate:
          STARTS
          windows: [1h, 1d, lifetime]
          features:
            trips: {functions: [count, time_since_last]}
            fare: {type: float64, functions: [sum, mean, min, max, stddev, first, last, distinct_count, quantile(0.9)]}
            done: {column: fare, functions: [count, sum], where: "status == 'done'"}
            zones: {functions: [count], by: status, windows: [1d]}
            before: {column: fare, functions: [sum], windows: [{window: 1d, offset: 1d}]}
    feature_services:
      model: {features: ["trips:*"]}
"""
WINDOWS = {"1h": timedelta(hours=1), "1d": timedelta(days=1), "lifetime": None}


def stream(seed, rows=3000, keys=7, days=4):
    """Events in no order, some late, some twice, fares of very different sizes and some null."""
    rng = random.Random(seed)
    events = []
    for _ in range(rows):
        t = START + timedelta(seconds=rng.randrange(days * 86_400))
        fare = rng.choice([None, 0.1, 1e16, -1e16, rng.uniform(-5, 50), rng.uniform(0, 1e-9)])
        event = (rng.randrange(keys), t, t + timedelta(seconds=rng.choice([0, 0, 600, 7200])), fare,
                 rng.choice(["done", "open", None]))
        events += [event] * rng.choice([1, 1, 1, 2])
    columns = list(zip(*events))
    times = pa.timestamp("us", "UTC")
    table = pa.table({
        "driver_id": pa.array(columns[0], pa.int64()), "t": pa.array(columns[1], times), "c": pa.array(columns[2], times),
        "fare": pa.array(columns[3], pa.float64()), "status": pa.array(columns[4], pa.string())})
    asked = [(rng.randrange(keys + 1), START + timedelta(seconds=rng.randrange((days + 1) * 86_400))) for _ in range(400)]
    # At events themselves, which do not count.
    asked += [(event[0], event[1]) for event in rng.sample(events, 100)]
    entities = pa.table({"driver_id": pa.array([a[0] for a in asked], pa.int64()),
                         "event_timestamp": pa.array([a[1] for a in asked], times)})
    return events, table, asked, entities


def training_set(project, table, entities, available, starts):
    project.define(DEFINITIONS.replace("AVAILABLE", available).replace("STARTS", starts))
    (project.root / "data").mkdir()
    half = table.num_rows // 2
    project.run("apply")
    for number, part in enumerate([table.slice(0, half), table.slice(half)]):
        pq.write_table(part, project.root / "data" / f"{number}.parquet")
        project.run("ingest", "--all")
    pq.write_table(entities, project.root / "entities.parquet")
    project.run("training-set", "model", "--entities", "entities.parquet", "--out", "out.parquet")
    return pl.read_parquet(project.root / "out.parquet")


def test_sums_are_those_of_exact_arithmetic(project):
    events, table, asked, entities = stream(11)
    result = training_set(project, table, entities, "created", "exact: true")
    for row, (key, at) in enumerate(asked):
        for name, length in WINDOWS.items():
            counted = [e for e in events if e[0] == key and e[1] < at and e[2] <= at
                       and (length is None or e[1] >= at - length)]
            fares = [e[3] for e in counted if e[3] is not None]
            assert result[f"trips_count_{name}"][row] == len(counted)
            if not fares:
                assert result[f"fare_sum_{name}"][row] is None
                continue
            exact = sum(map(Fraction, fares))
            assert result[f"fare_sum_{name}"][row] == float(exact)
            assert result[f"fare_mean_{name}"][row] == float(exact / len(fares))
            assert (result[f"fare_min_{name}"][row], result[f"fare_max_{name}"][row]) == (min(fares), max(fares))
            if len(fares) > 1:
                mean = exact / len(fares)
                variance = float(sum((Fraction(fare) - mean) ** 2 for fare in fares) / (len(fares) - 1))
                assert math.isclose(result[f"fare_stddev_{name}"][row], math.sqrt(variance), rel_tol=1e-15)
            assert result[f"fare_distinct_count_{name}"][row] == len(set(fares)) or len(set(fares)) > 256
            assert result[f"done_count_{name}"][row] == sum(e[4] == "done" and e[3] is not None for e in counted)
            assert result[f"trips_time_since_last_{name}"][row] == (at - max(e[1] for e in counted)).total_seconds()


def test_windows_are_those_of_a_range_join_in_duckdb(project):
    _, table, _, entities = stream(12)
    result = training_set(project, table, entities, "event", "exact: true")
    with duckdb.connect() as connection:
        connection.register("events", table)
        connection.register("asked", entities)
        for name, length in [("1h", "1 HOUR"), ("1d", "1 DAY")]:
            theirs = pl.from_arrow(connection.sql(f"""
                SELECT count(e.t) AS trips, count(e.fare) FILTER (WHERE e.status = 'done') AS done, min(e.fare) AS least,
                  max(e.fare) AS most
                FROM (SELECT *, row_number() OVER () AS row FROM asked) a LEFT JOIN events e ON e.driver_id = a.driver_id
                  AND e.t >= a.event_timestamp - INTERVAL {length} AND e.t < a.event_timestamp
                GROUP BY a.row ORDER BY a.row""").to_arrow_table())
            assert (result[f"trips_count_{name}"] == theirs["trips"]).all()
            assert (result[f"done_count_{name}"] == theirs["done"]).all()
            assert result[f"fare_min_{name}"].equals(theirs["least"], null_equal=True)
            assert result[f"fare_max_{name}"].equals(theirs["most"], null_equal=True)


def test_windows_by_tiles_are_those_of_rolling_in_polars(project):
    """At whole hops, windows that begin with a tile are exact ones."""
    _, table, _, entities = stream(13)
    times = pl.from_arrow(entities)["event_timestamp"].dt.truncate("1h")
    entities = entities.set_column(1, "event_timestamp", times.to_arrow().cast(pa.timestamp("us", "UTC")))
    result = training_set(project, table, entities, "event", "hop: 1h")
    events = pl.from_arrow(table)
    asked = pl.from_arrow(entities).with_row_index("row")
    both = pl.concat([events.select("driver_id", event_timestamp="t", fare="fare"), asked], how="diagonal")
    rolled = both.sort("driver_id", "event_timestamp").rolling(
        "event_timestamp", group_by="driver_id", period="1d", closed="left").agg(
            pl.col("fare").count().alias("n"), pl.col("fare").max().alias("most"))
    theirs = pl.concat([both.sort("driver_id", "event_timestamp").select("row"), rolled.select("n", "most")],
                       how="horizontal").filter(pl.col("row").is_not_null()).sort("row")
    assert result["fare_max_1d"].equals(theirs["most"], null_equal=True)


def test_groups_are_json_that_others_read(project):
    _, table, _, entities = stream(14, rows=300)
    result = training_set(project, table, entities, "event", "exact: true")
    with duckdb.connect() as connection:
        connection.register("events", table)
        connection.register("asked", entities)
        theirs = pl.from_arrow(connection.sql("""
            SELECT a.row, count(*) FILTER (WHERE e.status = 'done') AS done
            FROM (SELECT *, row_number() OVER () AS row FROM asked) a LEFT JOIN events e ON e.driver_id = a.driver_id
              AND e.t >= a.event_timestamp - INTERVAL 1 DAY AND e.t < a.event_timestamp
            GROUP BY a.row ORDER BY a.row""").to_arrow_table())
    done = result["zones_count_1d"].str.json_path_match("$.done").cast(pl.Int64).fill_null(0)
    assert (done == theirs["done"]).all()


def test_the_event_at_the_time_itself_is_not_counted_and_that_at_the_start_is(project):
    project.define(DEFINITIONS.replace("AVAILABLE", "event").replace("STARTS", "exact: true").replace("*.parquet", "t.csv"))
    (project.root / "data").mkdir()
    (project.root / "data" / "t.csv").write_text(
        "driver_id,t,c,fare,status\n"
        "1,2024-01-01T10:00:00Z,2024-01-01T10:00:00Z,1,done\n"
        "1,2024-01-01T11:00:00Z,2024-01-01T11:00:00Z,2,done\n")
    (project.root / "rows.csv").write_text(
        "driver_id,event_timestamp\n1,2024-01-01T11:00:00Z\n1,2024-01-01T11:00:00.000001Z\n2,2024-01-01T11:00:00Z\n")
    project.run("apply")
    project.run("ingest", "--all")
    summary = project.json("training-set", "--features", "trips:trips_count_1h,trips:fare_sum_1h,trips:zones_count_1d",
                           "--entities", "rows.csv", "--out", "out.csv", "--with-times")
    assert (project.root / "out.csv").read_text().splitlines()[1:] == [
        '1,2024-01-01T11:00:00Z,1,1.0,"{""done"":1}",2024-01-01T10:00:00Z',
        '1,2024-01-01T11:00:00.000001Z,1,2.0,"{""done"":2}",2024-01-01T11:00:00Z',
        "2,2024-01-01T11:00:00Z,0,,,"]
    coverage = summary["coverage"][0]
    assert (coverage["found"], coverage["keyUnknown"]) == (2, 1)


def test_what_is_not_there_for_aggregates_says_so(project):
    project.define(DEFINITIONS.replace("AVAILABLE", "event").replace("STARTS", "exact: true"))
    project.run("apply")
    assert "the aggregates of 'trips' are not told in SQL yet" in project.fail("sql", "model")


def test_rows_of_the_events_themselves(project):
    """Each event with what was before it: the view's own rows, asked with its own aggregates."""
    project.define(DEFINITIONS.replace("AVAILABLE", "event").replace("STARTS", "exact: true").replace("*.parquet", "t.csv"))
    (project.root / "data").mkdir()
    (project.root / "data" / "t.csv").write_text(
        "driver_id,t,c,fare,status\n"
        + "".join(f"1,2024-01-01T10:0{i}:00Z,2024-01-01T10:00:00Z,{i},done\n" for i in (0, 0, 1, 2)))
    project.run("apply")
    project.run("ingest", "--all")
    project.run("training-set", "--features", "trips:trips_count_1h", "--from-view", "trips", "--out", "out.csv")
    lines = (project.root / "out.csv").read_text().splitlines()
    assert [line.split(",")[-1] for line in lines[1:]] == ["0", "0", "2", "3"]
