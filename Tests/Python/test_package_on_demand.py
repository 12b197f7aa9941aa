"""Features computed on demand, through the Python package: training sets, rows and vectors say the same."""
import datetime

import numpy as np
import pytest
from package_support import at, fill, fstore, make_store

DEFINITIONS = """
on_demand_feature_views:
  trip:
    request: {distance_km: float64, pickup: timestamp, query: "float32[3]", driver_id: int64}
    features:
      distance_km: float64
      effort: {type: float32, expression: "distance_km * coalesce(driver_stats:conv_rate, 0.5)"}
      wait: {type: float64, expression: "minutes(pickup - now)"}
      near: {type: float32, expression: "dot(query, driver_stats:embedding)"}
      parity: {type: int64, expression: "driver_id % 2"}
      greeting: {type: string, expression: "concat('to ', driver_stats:home)"}
feature_services:
  trips: {features: ["trip:*", "driver_stats:trips"]}
  numbers: {features: ["trip:effort", "trip:near", "driver_stats:trips", "trip:wait"]}
  alone: {features: ["trip:distance_km"]}
"""


@pytest.fixture
def store(tmp_path):
    store = make_store(tmp_path / "fleet")
    (tmp_path / "fleet" / "features" / "trip.yaml").write_text(DEFINITIONS)
    store.apply()
    fill(store)
    store.materialize()
    return store


REQUEST = {
    "driver_id": [1, 2, 3, 9],
    "distance_km": [2.5, None, 4.0, 1.0],
    "pickup": [at(31), at(32), None, at(33)],
    "query": [[1.0, 0.0, 2.0]] * 4,
}


def test_training_sets_and_reads_agree(store):
    rows = dict(REQUEST, event_timestamp=[at(30)] * 4)
    table = store.training_set("trips", entities=rows).to_arrow().to_pylist()
    reader = store.online("trips")
    assert reader.join_keys == {"driver_id": "int64"}
    assert reader.request == {"distance_km": "float64", "pickup": "timestamp", "query": "float32[3]"}
    online = reader.rows(REQUEST, at=at(30))
    assert [{name: row[name] for name in reader.names} for row in table] == online
    assert online[0]["effort"] == pytest.approx(0.5)
    assert online[0]["wait"] == 60.0
    assert online[0]["near"] == pytest.approx(7.0)
    assert [row["parity"] for row in online] == [1, 0, 1, 1]
    assert online[3]["effort"] == 0.5 and online[3]["greeting"] is None


def test_vectors_are_the_numbers_of_rows(store):
    reader = store.online("numbers")
    vectors = reader.vectors(REQUEST, at=at(30))
    rows = reader.rows(REQUEST, at=at(30))
    expected = np.array([[np.nan if v is None else v for v in row.values()] for row in rows], dtype=np.float32)
    np.testing.assert_array_equal(vectors, expected)


def test_values_of_one_request_are_keywords(store):
    reader = store.online("trips")
    row = reader.rows(
        driver_id=1, distance_km=2.0, pickup=datetime.datetime(2024, 3, 2), query=[[1.0, 1.0, 1.0]], at=at(20),
        with_status=True)[0]
    assert row["distance_km"] == {"value": 2.0, "status": "PRESENT", "event_timestamp": None}
    assert row["wait"]["value"] == 240.0
    assert store.online("alone").rows(distance_km=[1.5, None]) == [{"distance_km": 1.5}, {"distance_km": None}]


def test_what_is_missing_or_wrong_is_told(store):
    reader = store.online("trips")
    with pytest.raises(fstore.Error, match="the request field 'distance_km' \\(float64\\) is missing"):
        reader.rows(driver_id=[1])
    with pytest.raises(fstore.Error, match="'distance' is no join key or request field .did you mean 'distance_km'"):
        reader.rows(dict(REQUEST, distance=[1.0] * 4))
    with pytest.raises(fstore.Error, match="there is no column 'distance_km' .float64., a request field of trip"):
        store.training_set("trips", entities={"driver_id": [1], "event_timestamp": [at(30)]})


def test_views_are_listed_and_described(store):
    listed = store.list()["on_demand_views"]
    assert [view["name"] for view in listed] == ["trip"]
    described = store.describe("trip")
    assert described["views"] == ["driver_stats"]
    assert described["services"] == ["trips", "numbers", "alone"]
    assert described["features"][1]["reads"] == ["driver_stats:conv_rate"]
