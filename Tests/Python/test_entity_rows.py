"""Entity rows by rule: spines, a view's own rows, samples and splits, each against the same rows given as a file."""
import datetime
import filecmp
import itertools
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

VIEWS = """
    entities:
      driver: {join_keys: {driver_id: int64}}
      city: {join_keys: {city: string}}
    sources:
      stats: {path: data/stats.parquet, timestamp: event_timestamp}
      cities: {path: data/cities.parquet, timestamp: event_timestamp}
      both: {path: data/both.parquet, timestamp: event_timestamp}
      trips: {path: data/trips.csv, timestamp: started, created: known}
    feature_views:
      driver_stats: {entities: [driver], source: stats, features: {rate: float64}}
      city_stats: {entities: [city], source: cities, features: {size: int64}}
      driver_city: {entities: [driver, city], source: both, features: {visits: int64}}
      trips: {entities: [driver], source: trips, available: event, features: {city: string, late: bool}}
    feature_services:
      drivers: {features: ["driver_stats:*"]}
      everything: {features: ["driver_stats:*", "city_stats:*", "driver_city:*"]}
      apart: {features: ["driver_stats:*", "city_stats:*"]}
"""
START = datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)
DRIVERS = range(40)
CITIES = ["Berlin", "Ham,burg", "Köln"]


def day(number, hours=0):
    return START + datetime.timedelta(days=number, hours=hours)


def write(path, columns, types):
    pq.write_table(pa.table(dict(zip(types, columns)), schema=pa.schema(list(types.items()))), path)


TIME = pa.timestamp("us", "UTC")


@pytest.fixture(scope="module")
def rules(tmp_path_factory):
    from conftest import Project

    project = Project(tmp_path_factory.mktemp("rules"))
    project.define(VIEWS)
    data = project.root / "data"
    data.mkdir()
    rng = random.Random(1)
    stats = [(d, day(n, rng.randrange(24)), rng.random()) for d in DRIVERS for n in range(0, 60, 1 + d % 5)]
    write(data / "stats.parquet", zip(*stats), {"driver_id": pa.int64(), "event_timestamp": TIME, "rate": pa.float64()})
    cities = [(c, day(n), n) for c in CITIES for n in range(0, 60, 7)]
    write(data / "cities.parquet", zip(*cities), {"city": pa.string(), "event_timestamp": TIME, "size": pa.int64()})
    both = [(d, c, day(n), n) for d in DRIVERS for c in CITIES[: 1 + d % 3] for n in range(0, 60, 20)]
    write(data / "both.parquet", zip(*both),
          {"driver_id": pa.int64(), "city": pa.string(), "event_timestamp": TIME, "visits": pa.int64()})
    lines = [(rng.choice(DRIVERS), day(rng.randrange(60), rng.randrange(24)), rng.choice(CITIES), rng.random() < 0.3)
             for _ in range(500)]
    (data / "trips.csv").write_text("driver_id,started,known,city,late\n" + "".join(
        f'{d},{t.isoformat()},{(t + datetime.timedelta(days=late)).isoformat()},"{c}",{str(late).lower()}\n'
        for d, t, c, late in lines))
    project.run("apply")
    project.run("ingest", "--all")
    project.trips = lines
    return project


def make(project, service, *arguments, out="set.parquet"):
    return project.json("training-set", service, *arguments, "--out", out)


def from_rows(project, service, columns, types, out="expected.parquet"):
    """The training set of rows that are given in a file."""
    write(project.root / "rows.parquet", columns, types)
    make(project, service, "--entities", "rows.parquet", out=out)
    return pq.read_table(project.root / out)


def read(project, name="set.parquet"):
    return pq.read_table(project.root / name)


SPINE = ["--every", "2d", "--from", "2024-01-05", "--to", "2024-01-20T00:00:01Z"]
STEPS = [day(n) for n in range(4, 20, 2)]


