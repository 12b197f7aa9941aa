"""The Python package: online vectors and rows, the same as a training row of now."""
import random
import threading

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from package_support import at, fill, fstore, history, make_store

NOW = at(30)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    store = make_store(tmp_path_factory.mktemp("online") / "fleet")
    fill(store)
    summaries = store.materialize(to=NOW)
    assert [(s.view, s.keys_online) for s in summaries] == [("driver_stats", 3), ("route_stats", 3)]
    return store


def same(a, b):
    np.testing.assert_array_equal(np.asarray(a, dtype=np.float32), np.asarray(b, dtype=np.float32))


NAN = float("nan")


def test_vectors_are_float32_in_the_services_order(store):
    reader = store.online("numbers_v1")
    assert reader.join_keys == {"driver_id": "int64", "city": "string", "line": "int32"}
    assert reader.names == ["embedding", "length", "trips", "conv_rate", "active"]
    assert reader.vector_names == [
        "embedding[0]", "embedding[1]", "embedding[2]", "length", "trips", "conv_rate", "active"]
    vectors = reader.vectors(driver_id=[1, 2, 3, 9], city=["a", "a", "b", "b"], line=[1, 2, 1, 9], at=NOW)
    assert vectors.dtype == np.float32 and vectors.shape == (4, reader.width) and vectors.flags.c_contiguous
    same(vectors, [
        [1, 2, 3, 1.5, 20, 0.2, 0],
        [NAN, NAN, NAN, NAN, 2**40 + 1, NAN, NAN],
        [7, 8, 9, np.inf, NAN, 0.3, 1],  # 1e300 is more than a float32 holds
        [NAN] * 7])


@pytest.mark.parametrize("keys", [
    [1, 2, 3, 9], (1, 2, 3, 9), np.array([1, 2, 3, 9]), np.array([1, 2, 3, 9], dtype=np.int32),
    np.array([9, 3, 2, 1])[::-1], np.array([1.0, 2.0, 3.0, 9.0]), np.array([1, 2, 3, 9], dtype=np.uint8),
    pd.Series([1, 2, 3, 9], index=list("abcd")), pl.Series([1, 2, 3, 9]), pa.array([1, 2, 3, 9]), range(1, 10, 1),
], ids=lambda keys: type(keys).__name__)
def test_keys_come_in_any_form(store, keys):
    reader = store.online("driver_numbers")
    expected = {1: [20, 1, 2, 3], 2: [2**40 + 1, NAN, NAN, NAN], 3: [NAN, 7, 8, 9]}
    same(reader.vectors(driver_id=keys, at=NOW), [expected.get(int(key), [NAN] * 4) for key in list(np.asarray(keys))])


def test_a_single_key_gives_a_single_row(store):
    reader = store.online("driver_numbers")
    for key in (1, np.int64(1), np.int32(1)):
        same(reader.vectors(driver_id=key, at=NOW), [[20, 1, 2, 3]])
    assert reader.vectors(driver_id=[], at=NOW).shape == (0, 4)
    same(store.online("route_stats:length").vectors(city="a", line=1), [[1.5]])


@pytest.mark.parametrize("count", [0, 1, 2, 300])
def test_the_short_way_and_the_long_way_give_the_same_bits(store, count):
    seed = random.randrange(2**32)
    random_ = random.Random(seed)
    reader = store.online("numbers_v1")
    columns = {
        "driver_id": [random_.randrange(5) for _ in range(count)],
        "city": [random_.choice(["a", "b", "", "Łódź", "x" * 600]) for _ in range(count)],
        "line": [random_.randrange(3) for _ in range(count)]}
    table = pa.table(columns, schema=pa.schema([("driver_id", pa.int64()), ("city", pa.string()), ("line", pa.int32())]))
    long = reader.vectors(table, at=NOW)
    assert reader._plain.read(columns, 0) is not None and reader._plain_rows.read(columns, 0, False) is not None
    for form in (columns, pd.DataFrame(columns), pl.DataFrame(columns), {name: np.array(columns[name], dtype=kind) for
                 name, kind in [("driver_id", np.int64), ("city", object), ("line", np.int16)]}):
        assert reader.vectors(form, at=NOW).tobytes() == long.tobytes(), f"seed {seed}, {type(form).__name__}"
    rows = [reader.vectors(**{name: values[row] for name, values in columns.items()}, at=NOW) for row in range(count)]
    assert np.array(rows, dtype=np.float32).tobytes() == long.tobytes(), f"seed {seed}"


def test_keys_with_zeros_or_of_no_text_go_the_long_way(store, tmp_path):
    other = make_store(tmp_path / "fleet")
    other.ingest("route_stats", {"city": ["a\0b", "a", "b"], "line": [1, 1, 1], "length": [1.0, 2.0, 3.0]})
    other.materialize("route_stats")
    reader = other.online("route_stats:length")
    same(reader.vectors(city="a\0b", line=1), [[1]])
    same(reader.vectors(city=["a\0b", "b", "a\0"], line=1), [[1], [3], [NAN]])
    with pytest.raises(fstore.Error, match="keys:1:line: 2147483648 does not fit the join key's type int32"):
        reader.vectors(city="a", line=2**31)
    with pytest.raises(fstore.Error, match="city: .* is no text that UTF-8 can hold"):
        reader.vectors(city="\ud800", line=1)


