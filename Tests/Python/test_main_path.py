"""The main path as a newcomer walks it: init, apply, ingest, training set, materialize, get; and doing it again."""
import filecmp
import shutil
import subprocess

import pyarrow.parquet as pq

from conftest import FSTORE, REPOSITORY, Project


def test_a_new_project_runs_as_its_own_advice_says(tmp_path):
    subprocess.run([FSTORE, "init", "fleet"], cwd=tmp_path, check=True, capture_output=True)
    project = Project(tmp_path / "fleet")
    for line in ("apply", "ingest --all", "materialize"):
        project.run(*line.split())
    summary = project.json("training-set", "eta_v1", "--entities", "data/trips.csv", "--out", "training.parquet")
    assert summary["rows"] == 4
    assert summary["coverage"][0] == {
        "view": "driver_stats", "found": 3, "keyUnknown": 1, "keyNull": 0, "beforeHistory": 0, "tooOld": 0,
        "notYetKnown": 0, "ended": 0}
    features = project.json("get", "eta_v1", "driver_id=1001")["features"]
    assert {f["status"] for f in features.values()} == {"PRESENT"}
    assert project.json("get", "eta_v1", "driver_id=1003")["features"]["trips"]["status"] == "NOT_FOUND"
    assert project.json("get", "eta_v1", "driver_id=1002")["features"]["conv_rate"]["status"] == "NULL_VALUE"


def example(tmp_path):
    shutil.copy(REPOSITORY / "fstore.yaml", tmp_path)
    shutil.copytree(REPOSITORY / "features", tmp_path / "features")
    project = Project.__new__(Project)
    project.root = tmp_path
    return project


def test_the_example_runs_and_a_training_set_can_be_made_again(tmp_path):
    project = example(tmp_path)
    project.run("apply")
    views = project.json("ingest", "--all")["views"]
    assert {v["view"]: v["rows"] for v in views}["airport_weather"] == 8622
    assert all(v["files"] == 0 for v in project.json("ingest", "--all")["views"])
    flights = "features/data/flights.parquet"
    made = project.json("training-set", "departure_delay_v1", "--entities", flights, "--out", "a.parquet")
    project.run("ingest", "aircraft_delays", "--from", *map(str, sorted((tmp_path / "features/data/delays").glob("*"))[:1]))
    project.run("compact", "--full")
    project.run("training-set", "--again", str(made["id"]), "--out", "b.parquet")
    assert filecmp.cmp(tmp_path / "a.parquet", tmp_path / "b.parquet", shallow=False)
    rows = pq.read_table(tmp_path / "a.parquet")
    entities = pq.read_table(tmp_path / flights)
    assert rows.select(entities.column_names).equals(entities)


def test_what_is_online_is_what_a_training_row_of_then_has(tmp_path):
    project = example(tmp_path)
    project.run("apply")
    project.run("ingest", "--all")
    flights = pq.read_table(tmp_path / "features/data/flights.parquet").to_pylist()
    times = sorted({f["event_timestamp"] for f in flights})
    for time in times[:: len(times) // 5]:
        asked = next(f for f in flights if f["event_timestamp"] == time)
        text = time.strftime("%Y-%m-%dT%H:%M:%SZ")
        (tmp_path / "one.csv").write_text(
            f"origin,carrier,tailnum,event_timestamp\n{asked['origin']},{asked['carrier']},{asked['tailnum']},{text}\n")
        project.run("training-set", "departure_delay_v1", "--entities", "one.csv", "--out", "one.parquet")
        offline = pq.read_table(tmp_path / "one.parquet").to_pylist()[0]
        project.run("materialize", "--to", text)
        keys = [f"{k}={asked[k]}" for k in ("origin", "carrier", "tailnum")]
        online = project.json("get", "departure_delay_v1", *keys, "--at", text)["features"]
        for name, value in online.items():
            expected = offline[name]
            if isinstance(expected, float):
                assert abs(expected - value["value"]) <= abs(expected) * 1e-6, (text, name)
            else:
                assert expected == value["value"], (text, name)