def test_a_spine_is_each_known_key_at_each_step(rules):
    summary = make(rules, "drivers", *SPINE)
    expected = from_rows(
        rules, "drivers", zip(*itertools.product(DRIVERS, STEPS)), {"driver_id": pa.int64(), "event_timestamp": TIME})
    assert summary["rows"] == len(DRIVERS) * len(STEPS)
    assert read(rules).equals(expected)
    assert sum(rate is not None for rate in expected["rate"].to_pylist()) == summary["coverage"][0]["found"] > 250


def test_the_known_keys_are_those_of_the_views_that_have_all(rules):
    pairs = sorted((d, c) for d in DRIVERS for c in CITIES[: 1 + d % 3])
    make(rules, "everything", *SPINE)
    rows = [(d, c, t) for (d, c), t in itertools.product(pairs, STEPS)]
    expected = from_rows(
        rules, "everything", zip(*rows), {"driver_id": pa.int64(), "city": pa.string(), "event_timestamp": TIME})
    assert read(rules).equals(expected)
    message = rules.fail("training-set", "apart", *SPINE, "--out", "none.parquet")
    assert "the join keys driver_id, city, and no view that is asked for has all of them" in message
    make(rules, "apart", *SPINE, "--keys-of", "driver_city")
    assert read(rules).select(["driver_id", "city", "event_timestamp", "rate"]).equals(
        expected.select(["driver_id", "city", "event_timestamp", "rate"]))
    assert "'city_stats' has no join key driver_id" in rules.fail(
        "training-set", "apart", *SPINE, "--keys-of", "city_stats", "--out", "none.parquet")
    # A view with more keys than are needed gives each key once.
    assert make(rules, "drivers", *SPINE, "--keys-of", "driver_city")["rows"] == len(DRIVERS) * len(STEPS)


def test_keys_of_a_file_keep_their_order_and_other_columns(rules):
    (rules.root / "keys.csv").write_text("note,driver_id\nb,7\na,999\nb,7\n")
    make(rules, "drivers", *SPINE, "--keys", "keys.csv")
    rows = [(note, d, t) for note, d in [("b", 7), ("a", 999), ("b", 7)] for t in STEPS]
    expected = from_rows(
        rules, "drivers", zip(*rows), {"note": pa.string(), "driver_id": pa.int64(), "event_timestamp": TIME})
    assert read(rules).select(["note", "driver_id", "rate"]).equals(expected.select(["note", "driver_id", "rate"]))
    (rules.root / "keys.csv").write_text("driver_id,event_timestamp\n7,2024-01-01\n")
    assert "the keys have a column 'event_timestamp'" in rules.fail(
        "training-set", "drivers", *SPINE, "--keys", "keys.csv", "--out", "none.parquet")
    (rules.root / "keys.csv").write_text("driver\n7\n")
    assert "there is no column 'driver_id'" in rules.fail(
        "training-set", "drivers", *SPINE, "--keys", "keys.csv", "--out", "none.parquet")


def test_a_views_rows_are_labels_with_features_of_their_times(rules):
    make(rules, "apart", "--from-view", "trips")
    labels = sorted({(d, t): (d, t, c, late) for d, t, c, late in rules.trips}.items())
    # Two trips of a driver in one hour are versions of one row: the one that was known last counts, and then the later.
    last = {}
    for place, (d, t, c, late) in enumerate(rules.trips):
        known = (t + datetime.timedelta(days=late), place)
        if (d, t) not in last or last[d, t][0] < known:
            last[d, t] = (known, (d, t, c, late))
    rows = [last[key][1] for key, _ in labels]
    expected = from_rows(
        rules, "apart", zip(*rows),
        {"driver_id": pa.int64(), "event_timestamp": TIME, "city": pa.string(), "late": pa.bool_()})
    assert read(rules).equals(expected)
    bounded = make(rules, "apart", "--from-view", "trips", "--from", "2024-01-10", "--to", "2024-02-01")
    assert bounded["rows"] == sum(day(9) <= t < day(31) for _, t, *_ in rows)
    # The labels themselves are never features, nor are they needed to be available.
    assert "each would find itself" in rules.fail(
        "training-set", "--features", "trips:late", "--from-view", "trips", "--out", "none.parquet")
    assert "did you mean 'trips'" in rules.fail("training-set", "drivers", "--from-view", "trip", "--out", "none.parquet")