def test_threads_share_a_reader(store):
    reader = store.online("numbers_v1")
    expected = {key: reader.vectors(driver_id=key, city="a", line=1, at=NOW).tobytes() for key in range(5)}
    failures = []

    def work(seed):
        random_ = random.Random(seed)
        for _ in range(2_000):
            keys = [random_.randrange(5) for _ in range(random_.choice([1, 1, 3]))]
            vectors = reader.vectors(driver_id=keys if len(keys) > 1 else keys[0], city="a", line=1, at=NOW)
            if vectors.tobytes() != b"".join(expected[key] for key in keys):
                failures.append(keys)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_single_value_stands_for_all_rows(store):
    reader = store.online("numbers_v1")
    same(
        reader.vectors(driver_id=[1, 3, 9], city="a", line=1, at=NOW)[:, [3, 4]], [[1.5, 20], [1.5, NAN], [1.5, NAN]])
    same(reader.vectors(driver_id=1, city=None, line=[1, 2], at=NOW)[:, [3, 4]], [[NAN, 20]] * 2)
    assert reader.vectors(driver_id=[], city="a", line=1).shape == (0, 7)


@pytest.mark.parametrize("keys", [
    [1, None], pd.Series([1, None]), pd.Series([1, None], dtype="Int64"), pl.Series([1, None]), pa.array([1, None]),
    np.array([1.0, NAN])], ids=lambda keys: type(keys).__name__)
def test_a_null_key_is_found_nowhere(store, keys):
    reader = store.online("driver_numbers")
    same(reader.vectors(driver_id=keys, at=NOW), [[20, 1, 2, 3], [NAN] * 4])
    row = reader.rows(driver_id=keys, at=NOW, with_status=True)[1]
    assert {cell["status"] for cell in row.values()} == {"NOT_FOUND"}


@pytest.mark.parametrize("form", [
    pytest.param(lambda t: t, id="pyarrow"), pytest.param(lambda t: t.to_pandas(), id="pandas"),
    pytest.param(lambda t: t.to_pandas().set_index(["city", "line"]), id="pandas index"),
    pytest.param(pl.from_arrow, id="polars"), pytest.param(lambda t: duckdb.connect().from_arrow(t), id="duckdb"),
    pytest.param(lambda t: t.to_pydict(), id="dict")])
def test_keys_come_together_in_a_frame(store, form):
    keys = pa.table({"line": [2, 1, 1], "city": ["a", "b", "zz"]})
    reader = store.online("route_stats:length")
    same(reader.vectors(form(keys)), [[NAN], [np.inf], [NAN]])
    assert [row["length"] for row in reader.rows(form(keys))] == [None, 1e300, None]


def test_what_json_has_no_number_for_comes_through(tmp_path):
    store = make_store(tmp_path / "fleet")
    numbers = [float("nan"), float("inf"), float("-inf"), -0.0, 5e-324]
    store.ingest("route_stats", pl.DataFrame({"city": list("abcde"), "line": [1] * 5, "length": numbers}))
    store.materialize("route_stats")
    rows = store.online("route_stats:length").rows(city=list("abcde"), line=[1] * 5)
    assert [repr(row["length"]) for row in rows] == [repr(number) for number in numbers]


def test_rows_are_what_was_written_in_pythons_types(store):
    reader = store.online("eta_v1")
    rows = reader.rows(driver_id=[1, 2, 3, 9], at=NOW)
    for row, source in zip(rows, [1, 2, 3, None]):
        for name, value in row.items():
            expected = None if source is None else history()[name][source]
            if name == "embedding" and expected is not None:
                expected = [float(np.float32(x)) for x in expected]
            elif name == "conv_rate" and expected is not None:
                expected = float(np.float32(expected))
            assert (value, type(value)) == (expected, type(expected)), name


def test_status_tells_why_a_value_is_none(store):
    reader = store.online("eta_v1")
    one, two, nine = reader.rows(driver_id=[1, 2, 9], at=NOW, with_status=True)
    assert one["trips"] == {"value": 20, "status": "PRESENT", "event_timestamp": at(5)}
    assert two["conv_rate"] == {"value": None, "status": "NULL_VALUE", "event_timestamp": at(0)}
    assert nine["trips"] == {"value": None, "status": "NOT_FOUND", "event_timestamp": None}
    later = reader.rows(driver_id=1, at=at(5 + 7 * 24 + 1), with_status=True)[0]
    assert later["trips"] == {"value": None, "status": "OUTSIDE_MAX_AGE", "event_timestamp": at(5)}
    assert reader.rows(driver_id=1)[0]["trips"] is None


