"""Feast's own client, unchanged, against our server: reads by features and by service, errors, and writes.

usage: feast_client.py FSTORE     (through `make interop`; the python must have feast)
"""
import datetime
import pathlib
import re
import subprocess
import sys
import tempfile

import feast
import pandas as pd
from feast import Entity, FeatureService, FeatureStore, FeatureView, Field, FileSource, ValueType
from feast.types import Float32, String

NOW = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
HOUR = datetime.timedelta(hours=1)
DEFINITIONS = """
entities:
  driver: {join_keys: {driver_id: int64}}
sources:
  hourly: {path: data.parquet, timestamp: ts, created: made}
feature_views:
  stats: {entities: [driver], source: hourly, ttl: 7d, features: {x: float32, city: string}}
feature_services:
  eta_v1: {features: ["stats:x", "stats:city"]}
"""


def project(fstore):
    root = pathlib.Path(tempfile.mkdtemp())
    (root / "features").mkdir()
    (root / "fstore.yaml").write_text("project: interop\n")
    (root / "features" / "views.yaml").write_text(DEFINITIONS)
    pd.DataFrame({
        "driver_id": [1, 2, 3], "ts": [NOW - HOUR, NOW - HOUR, NOW - 24 * 30 * HOUR], "made": [NOW - HOUR] * 3,
        "x": pd.Series([0.5, None, 9.0], dtype="float32"), "city": ["Paris", None, "old"],
    }).to_parquet(root / "data.parquet", index=False)
    for verb in (["apply"], ["ingest", "--all"], ["materialize"]):
        subprocess.run([fstore, *verb], cwd=root, check=True, stdout=subprocess.DEVNULL)
    return root


def client(port):
    root = pathlib.Path(tempfile.mkdtemp())
    (root / "feature_store.yaml").write_text(
        f"project: interop\nregistry: {root}/registry.db\nprovider: local\noffline_store: {{type: file}}\n"
        f"online_store: {{type: remote, path: 'http://127.0.0.1:{port}'}}\nentity_key_serialization_version: 3\n")
    store = FeatureStore(repo_path=str(root))
    driver = Entity(name="driver", join_keys=["driver_id"], value_type=ValueType.INT64)
    view = FeatureView(
        name="stats", entities=[driver], ttl=datetime.timedelta(days=7),
        schema=[Field(name="x", dtype=Float32), Field(name="city", dtype=String)],
        source=FileSource(path="data.parquet", timestamp_field="ts", created_timestamp_column="made"))
    store.apply([driver, view, FeatureService(name="eta_v1", features=[view])])
    return store, root


def show(what, value):
    print(f"{what}\n    {value}")


def main(fstore):
    root = project(fstore)
    server = subprocess.Popen([fstore, "serve", "--port", "0"], cwd=root, stdout=subprocess.PIPE, text=True)
    try:
        port = int(re.search(r":(\d+)$", server.stdout.readline().strip()).group(1))
        store, repository = client(port)
        print(f"Feast {feast.__version__}, online_store: {{type: remote}}")
        rows = [{"driver_id": key} for key in (1, 2, 3, 4)]
        answer = store.get_online_features(features=["stats:x", "stats:city"], entity_rows=rows)
        got = answer.to_dict()
        show("get_online_features(features=[…], drivers 1 to 4)", got)
        assert got == {"driver_id": [1, 2, 3, 4], "x": [0.5, None, None, None], "city": ["Paris", None, None, None]}
        statuses = [list(result.statuses) for result in answer.proto.results][1]
        show("statuses of x (in Feast's numbers: 1 PRESENT, 2 NULL_VALUE, 3 NOT_FOUND, 4 OUTSIDE_MAX_AGE)", statuses)
        assert statuses == [1, 2, 4, 3]
        got = store.get_online_features(
            features=store.get_feature_service("eta_v1"), entity_rows=rows[:1], full_feature_names=True).to_dict()
        show("get_online_features(a feature service, full_feature_names=True)", got)
        assert got == {"driver_id": [1], "stats__x": [0.5], "stats__city": ["Paris"]}
        try:
            store.get_online_features(features=["stats:y"], entity_rows=rows).to_dict()
            raise SystemExit("an unknown feature was not refused")
        except Exception as error:  # Feast's own exception, with our sentence
            show("an unknown feature", f"{type(error).__module__}.{type(error).__name__}: {error}")
        frame = pd.DataFrame({
            "driver_id": [7], "ts": [NOW], "made": [NOW], "x": pd.Series([7.5], dtype="float32"), "city": ["Rome"]})
        store.write_to_online_store("stats", frame)
        got = store.get_online_features(features=["stats:x", "stats:city"], entity_rows=[{"driver_id": 7}]).to_dict()
        show("write_to_online_store, then get_online_features(driver 7)", got)
        assert got == {"driver_id": [7], "x": [7.5], "city": ["Rome"]}
        print("all as expected")
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main(sys.argv[1])