def test_a_sample_takes_all_rows_of_some_keys(rules):
    everything = make(rules, "drivers", *SPINE) and read(rules)
    make(rules, "drivers", *SPINE, "--sample", "10", out="ten.parquet")
    ten = read(rules, "ten.parquet")
    keys = set(ten["driver_id"].to_pylist())
    assert len(keys) == 10
    assert ten.equals(everything.filter(pa.compute.is_in(everything["driver_id"], pa.array(sorted(keys)))))
    # The same keys, whatever rows there are and where they come from.
    write(rules.root / "some.parquet", zip(*[(d, day(50)) for d in reversed(DRIVERS)] * 2),
          {"driver_id": pa.int64(), "event_timestamp": TIME})
    make(rules, "drivers", "--entities", "some.parquet", "--sample", "10", out="some-ten.parquet")
    assert set(read(rules, "some-ten.parquet")["driver_id"].to_pylist()) == keys
    make(rules, "drivers", *SPINE, "--sample", "10", "--seed", "1", out="others.parquet")
    assert set(read(rules, "others.parquet")["driver_id"].to_pylist()) != keys
    half = make(rules, "drivers", *SPINE, "--sample", "50%")["rows"] / everything.num_rows
    assert 0.2 < half < 0.8


def test_a_split_by_time_never_straddles(rules):
    summary = make(rules, "apart", "--from-view", "trips", "--split", "time:0.8", out="trips.parquet")
    train, test = read(rules, "trips-train.parquet"), read(rules, "trips-test.parquet")
    cut = datetime.datetime.fromisoformat(summary["split"]["cut"])
    assert max(train["event_timestamp"].to_pylist()) < cut == min(test["event_timestamp"].to_pylist())
    assert [o["rows"] for o in summary["outputs"]] == [train.num_rows, test.num_rows]
    assert abs(train.num_rows / summary["rows"] - 0.8) < 0.02
    make(rules, "apart", "--from-view", "trips", out="whole.parquet")
    assert pa.concat_tables([train, test]).sort_by([("driver_id", "ascending"), ("event_timestamp", "ascending")]).equals(
        read(rules, "whole.parquet"))
    text = rules.run("training-set", "apart", "--from-view", "trips", "--split", "time:2024-02-01", "--gap", "3d",
                     "--out", "trips.parquet")
    assert "trips-train.parquet (" in text and "rows before 2024-02-01T00:00:00Z), trips-test.parquet (" in text
    assert "rows from then on)" in text and "rows left out" in text
    assert max(read(rules, "trips-train.parquet")["event_timestamp"].to_pylist()) <= day(28)
    assert min(read(rules, "trips-test.parquet")["event_timestamp"].to_pylist()) >= day(31)
    assert "no row is left to train with: the cut is at 2013-01-01" in rules.fail(
        "training-set", "apart", "--from-view", "trips", "--split", "time:2013-01-01", "--out", "none.parquet")


def test_a_split_by_key_keeps_a_key_on_one_side(rules):
    summary = make(rules, "drivers", *SPINE, "--sample", "30", "--split", "key:0.7", out="keys.csv.gz")
    assert [o["path"] for o in summary["outputs"]] == ["keys-train.csv.gz", "keys-test.csv.gz"]
    make(rules, "drivers", *SPINE, "--split", "key:0.7", out="keys.parquet")
    train, test = (set(read(rules, f"keys-{part}.parquet")["driver_id"].to_pylist()) for part in ("train", "test"))
    assert not train & test and train | test == set(DRIVERS) and 18 <= len(train) <= 38


