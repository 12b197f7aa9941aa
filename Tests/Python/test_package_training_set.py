"""The Python package: training sets, the same as the command line's, in and out of every kind of frame."""
import dataclasses
import datetime
import gc
import random
import shutil
import subprocess
import warnings

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import FSTORE, REPOSITORY
from package_support import at, fill, fstore, history, make_store


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    store = make_store(tmp_path_factory.mktemp("store") / "fleet")
    fill(store)
    return store


@pytest.fixture(scope="module")
def flights(tmp_path_factory):
    """The example project, ingested."""
    root = tmp_path_factory.mktemp("flights")
    shutil.copy(REPOSITORY / "fstore.yaml", root)
    shutil.copytree(REPOSITORY / "features", root / "features")
    store = fstore.open(root)
    store.apply()
    for view in store.list()["views"]:
        store.ingest(view["name"])
    return store, root / "features" / "data" / "flights.parquet"


ENTITIES = {"driver_id": [1, 1, 2, 3, 9, None], "event_timestamp": [at(6), at(4), at(2), at(2), at(2), at(2)],
            "label": [1.0, 0.0, None, 1.0, 0.0, 0.5]}


def entities_table() -> pa.Table:
    return pa.table(ENTITIES, schema=pa.schema([
        ("driver_id", pa.int64()), ("event_timestamp", pa.timestamp("us", tz="UTC")), ("label", pa.float64())]))


def test_each_row_has_what_was_known_at_its_time(store):
    known = {name: values for name, values in history().items() if name not in ("driver_id", "event_timestamp", "created")}
    rows = store.training_set("eta_v1", ENTITIES).to_arrow().to_pylist()
    for row, source in zip(rows, [1, 0, 2, None, None, None]):
        for name, values in known.items():
            expected = None if source is None else values[source]
            if name == "conv_rate" and expected is not None:
                expected = float(np.float32(expected))
            if name == "embedding" and expected is not None:
                expected = [float(np.float32(value)) for value in expected]
            assert row[name] == expected, (name, row)
    assert [row["label"] for row in rows] == ENTITIES["label"]


def test_coverage_tells_why_features_are_null(store):
    training = store.training_set("eta_v1", ENTITIES)
    (view,) = training.coverage
    assert view == fstore.Coverage(
        view="driver_stats", found=3, key_null=1, key_unknown=1, before_history=0, too_old=0, ended=0, not_yet_known=1)
    assert view.rows == len(training) == 6
    assert training.features == ["conv_rate", "trips", "active", "home", "embedding", "seen", "token"]
    assert repr(training) == (
        f"TrainingSet {training.id}: 6 rows, 7 features\n"
        "  driver_stats: 3 (50 %) found; 1 key unknown; 1 key null; 1 not yet known")
    page = training._repr_html_()
    assert "<th>key unknown</th><th>key null</th><th>not yet known</th>" in page
    assert "<tr><td>driver_stats</td><td>3 (50 %)</td><td>1</td><td>1</td><td>1</td></tr>" in page


def test_each_reason_is_told_once():
    from fstore.training_set import _REASONS

    fields = [field.name for field in dataclasses.fields(fstore.Coverage) if field.name not in ("view", "found")]
    assert sorted(reason.replace(" ", "_") for reason, _ in _REASONS) == sorted(fields)


@pytest.mark.parametrize("form", [
    pytest.param(lambda t, _: t, id="pyarrow"),
    pytest.param(lambda t, _: t.to_pandas(), id="pandas"),
    pytest.param(lambda t, _: t.to_pandas(types_mapper=pd.ArrowDtype), id="pandas on Arrow"),
    pytest.param(lambda t, _: pl.from_arrow(t), id="polars"),
    pytest.param(lambda t, _: duckdb.connect().from_arrow(t), id="duckdb"),
    pytest.param(lambda t, _: ENTITIES, id="dict"),
    pytest.param(lambda t, folder: (pq.write_table(t, folder / "e.parquet"), folder / "e.parquet")[1], id="parquet"),
    pytest.param(lambda t, folder: (pl.from_arrow(t).write_csv(folder / "e.csv"), str(folder / "e.csv"))[1], id="csv"),
])
def test_entities_come_in_any_form_and_give_the_same_features(store, form, tmp_path):
    expected = store.training_set("eta_v1", entities_table())
    made = store.training_set("eta_v1", form(entities_table(), tmp_path))
    assert made.coverage == expected.coverage
    assert made.to_arrow().select(made.features).equals(expected.to_arrow().select(made.features))


def test_what_came_as_a_pandas_frame_keeps_its_index(store):
    plain = entities_table().to_pandas()
    features = store.training_set("eta_v1", entities_table()).to_pandas()["home"].tolist()
    for frame in (plain.set_index(pd.Index(list("uvwxyz"))), plain[::-1][::-1], plain.set_index("label"),
                  plain.set_index(["driver_id", "label"])):
        made = store.training_set("eta_v1", frame).to_pandas()
        pd.testing.assert_index_equal(made.index, frame.index)
        assert list(made.columns[: len(frame.columns)]) == list(frame.columns)
        assert made["home"].tolist() == features
    filtered = plain[plain["label"] == 1.0]
    assert store.training_set("eta_v1", filtered).to_pandas().index.tolist() == [0, 3]


