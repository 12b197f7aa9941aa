"""`Store.push`: rows that are online and in training sets when the call returns."""
import datetime

import pytest

from package_support import DAY, DEFINITIONS, at, fstore, history


@pytest.fixture
def store(tmp_path):
    (tmp_path / "features").mkdir()
    (tmp_path / "fstore.yaml").write_text("project: test\n")
    (tmp_path / "features" / "views.yaml").write_text(DEFINITIONS.replace("    ttl: 7d\n", ""))
    opened = fstore.open(tmp_path)
    opened.apply()
    return opened


def row(driver, trips, hours, **more):
    columns = {name: [None] for name in history() if name != "created"}
    return {**columns, "driver_id": [driver], "event_timestamp": [at(hours)], "trips": [trips], **more}


def test_pushed_rows_are_online_and_in_training_sets(store):
    pushed = store.push("driver_stats", row(7, 3, 1, created=[at(1)]))
    assert (pushed.view, pushed.rows, pushed.is_repeated) == ("driver_stats", 1, False)
    assert repr(pushed) == "driver_stats: 1 row pushed"
    reader = store.online(["driver_stats:trips"])
    assert reader.vectors(driver_id=[7])[0, 0] == 3
    entities = {"driver_id": [7, 7], "event_timestamp": [at(0.5), at(2)]}
    assert store.training_set(["driver_stats:trips"], entities).to_arrow()["trips"].to_pylist() == [None, 3]


def test_an_older_row_never_replaces_a_newer_one(store):
    store.push("driver_stats", row(7, 3, 5, created=[at(5)]))
    store.push("driver_stats", row(7, 99, 1, created=[at(6)]))
    assert store.online(["driver_stats:trips"]).vectors(driver_id=[7])[0, 0] == 3


def test_rows_without_created_became_known_by_the_push(store):
    store.push("driver_stats", row(7, 3, 1))
    now = datetime.datetime.now(datetime.timezone.utc)
    entities = {"driver_id": [7, 7], "event_timestamp": [DAY + datetime.timedelta(days=1), now]}
    assert store.training_set(["driver_stats:trips"], entities).to_arrow()["trips"].to_pylist() == [None, 3]


def test_a_repeated_batch_changes_nothing(store):
    for repeated in (False, True, True):
        pushed = store.push("driver_stats", row(7, 3, 1), batch_id="a")
        assert pushed.is_repeated == repeated
    assert repr(pushed) == "driver_stats: batch 'a' had been pushed before"
    assert store.describe("driver_stats")["history"]["rows"] == 1


@pytest.mark.parametrize("view, rows, words", [
    ("driver_stat", row(7, 3, 1), "did you mean 'driver_stats'"),
    ("driver_stats", {"driver_id": [7]}, "there is no column"),
    ("driver_stats", row(None, 3, 1), "a key is null"),
    ("driver_stats", row(7, "x", 1), "trips"),
    ("driver_stats", "rows.parquet", "'ingest' reads files"),
])
def test_what_does_not_fit_is_refused_whole(store, view, rows, words):
    with pytest.raises(fstore.Error, match=words):
        store.push(view, rows)
    assert store.describe("driver_stats")["history"]["rows"] == 0


def test_a_stream_is_taken_exactly_once_however_often_it_is_sent(store):
    def send(numbers, **options):
        rows = [row(number, number, number) for number in numbers]
        frame = {name: [values[name][0] for values in rows] for name in rows[0]}
        return store.push(
            "driver_stats", {**frame, "offset": list(numbers), "shard": ["a"] * len(numbers)}, stream="trips",
            position_field="offset", **options)

    assert (send(range(4)).rows, send(range(2, 6)).rows) == (4, 2)
    again = send(range(6))
    assert (again.rows, again.rows_repeated, again.is_repeated) == (0, 6, True)
    assert repr(again) == "driver_stats: 0 rows pushed; 6 rows had been taken before"
    [place] = store.streams("driver_stats")
    assert (place.stream, place.partition, place.position, place.rows) == ("trips", "", 5, 6)
    assert place.moved.tzinfo is datetime.timezone.utc
    assert send(range(2), partition_field="shard").rows == 2
    assert store.reset_stream("driver_stats", "trips", partition="", position=4) == 1
    assert send(range(6)).rows == 1
    assert store.reset_stream("driver_stats", "trips") == 2 and store.streams() == []
    assert store.describe("driver_stats")["history"]["rows"] == 9


@pytest.mark.parametrize("options, words", [
    ({"stream": "s"}, "position_field is missing"),
    ({"position_field": "x"}, "name it with stream"),
    ({"stream": "s", "position_field": "x", "batch_id": "b"}, "not both"),
    ({"stream": "s", "position_field": "tripss"}, "did you mean 'trips'"),
    ({"stream": "s", "position_field": "event_timestamp"}, "is no position"),
])
def test_what_is_no_stream_is_told(store, options, words):
    with pytest.raises(fstore.Error, match=words):
        store.push("driver_stats", row(7, 3, 1), **options)
    assert store.streams() == []