@pytest.mark.parametrize("arguments", [
    SPINE + ["--sample", "20", "--seed", "3", "--split", "key:0.5"],
    ["--from-view", "trips", "--split", "time:0.6", "--gap", "2d"],
    ["--from-view", "trips", "--sample", "40%", "--from", "2024-01-03"],
    SPINE + ["--keys", "again-keys.csv"],
])
def test_rows_by_rule_are_made_again(rules, arguments):
    (rules.root / "again-keys.csv").write_text("driver_id\n3\n1\n2\n")
    made = make(rules, "drivers", *arguments, out="first.parquet")
    rules.run("ingest", "driver_stats", "--from", "data/stats.parquet")
    again = rules.json("training-set", "--again", str(made["id"]), "--out", "second.parquet")
    assert again["isIdentical"] is True and again["rows"] == made["rows"]
    for one, other in zip(made["outputs"], again["outputs"]):
        assert filecmp.cmp(rules.root / one["path"], rules.root / other["path"], shallow=False)
    record = rules.json("training-sets", str(made["id"]))
    assert record.get("split") == made.get("split") and "obstacle" not in record
    assert rules.json("training-set", "--again", str(made["id"]))["isIdentical"] is True
    if "--keys" not in arguments:
        assert "leave --entities out" in rules.fail(
            "training-set", "--again", str(made["id"]), "--entities", "again-keys.csv", "--out", "second.parquet")


def test_a_record_tells_its_rule_in_words(rules):
    made = make(rules, "drivers", *SPINE, "--sample", "5%", "--seed", "2", "--split", "key:0.5")
    assert rules.json("training-sets", str(made["id"]))["entities"] == (
        "every known key, every 2d from 2024-01-05T00:00:00Z until before 2024-01-20T00:00:01Z, "
        "sampled 5 % of the keys (seed 2), split key:0.5")


@pytest.mark.parametrize("arguments,needle", [
    ([], "--entities FILE is missing; or make rows by rule"),
    (["--every", "1d"], "--every needs --from TIME and --to TIME"),
    (["--every", "1d", "--from-view", "trips"], "give --every or --from-view, not both"),
    (["--entities", "rows.parquet", "--from", "2024-01-01"], "--from belongs to --every or --from-view, not to --entities"),
    (["--from-view", "trips", "--keys", "keys.csv"], "--keys belongs to --every, not to --from-view"),
    (SPINE + ["--keys", "keys.csv", "--keys-of", "trips"], "give --keys or --keys-of, not both"),
    (SPINE + ["--sample", "0"], "--sample takes a number of keys, or a percentage such as 10%, not '0'"),
    (SPINE + ["--split", "0.8"], "--split takes time:0.8, time:2024-03-01 or key:0.8, not '0.8'"),
    (["--every", "daily", "--from", "2024-01-01", "--to", "2024-01-02"], "--every takes a duration such as 1d or 15m"),
])
def test_wrong_uses_are_told(rules, arguments, needle):
    assert needle in rules.fail("training-set", "drivers", *arguments, "--out", "none.parquet", status=2)


@pytest.mark.parametrize("arguments,needle", [
    (["--every", "0s", "--from", "2024-01-01", "--to", "2024-01-02"], "a spine's steps must be longer than 0s"),
    (["--every", "1d", "--from", "2024-01-02", "--to", "2024-01-01"], "the spine ends at 2024-01-01T00:00:00Z, before it begins"),
    (["--every", "1s", "--from", "1970-01-01", "--to", "2030-01-01"], "would be more than 2147483647 rows"),
    (SPINE + ["--split", "key:0.5", "--gap", "1d"], "a gap lies before the cut of a split by time"),
    (["--from-view", "trips", "--from", "2024-01-02", "--to", "2024-01-01"], "no rows lie from 2024-01-02"),
])
def test_rules_that_cannot_be_meant_are_refused(rules, arguments, needle):
    assert needle in rules.fail("training-set", "drivers", *arguments, "--out", "none.parquet")
    assert not list(rules.root.glob("*none*"))
