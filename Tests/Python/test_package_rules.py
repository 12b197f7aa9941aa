"""The Python package: rows by rule, samples and splits, each the same as the command line's; histories and statistics."""
import datetime
import subprocess

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import FSTORE
from package_support import at, fill, fstore, history_table, make_project, make_store

EVERY = {"every": "90m", "from_": at(0), "to": at(30)}
RULE = ["--every", "90m", "--from", "2024-03-01", "--to", "2024-03-02T06:00:00Z"]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    store = make_store(tmp_path_factory.mktemp("rules") / "fleet")
    fill(store)
    return store


def by_command(store, *options, names=("set",)):
    """The training sets that the command line writes, one after the other."""
    out = f"{store.root}/set.parquet"
    done = subprocess.run(
        [FSTORE, "training-set", "--features", "driver_stats:trips,driver_stats:home", "--out", out, *map(str, options)],
        cwd=store.root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [pq.read_table(f"{store.root}/{name}.parquet") for name in names]


def same(rows, expected):
    """Whether rows are those of a file, whose texts have a shorter type."""
    return rows.to_arrow().cast(expected.schema).equals(expected)


FEATURES = ["driver_stats:trips", "driver_stats:home"]


def test_each_known_key_at_each_step(store):
    training = store.training_set(FEATURES, **EVERY)
    [expected] = by_command(store, *RULE)
    assert same(training, expected) and len(training) == 3 * 20
    assert training.coverage[0].rows == len(training) and training.split is None


@pytest.mark.parametrize("form", [dict, pd.DataFrame, pl.DataFrame, pa.table])
def test_the_steps_of_given_keys(store, form):
    keys = {"driver_id": [3, 1], "note": ["three", "one"]}
    training = store.training_set(FEATURES, keys=form(keys), **EVERY)
    pq.write_table(pa.table(keys), f"{store.root}/keys.parquet")
    [expected] = by_command(store, *RULE, "--keys", "keys.parquet")
    assert same(training, expected)
    assert same(store.training_set(FEATURES, keys=f"{store.root}/keys.parquet", **EVERY), expected)
    assert len(store.training_set(FEATURES, keys_of="driver_stats", **EVERY)) == 60


def test_samples_and_splits_are_those_of_the_command_line(store):
    training = store.training_set(FEATURES, sample=2, split="time:0.75", gap="2h", seed=7, **EVERY)
    train, test = by_command(
        store, *RULE, "--sample", 2, "--split", "time:0.75", "--gap", "2h", "--seed", 7, names=("set-train", "set-test"))
    assert same(training.train, train) and same(training.test, test)
    split = training.split
    assert (split.train_rows, split.test_rows) == (train.num_rows, test.num_rows) == (len(training.train), len(training.test))
    assert split.rows_left_out > 0 and split.cut and f"cut at {split.cut}" in repr(training)
    assert len(training) == split.train_rows + split.test_rows


def test_rows_at_hand_are_split_as_those_of_a_file(store):
    asked = pa.table({"driver_id": [1, 2, 3, 1, 9, 2] * 4, "label": list(range(24)), "event_timestamp": pa.array(
        [at(hour) for hour in range(24)], pa.timestamp("us", "UTC"))})
    pq.write_table(asked, f"{store.root}/asked.parquet")
    options = {"split": "key:0.5", "sample": "80%", "seed": 3}
    expected = by_command(
        store, "--entities", "asked.parquet", "--split", "key:0.5", "--sample", "80%", "--seed", 3,
        names=("set-train", "set-test"))
    for rows in (asked, asked.to_pandas(), f"{store.root}/asked.parquet"):
        training = store.training_set(FEATURES, rows, **options)
        for part, table in zip((training.train, training.test), expected):
            assert same(part, table)


LABELS = """
sources: {labels: {path: labels/*.csv, timestamp: decided}}
feature_views: {labels: {entities: [driver], source: labels, features: {late: bool}}}
"""


def test_the_rows_of_a_view(tmp_path):
    root = make_project(tmp_path / "fleet")
    (root / "features" / "labels.yaml").write_text(LABELS)
    store = fstore.open(root)
    store.apply()
    fill(store)
    store.ingest("labels", {"driver_id": [1, 1, 2], "decided": [at(1), at(6), at(30)], "late": [True, False, None]})
    training = store.training_set(FEATURES, from_view="labels")
    assert same(training, by_command(store, "--from-view", "labels")[0])
    training = training.to_arrow()
    assert training["trips"].to_pylist() == [10, 20, 2**40 + 1] and training["late"].to_pylist() == [True, False, None]
    some = store.training_set(FEATURES, from_view="labels", from_=at(2), to="2024-03-02")
    assert some.to_arrow()["event_timestamp"].to_pylist() == [at(6)]
    with pytest.raises(fstore.Error, match="each would find itself"):
        store.training_set(FEATURES, from_view="driver_stats")


def test_what_cannot_be_meant_is_told(store):
    for message, options in [
            ("give entities, every or from_view", {}),
            ("give every or from_view, not both", {**EVERY, "from_view": "driver_stats"}),
            ("every needs from_ and to", {"every": "1d", "from_": at(0)}),
            ("from_ and to belong to every or from_view", {"entities": {"driver_id": [1], "event_timestamp": [at(1)]}, "to": at(1)}),
            ("keys and keys_of belong to every", {"from_view": "driver_stats", "keys": {"driver_id": [1]}}),
            ("give keys or keys_of, not both", {**EVERY, "keys": {"driver_id": [1]}, "keys_of": "driver_stats"}),
            ("every takes a duration such as 1d or 15m, not 'daily'", {**EVERY, "every": "daily"}),
            ("split takes time:0.8", {**EVERY, "split": "0.8"}),
            ("a sample needs|sample takes", {**EVERY, "sample": 0}),
            ("there is no feature vie", {**EVERY, "keys_of": "drivers"}),
            ("rows: there is no column 'driver_id'", {"entities": {"id": [1], "event_timestamp": [at(1)]}, "split": "key:0.5"})]:
        with pytest.raises(fstore.Error, match=message):
            store.training_set(FEATURES, **options)
    with pytest.raises(fstore.Error, match="not split"):
        store.training_set(FEATURES, **EVERY).train


def test_a_part_outlives_the_training_set(store):
    train = store.training_set(FEATURES, split="time:0.5", **EVERY).train
    assert train.to_arrow().num_rows == len(train) == 30
    assert train.to_pandas().shape[0] == train.to_polars().height == 30


# ---- history and statistics


def test_a_history_is_that_of_the_command_line(store):
    told = store.history("driver_stats", driver_id=1, at=at(6)).to_arrow().to_pylist()
    assert [row["trips"] for row in told] == [10, 20]
    assert [row["state"] for row in told] == ["replaced", "in force"]
    assert told[0]["in_force_from"] == at(0) and told[0]["in_force_until"] == at(5) == told[1]["in_force_from"]
    assert told[1]["in_force_until"] == at(5) + datetime.timedelta(days=7, microseconds=1)
    assert list(told[0])[:3] == ["driver_id", "event_timestamp", "created_timestamp"]
    [late] = store.history("driver_stats", {"driver_id": 3}, features=["home"], at=at(6)).to_arrow().to_pylist()
    assert late["state"] == "not yet known" and late["home"] == "Kyoto 京都" and "trips" not in late
    assert len(store.history("driver_stats", driver_id=1, from_=at(1))) == 1
    assert len(store.history("driver_stats", driver_id=1, to=at(5))) == 1
    assert len(store.history("driver_stats", driver_id=77)) == 0
    assert store.history("route_stats", city="a", line=1).to_pandas()["length"].tolist() == [1.5]


def test_wrong_histories_are_told(store):
    for message, key in [("the join key 'driver_id'", {}), ("did you mean 'driver_id'", {"driver_i": 1}),
                         ("2 rows; a history is that of one key", {"driver_id": [1, 2]}),
                         ("driver_id", {"driver_id": "one"})]:
        with pytest.raises(fstore.Error, match=message):
            store.history("driver_stats", **key)
    with pytest.raises(fstore.Error, match="did you mean 'driver_stats'"):
        store.history("driver_stat", driver_id=1)
    with pytest.raises(fstore.Error, match="there is no feature"):
        store.history("driver_stats", driver_id=1, features=["trip"])


def test_statistics_are_those_of_all_rows(store):
    told = store.statistics("driver_stats")
    trips = {feature["feature"]: feature for feature in told["features"]}["trips"]
    values = [value for value in history_table()["trips"].to_pylist() if value is not None]
    assert told["rows"] == 4 and trips["nulls"] == 1 and trips["distinct"]["count"] == 3
    assert (trips["minimum"], trips["maximum"], trips["mean"]) == (10, 2**40 + 1, sum(values) / 3)
