"""What `fstore history` tells of a key against training sets of times all around its rows."""
import datetime
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

START = datetime.datetime(2024, 3, 1, tzinfo=datetime.timezone.utc)
INSTANT = pa.timestamp("us", "UTC")
DEFINITIONS = """
    entities:
      driver: {{join_keys: {{driver_id: int64, city: string}}}}
    sources:
      hourly: {{path: data/*.parquet, timestamp: event_timestamp, created: created}}
    feature_views:
      stats: {{entities: [driver], source: hourly, ttl: 3h, available: {available}, features: {{x: int64, note: string}}}}
    feature_services:
      model: {{features: ["stats:x"]}}
"""
KEYS = [(1, "Kyoto"), (1, "Oslo"), (2, "Oslo")]


def minutes(number):
    return START + datetime.timedelta(minutes=number)


def rows(chance, count, first):
    table = []
    for x in range(first, first + count):
        event = chance.randrange(0, 600, 20)
        table.append((*chance.choice(KEYS), minutes(event), minutes(event + chance.choice([0, 5, 30, 120, 400])), x))
    return pa.table({
        "driver_id": [row[0] for row in table], "city": [row[1] for row in table],
        "event_timestamp": pa.array([row[2] for row in table], INSTANT),
        "created": pa.array([row[3] for row in table], INSTANT),
        "x": [row[4] for row in table], "note": [f"row {row[4]}" for row in table]})


@pytest.fixture(params=["created", "event", "45m"])
def stored(project, request):
    """Three files, two pushes, and a compaction somewhere among them."""
    project.define(DEFINITIONS.format(available=request.param))
    (project.root / "data").mkdir()
    project.run("apply")
    chance = random.Random(request.param)
    first = 0
    for step in ["file", "push", "file", "compact", "file", "push"]:
        if step == "compact":
            project.run("compact")
            continue
        path = project.root / ("data" if step == "file" else ".") / f"{first}.parquet"
        pq.write_table(rows(chance, 25, first), path)
        first += 25
        project.run(*(["ingest", "--all"] if step == "file" else ["push", "stats", path]))
    return project


def of(project, key, *options):
    return project.json("history", "stats", f"driver_id={key[0]}", f"city={key[1]}", *options)


def test_a_row_is_in_force_when_training_rows_have_it(stored):
    asked = [(key, minutes(number / 2)) for key in KEYS for number in range(-4, 2400, 7)]
    pq.write_table(pa.table({
        "driver_id": [key[0] for key, _ in asked], "city": [key[1] for key, _ in asked],
        "event_timestamp": pa.array([time for _, time in asked], INSTANT)}), stored.root / "asked.parquet")
    stored.run("training-set", "model", "--entities", "asked.parquet", "--out", "set.parquet")
    known = dict(zip(asked, pq.read_table(stored.root / "set.parquet")["x"].to_pylist()))
    for key in KEYS:
        spans = []
        for row in of(stored, key)["rows"]:
            assert row["features"]["note"] == f"row {row['features']['x']}"
            if "inForceFrom" in row:
                until = row.get("inForceUntil")
                spans.append((datetime.datetime.fromisoformat(row["inForceFrom"]),
                              until and datetime.datetime.fromisoformat(until), row["features"]["x"]))
        assert len(spans) > 5
        for (other, time), x in known.items():
            if other == key:
                assert [value for start, end, value in spans if start <= time and (not end or time < end)] == (
                    [] if x is None else [x]), time


def test_the_row_in_force_is_told_for_any_time(stored):
    for number in range(0, 1300, 97):
        told = of(stored, KEYS[0], "--at", minutes(number).isoformat())
        spans = [row for row in told["rows"] if row["state"] == "in force"]
        assert len(spans) <= 1
        for row in told["rows"]:
            is_known = datetime.datetime.fromisoformat(row["available"]) <= minutes(number)
            assert is_known == (row["state"] != "not yet known")


def test_rows_stand_in_the_order_of_the_rule(stored):
    told = of(stored, KEYS[1])["rows"]
    order = [(row["eventTimestamp"], row["createdTimestamp"]) for row in told]
    assert order == sorted(order)
    corrections = [row["isCorrection"] for row in told]
    assert corrections == [i > 0 and told[i - 1]["eventTimestamp"] == row["eventTimestamp"] for i, row in enumerate(told)]
    assert any(corrections)


