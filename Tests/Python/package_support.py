"""What the tests of the Python package share: a project with data, made by the package itself."""
import datetime
import pathlib

import pytest

# Built by 'make python'; 'make test' does that first.
fstore = pytest.importorskip("fstore", reason="the Python package is not built: run 'make python'", exc_type=ImportError)

DEFINITIONS = """
entities:
  driver: {join_keys: {driver_id: int64}}
  route: {join_keys: {city: string, line: int32}}
sources:
  hourly:
    path: data/*.parquet
    timestamp: event_timestamp
    created: created
  routes: {path: routes/*.csv}
feature_views:
  driver_stats:
    entities: [driver]
    source: hourly
    ttl: 7d
    features:
      conv_rate: float32
      trips: int64
      active: bool
      home: string
      embedding: float32[3]
      seen: timestamp
      token: bytes
  route_stats:
    entities: [route]
    source: routes
    features: {length: float64}
feature_services:
  eta_v1: {features: ["driver_stats:*"]}
  numbers_v1:
    features: ["driver_stats:embedding", "route_stats:length", "driver_stats:trips", "driver_stats:conv_rate",
               "driver_stats:active"]
  driver_numbers: {features: ["driver_stats:trips", "driver_stats:embedding"]}
"""

UTC = datetime.timezone.utc
DAY = datetime.datetime(2024, 3, 1, tzinfo=UTC)


def at(hours: float) -> datetime.datetime:
    return DAY + datetime.timedelta(hours=hours)


def history() -> dict:
    """Three drivers; 1 has two rows, 2 has nulls, 3 has a row that became known late."""
    return {
        "driver_id": [1, 1, 2, 3],
        "event_timestamp": [at(0), at(5), at(0), at(0)],
        "created": [at(0), at(5), at(1), at(20)],
        "conv_rate": [0.1, 0.2, None, 0.3],
        "trips": [10, 20, 2**40 + 1, None],
        "active": [True, False, None, True],
        "home": ["Łódź", "", None, "Kyoto 京都"],
        "embedding": [[0.1, 0.2, 0.3], [1.0, 2.0, 3.0], None, [7.0, 8.0, 9.0]],
        "seen": [at(-1), None, at(-2), at(-3)],
        "token": [b"\0a\0", b"", None, b"\xff"],
    }


def history_table():
    import pyarrow as pa

    times = pa.timestamp("us", tz="UTC")
    return pa.table(history(), schema=pa.schema([
        ("driver_id", pa.int64()), ("event_timestamp", times), ("created", times), ("conv_rate", pa.float32()),
        ("trips", pa.int64()), ("active", pa.bool_()), ("home", pa.string()), ("embedding", pa.list_(pa.float32(), 3)),
        ("seen", times), ("token", pa.binary())]))


ROUTES = {"city": ["a", "a", "b"], "line": [1, 2, 1], "length": [1.5, None, 1e300]}


def make_project(root: pathlib.Path) -> pathlib.Path:
    (root / "features").mkdir(parents=True)
    (root / "fstore.yaml").write_text("project: fleet\n")
    (root / "features" / "views.yaml").write_text(DEFINITIONS)
    return root


def make_store(root: pathlib.Path):
    """A store with definitions applied and no rows."""
    store = fstore.open(make_project(root))
    store.apply()
    return store


def fill(store) -> None:
    store.ingest("driver_stats", history_table())
    store.ingest("route_stats", ROUTES)


def rows_of(store, view: str) -> int:
    return store.describe(view)["history"]["rows"]