def test_a_training_set_is_read_as_often_as_one_likes_by_all(store):
    training = store.training_set("eta_v1", ENTITIES)
    arrow = training.to_arrow()
    assert training.to_arrow().equals(arrow)
    assert training.to_polars().equals(pl.from_arrow(arrow))
    pd.testing.assert_frame_equal(training.to_pandas(), arrow.to_pandas())
    assert pl.DataFrame(training).shape == (6, 10)
    assert duckdb.connect().from_arrow(training.to_arrow()).aggregate("count(home)").fetchall() == [(2,)]
    assert pa.RecordBatchReader.from_stream(training).read_all().equals(arrow)


def test_memory_lives_as_long_as_its_last_reader(store):
    expected = store.training_set("eta_v1", ENTITIES).to_arrow().to_pylist()
    for _ in range(20):
        training = store.training_set("eta_v1", entities_table())
        unread = training.__arrow_c_stream__()
        rows = training.to_arrow()
        piece = rows.column("home").combine_chunks()
        del training, unread
        gc.collect()
        assert rows.to_pylist() == expected
        del rows
        gc.collect()
        assert piece.to_pylist() == [row["home"] for row in expected]


def test_names_and_times_as_asked(store):
    training = store.training_set(
        ["driver_stats:trips", "route_stats:*"],
        {"driver_id": [1], "city": ["a"], "line": [2], "when": [at(6)]}, timestamp="when", full_names=True,
        with_times=True)
    frame = training.to_polars()
    assert frame.columns == [
        "driver_id", "city", "line", "when", "driver_stats__trips", "route_stats__length",
        "driver_stats__event_timestamp"]
    assert frame.row(0)[4:] == (20, None, at(5))


@pytest.mark.parametrize("form", ["path", "polars", "pandas"])
def test_the_package_and_the_command_line_give_the_same(flights, form, tmp_path):
    store, path = flights
    subprocess.run(
        [FSTORE, "--project", store.root, "training-set", "departure_delay_v1", "--entities", str(path), "--out",
         str(tmp_path / "out.parquet"), "--with-times"], check=True, capture_output=True)
    entities = {"path": path, "polars": pl.read_parquet(path), "pandas": pd.read_parquet(path)}[form]
    made = store.training_set("departure_delay_v1", entities, with_times=True)
    theirs = pl.read_parquet(tmp_path / "out.parquet")
    assert made.to_polars().equals(theirs)


def test_random_times_agree_with_a_search_by_hand(tmp_path):
    seed = random.randrange(2**32)
    random_ = random.Random(seed)
    store = make_store(tmp_path / "fleet")
    rows = [(random_.randrange(5), at(random_.randrange(300)), random_.randrange(1000)) for _ in range(400)]
    rows = list({(key, time): (key, time, value) for key, time, value in rows}.values())
    count = len(rows)
    store.ingest("driver_stats", pl.DataFrame({
        "driver_id": [row[0] for row in rows], "event_timestamp": [row[1] for row in rows],
        "created": [row[1] for row in rows], "conv_rate": [0.0] * count, "trips": [row[2] for row in rows],
        "active": [True] * count, "home": [""] * count, "embedding": [[0.0, 0.0, 0.0]] * count,
        "seen": [at(0)] * count, "token": [b""] * count}))
    asked = [(random_.randrange(6), at(random_.randrange(-10, 400))) for _ in range(500)]
    made = store.training_set(
        ["driver_stats:trips"], {"driver_id": [key for key, _ in asked], "event_timestamp": [time for _, time in asked]})
    for (key, time), value in zip(asked, made.to_polars()["trips"].to_list()):
        known = [(event, trips) for driver, event, trips in rows
                 if driver == key and event <= time and time - event <= datetime.timedelta(days=7)]
        assert value == max(known, default=(None, None))[1], f"seed {seed}: key {key} at {time}"


@pytest.mark.parametrize("features, entities, options, sentence", [
    ("eta_v2", ENTITIES, {}, r"there is no feature service 'eta_v2' \(did you mean 'eta_v1'\?\)"),
    (["driver_stats:trip"], ENTITIES, {}, r"has no feature 'trip' \(did you mean 'trips'\?\)"),
    ([], ENTITIES, {}, "feature"),
    ("eta_v1", {"driver_id": [1]}, {}, "entities: there is no column of times; add one, or name it with timestamp="),
    ("eta_v1", {"driver": [1], "event_timestamp": [at(0)]}, {},
     r"entities: there is no column 'driver_id', a join key of driver_stats \(did you mean 'driver'\?\)"),
    ("eta_v1", {"driver_id": [1, 1], "event_timestamp": [at(0), None]}, {}, "entities:2:event_timestamp: the time is null"),
    ("eta_v1", ENTITIES, {"timestamp": "when"}, "there is no column 'when'"),
    ("eta_v1", ENTITIES | {"trips": [0] * 6}, {}, "rename the column or use full_names=True"),
    ("eta_v1", "nowhere.parquet", {}, "nowhere.parquet"),
    ("eta_v1", None, {}, "give entities, every or from_view"),
        ("eta_v1", 7, {}, "a int holds no rows"),
    (3, ENTITIES, {}, "features"),
])
def test_what_cannot_be_had_is_told_in_one_sentence(store, features, entities, options, sentence):
    with pytest.raises(fstore.Error, match=sentence) as caught:
        store.training_set(features, entities, **options)
    assert "--" not in str(caught.value)


def test_no_rows_give_no_rows(store):
    empty = entities_table().slice(0, 0)
    training = store.training_set("eta_v1", empty)
    assert len(training) == 0 and training.to_pandas().shape == (0, 10) and training.to_polars().shape == (0, 10)
    assert "driver_stats: 0 found" in repr(training)