def test_from_and_to_leave_out_rows_and_change_none(stored):
    whole = of(stored, KEYS[0], "--at", "2024-03-02")["rows"]
    some = of(stored, KEYS[0], "--at", "2024-03-02", "--from", "2024-03-01T02:00:00Z", "--to", "2024-03-01T07:00:00Z")["rows"]
    assert some == [row for row in whole if "2024-03-01T02:00" <= row["eventTimestamp"] < "2024-03-01T07:00"]
    assert 0 < len(some) < len(whole)


def test_corrections_and_late_rows_are_marked(project):
    project.define(DEFINITIONS.format(available="created"))
    (project.root / "data").mkdir()
    project.run("apply")
    (project.root / "rows.csv").write_text("""driver_id,city,event_timestamp,created,x,note
1,Kyoto,2024-03-01T10:00:00Z,2024-03-01T10:05:00Z,10,first
1,Kyoto,2024-03-01T10:00:00Z,2024-03-01T10:40:00Z,11,corrected
1,Kyoto,2024-03-01T11:00:00Z,2024-03-01T11:05:00Z,12,next
1,Kyoto,2024-03-01T10:30:00Z,2024-03-01T12:00:00Z,13,late
""")
    project.run("push", "stats", "rows.csv")
    told = {row["features"]["x"]: row for row in of(project, KEYS[0], "--at", "2024-03-01T13:00:00Z")["rows"]}
    assert {x: row["state"] for x, row in told.items()} == {10: "corrected", 11: "replaced", 12: "in force", 13: "late"}
    assert [x for x, row in told.items() if row["isCorrection"]] == [11]
    assert told[10]["inForceFrom"] == "2024-03-01T10:05:00Z" and told[10]["inForceUntil"] == "2024-03-01T10:40:00Z"
    assert "inForceFrom" not in told[13]
    assert told[12]["inForceUntil"] == "2024-03-01T14:00:00.000001Z"

    text = project.run("history", "stats", "driver_id=1", "city=Kyoto", "--at", "2024-03-01T13:00:00Z")
    lines = text.splitlines()
    assert "4 rows; in force at 2024-03-01T13:00:00Z: that of 2024-03-01T11:00:00Z" in lines[0]
    assert "replaced, a correction" in lines[3] and "late" in lines[4] and "never" in lines[4]
    assert lines[5].startswith("▶") and "2024-03-01T14:00:00Z, ttl" in lines[5]
    assert "too old" in project.run("history", "stats", "driver_id=1", "city=Kyoto")
    plot = project.run("history", "stats", "driver_id=1", "city=Kyoto", "--plot", "x")
    assert "12 ┤" in plot and "10 ┤" in plot and "─" in plot and "2024-03-01T10:05:00Z" in plot


def test_wrong_questions_are_answered_in_a_sentence(project):
    project.define(DEFINITIONS.format(available="created"))
    project.run("apply")
    key = ["driver_id=1", "city=Kyoto"]
    assert "no rows" in project.run("history", "stats", *key)
    assert of(project, KEYS[0])["rows"] == []
    assert "did you mean 'stats'" in project.fail("history", "stat", *key)
    assert "'city' is missing" in project.fail("history", "stats", "driver_id=1")
    assert "did you mean 'driver_id'" in project.fail("history", "stats", "driver_i=1", "city=Oslo")
    assert "does not fit" in project.fail("history", "stats", "driver_id=one", "city=Oslo")
    assert "is no key=value" in project.fail("history", "stats", "1", status=2)
    assert "given twice" in project.fail("history", "stats", "driver_id=1", "driver_id=2", status=2)
    assert "there is no feature" in project.fail("history", "stats", *key, "--features", "y")
    assert "did you mean 'note'" in project.fail("history", "stats", *key, "--plot", "notes")
    assert "numbers and booleans" in project.fail("history", "stats", *key, "--plot", "note")
    assert "a time such as" in project.fail("history", "stats", *key, "--from", "yesterday", status=2)