@pytest.mark.parametrize("time", [
    at(5 + 7 * 24), at(5 + 7 * 24).replace(tzinfo=None), np.datetime64("2024-03-08T05:00:00"), pd.Timestamp(at(5 + 7 * 24)),
    "2024-03-08T05:00:00Z", "2024-03-08T06:00:00+01:00", "2024-03-08 05:00"], ids=str)
def test_times_come_in_any_form(store, time):
    reader = store.online(["driver_stats:trips"])
    same(reader.vectors(driver_id=1, at=time), [[20]])


def test_vectors_rows_and_training_rows_agree(tmp_path):
    seed = random.randrange(2**32)
    values = np.random.default_rng(seed)
    store = make_store(tmp_path / "fleet")
    count = 2_000
    store.ingest("driver_stats", pl.DataFrame({
        "driver_id": values.integers(-500, 500, count), "event_timestamp": [at(h) for h in values.random(count) * 24],
        "created": [at(0)] * count, "conv_rate": pl.Series(values.random(count), dtype=pl.Float32),
        "trips": values.integers(-(2**62), 2**62, count), "active": values.random(count) < 0.5,
        "home": [None] * count, "embedding": pl.Series(values.random((count, 3)).tolist(), dtype=pl.List(pl.Float32)),
        "seen": [None] * count, "token": [None] * count}, schema_overrides={
            "home": pl.String, "seen": pl.Datetime("us", "UTC"), "token": pl.Binary}))
    store.materialize("driver_stats", to=NOW)
    names = ["driver_stats:embedding", "driver_stats:active", "driver_stats:trips", "driver_stats:conv_rate"]
    reader = store.online(names)
    keys = values.integers(-600, 600, 1_000)
    vectors = reader.vectors(driver_id=keys, at=NOW)
    same(vectors, reader.vectors({"driver_id": keys.astype(np.float64)}, at=NOW))
    training = store.training_set(names, {"driver_id": keys, "event_timestamp": [NOW] * len(keys)}).to_polars()
    rows = reader.rows(driver_id=keys, at=NOW)
    trained = training.select("embedding", "active", "trips", "conv_rate").to_dicts()
    assert rows == trained, f"seed {seed}"
    flat = [
        [NAN if x is None else np.float32(x) for x in [*(row["embedding"] or [None] * 3), *list(row.values())[1:]]]
        for row in trained]
    same(vectors, flat)


def test_a_reader_sees_what_is_materialized_later_and_outlives_its_store(tmp_path):
    store = make_store(tmp_path / "fleet")
    fill(store)
    store.materialize(["driver_stats"], to=at(1))
    reader = store.online("driver_stats:trips")
    same(reader.vectors(driver_id=1, at=NOW), [[10]])
    store.materialize("driver_stats", to=NOW)
    same(reader.vectors(driver_id=1, at=NOW), [[20]])
    store.materialize("driver_stats", to=at(1), full=True)
    del store
    same(reader.vectors(driver_id=1, at=NOW), [[10]])


@pytest.mark.parametrize("features, keys, sentence", [
    ("eta_v1", {"driver_id": [1]}, "driver_stats:home is string, which is no number; read rows, or a service without it"),
    ("driver_numbers", {}, r"keys: the join key 'driver_id' \(int64\) is missing"),
    ("driver_numbers", {"driver": [1]}, r"keys: 'driver' is no join key \(did you mean 'driver_id'\?\)"),
    ("driver_numbers", {"driver_id": ["x"]}, "keys.*driver_id"),
    ("driver_numbers", {"driver_id": [1.5]}, "keys:1:driver_id: 1.5 does not fit the join key's type int64"),
    ("driver_numbers", {"driver_id": [[1, 2]]}, "keys:driver_id: values of type .* cannot be the join key"),
    ("driver_numbers", {"driver_id": np.zeros((2, 2), dtype=np.int64)}, "cannot be the join key, which is int64"),
    ("driver_numbers", {"driver_id": np.zeros((2, 2, 2))}, "give a value or a vector a row, not an array of 3 dimensions"),
    ("driver_numbers", {"driver_id": [[1], [2, 3]]}, "driver_id: vectors are lists of numbers, all of one length"),
    ("numbers_v1", {"driver_id": [1], "city": ["a", "b"], "line": [1]}, "keys: columns differ in length"),
])
def test_keys_that_do_not_fit_are_told(store, features, keys, sentence):
    with pytest.raises(fstore.Error, match=sentence):
        store.online(features).vectors(**keys)


def test_keys_are_given_in_one_way(store):
    reader = store.online("driver_numbers")
    with pytest.raises(fstore.Error, match="give them together or by name, not both"):
        reader.vectors({"driver_id": [1]}, driver_id=[1])
    with pytest.raises(fstore.Error, match="a int holds no rows"):
        reader.rows(1)
