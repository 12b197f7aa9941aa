"""Bad input gets one clear sentence, exit 1, and leaves the store as it was."""
import gzip
import os
import signal
import sqlite3
import subprocess
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import FSTORE, driver_views

HEADER = "driver_id,event_timestamp,created,f0\n"
ROW = "1,2024-01-01T00:00:00Z,2024-01-01T00:00:00Z,1.5\n"


@pytest.fixture
def store(project):
    """A project with one view over data/*.csv that holds one row."""
    project.define(driver_views("created", {"f0": "float32"}).replace("data/*.parquet", "data/*.csv"))
    (project.root / "data").mkdir()
    (project.root / "data" / "a.csv").write_text(HEADER + ROW)
    project.run("apply")
    project.run("ingest", "--all")
    return project


def refuses_file(store, name, content, *needles):
    """Ingesting the file fails with a sentence that holds `needles` and changes nothing."""
    path = store.root / "data" / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    before = store.files()
    message = store.fail("ingest", "driver_stats", "--from", f"data/{name}")
    for needle in needles:
        assert needle in message, message
    assert "\n" not in message
    assert store.files() == before


@pytest.mark.parametrize("text,needles", [
    (HEADER + ROW + "2,2024-01-01T00:00:00Z,2024-01-01T00:00:00Z,12x\n", ["data/b.csv:3:f0", "12x"]),
    (HEADER + "2,yesterday,2024-01-01T00:00:00Z,1\n", ["data/b.csv:2:event_timestamp", "yesterday"]),
    (HEADER + ",2024-01-01T00:00:00Z,2024-01-01T00:00:00Z,1\n", ["data/b.csv:2:driver_id", "null"]),
    (HEADER + "2,,2024-01-01T00:00:00Z,1\n", ["data/b.csv:2:event_timestamp", "null"]),
    (HEADER + "2,2024-01-01T00:00:00Z\n", ["data/b.csv:2"]),
    (HEADER + '2,2024-01-01T00:00:00Z,2024-01-01T00:00:00Z,"1\n', ["data/b.csv", "quote"]),
    ("driver,event_timestamp,created,f0\n" + ROW, ["data/b.csv", "driver_id", "did you mean 'driver'"]),
    ("", ["data/b.csv", "empty"]),
])
def test_a_csv_row_that_does_not_fit_is_named(store, text, needles):
    refuses_file(store, "b.csv", text, *needles)


def test_truncated_and_foreign_parquet_files_are_named(store, tmp_path):
    table = pa.table({"driver_id": [1] * 1000, "f0": [1.0] * 1000})
    pq.write_table(table, tmp_path / "whole.parquet")
    whole = (tmp_path / "whole.parquet").read_bytes()
    refuses_file(store, "cut.parquet", whole[: len(whole) // 2], "data/cut.parquet")
    refuses_file(store, "empty.parquet", b"", "data/empty.parquet")
    refuses_file(store, "text.parquet", b"driver_id,f0\n1,2\n" * 10, "data/text.parquet", "not a Parquet file")
    refuses_file(store, "short.parquet", whole, "data/short.parquet", "event_timestamp")
    refuses_file(store, "cut.csv.gz", gzip.compress((HEADER + ROW * 1000).encode())[:60], "data/cut.csv.gz")


def test_a_parquet_column_of_another_type_is_named(store):
    times = pa.array([0], pa.timestamp("us", "UTC"))
    path = store.root / "data" / "b.parquet"
    pq.write_table(pa.table({"driver_id": [1], "event_timestamp": times, "created": times, "f0": ["x"]}), path)
    assert "data/b.parquet:f0" in store.fail("ingest", "driver_stats", "--from", "data/b.parquet")
    pq.write_table(pa.table({"driver_id": [1], "event_timestamp": times, "created": times, "f0": [1e300]}), path)
    assert "data/b.parquet:1:f0" in store.fail("ingest", "driver_stats", "--from", "data/b.parquet")


def test_missing_files_and_folders_are_named(store):
    assert "data/none.csv" in store.fail("ingest", "driver_stats", "--from", "data/none.csv")
    assert "folder" in store.fail("ingest", "driver_stats", "--from", "data")
    assert "none.parquet" in store.fail("training-set", "eta_v1", "--entities", "none.parquet", "--out", "o.parquet")
    (store.root / "rows.csv").write_text("driver_id,event_timestamp\n1,2024-01-02T00:00:00Z\n")
    assert "folder" in store.fail("training-set", "eta_v1", "--entities", "rows.csv", "--out", "data")
    assert "neither Parquet nor CSV" in store.fail("training-set", "eta_v1", "--entities", "rows.csv", "--out", "o.txt")
    assert "none/o.csv" in store.fail("training-set", "eta_v1", "--entities", "rows.csv", "--out", "none/o.csv")


def test_unknown_names_get_a_suggestion(store):
    assert "did you mean 'eta_v1'" in store.fail("training-set", "eta_v2", "--entities", "data/a.csv", "--out", "o.parquet")
    assert "did you mean 'driver_stats'" in store.fail("ingest", "driver_stat")
    store.run("materialize")
    assert "did you mean 'driver_id'" in store.fail("get", "eta_v1", "driver=1")
    assert "int64" in store.fail("get", "eta_v1", "driver_id=x")
    assert "did you mean '--entities'" in store.fail("training-set", "eta_v1", "--entites", "x", status=2)


def test_entity_rows_without_key_or_time_are_refused(store):
    rows = store.root / "rows.csv"
    rows.write_text("driver,event_timestamp\n1,2024-01-02T00:00:00Z\n")
    assert "driver_id" in store.fail("training-set", "eta_v1", "--entities", "rows.csv", "--out", "o.csv")
    rows.write_text("driver_id,event_timestamp\n1,2024-01-02T00:00:00Z\n2,\n")
    message = store.fail("training-set", "eta_v1", "--entities", "rows.csv", "--out", "o.csv")
    assert "rows.csv:2:event_timestamp" in message
    rows.write_text("driver_id,event_timestamp,f0\n1,2024-01-02T00:00:00Z,3\n")
    assert "'f0'" in store.fail("training-set", "eta_v1", "--entities", "rows.csv", "--out", "o.csv")
    assert not (store.root / "o.csv").exists()


def test_quarantine_sets_rows_aside_and_counts_them(store):
    (store.root / "data" / "b.csv").write_text(
        HEADER + ROW.replace("1,", "2,", 1) + "x,2024-01-01T00:00:00Z,2024-01-01T00:00:00Z,1\n"
        + ",2024-01-01T00:00:00Z,2024-01-01T00:00:00Z,1\n")
    summary = store.json("ingest", "driver_stats", "--on-error", "quarantine")["views"][0]
    assert (summary["rows"], summary["rowsRejected"]) == (1, 2)
    rejected = (store.root / summary["rejectedFile"]).read_text().splitlines()
    assert len(rejected) == 3 and "data/b.csv" in rejected[1]


def test_definitions_tell_all_mistakes_at_once(project):
    project.define("""
        entities:
          driver: {join_keys: {driver_id: int46}}
        feature_views:
          stats:
            entities: [drivr]
            source: nowhere
            features: {x: flaot32}
    """)
    message = project.fail("apply")
    assert "features/views.yaml:3:" in message and "did you mean 'int64'" in message
    assert "did you mean 'driver'" in message
    assert "unknown type 'flaot32' (did you mean 'float32'?)" in message


def test_a_changed_type_of_a_stored_feature_is_refused_with_the_way_out(store):
    store.define(driver_views("created", {"f0": "string"}).replace("data/*.parquet", "data/*.csv"))
    message = store.fail("apply")
    assert "f0" in message and "new view" in message
    assert store.json("describe", "driver_stats")["features"][0]["type"] == "float32"


def test_a_store_of_a_newer_version_is_refused(store):
    catalog = sqlite3.connect(store.root / ".fstore" / "catalog.sqlite")
    catalog.execute("PRAGMA user_version = 99")
    catalog.close()
    assert "newer" in store.fail("list")


def test_no_project_is_said_with_the_way_out(tmp_path):
    done = subprocess.run([FSTORE, "list"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1 and "fstore init" in done.stderr


def test_two_writers_do_not_meet(store):
    big = store.root / "data" / "big.csv"
    with big.open("w") as file:
        file.write(HEADER)
        for i in range(1_500_000):
            file.write(f"{i},2024-01-01T00:00:00Z,2024-01-01T00:00:00Z,1\n")
    first = subprocess.Popen([FSTORE, "ingest", "--all"], cwd=store.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    lock = store.root / ".fstore" / "writer.lock"
    while first.poll() is None and not (lock.exists() and lock.read_text().strip() == str(first.pid)):
        time.sleep(0.001)
    # Held still, so that it has the lock for as long as the second asks.
    first.send_signal(signal.SIGSTOP)
    message = store.fail("ingest", "--all")
    first.send_signal(signal.SIGCONT)
    assert "another fstore process" in message and str(first.pid) in message
    first.communicate()
    assert first.returncode == 0


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", folder], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("a small disk cannot be mounted here")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_is_said_and_leaves_the_store_as_it_was(store, small_disk):
    os.rename(store.root / ".fstore", store.root / "moved")
    subprocess.run(["cp", "-a", f"{store.root}/moved/.", small_disk], check=True)
    os.symlink(small_disk, store.root / ".fstore")
    keys = pa.array(range(400_000), pa.int64())
    times = pa.array([0] * 400_000, pa.timestamp("us", "UTC"))
    pq.write_table(
        pa.table({"driver_id": keys, "event_timestamp": times, "created": times, "f0": pa.array([1.0] * 400_000, pa.float32())}),
        store.root / "data" / "big.parquet")
    before = store.files()
    message = store.fail("ingest", "driver_stats", "--from", "data/big.parquet")
    assert "full" in message or "space" in message
    assert store.files() == before
    store.run("list")


def test_a_full_disk_while_materializing_leaves_readers_the_old_values(store, small_disk):
    store.run("materialize")
    keys = pa.array(range(400_000), pa.int64())
    times = pa.array([1_704_153_600_000_000] * 400_000, pa.timestamp("us", "UTC"))
    pq.write_table(
        pa.table({"driver_id": keys, "event_timestamp": times, "created": times, "f0": pa.array([9.0] * 400_000, pa.float32())}),
        store.root / "data" / "big.parquet")
    store.run("ingest", "driver_stats", "--from", "data/big.parquet")
    os.rename(store.root / ".fstore" / "online", store.root / "moved")
    subprocess.run(["cp", "-a", "--sparse=always", f"{store.root}/moved/.", small_disk], check=True)
    os.symlink(small_disk, store.root / ".fstore" / "online")
    message = store.fail("materialize")
    assert "full" in message or "space" in message
    assert store.json("get", "eta_v1", "driver_id=1")["features"]["f0"]["status"] in ("PRESENT", "OUTSIDE_MAX_AGE")


def test_a_type_cannot_change_by_way_of_a_removal(store):
    definition = driver_views("created", {"f0": "float32"}).replace("data/*.parquet", "data/*.csv")
    store.define(definition.replace("{f0: float32}", "{f1: float32}"))
    store.run("apply")
    store.define(definition.replace("{f0: float32}", "{f0: string}"))
    assert "stored as float32" in store.fail("apply")


@pytest.mark.parametrize("name", ["event_timestamp", "created_timestamp"])
def test_the_columns_of_times_are_no_names_for_features_or_keys(project, name):
    project.define(driver_views("created", {name: "float32"}))
    assert "column of times" in project.fail("apply")
    project.define(driver_views("created", {"f0": "float32"}).replace("driver_id", name))
    assert "column of times" in project.fail("apply")


def test_the_output_never_overwrites_the_entity_rows(store):
    (store.root / "rows.csv").write_text("driver_id,event_timestamp\n1,2024-01-02T00:00:00Z\n")
    assert "overwrite" in store.fail("training-set", "eta_v1", "--entities", "rows.csv", "--out", "./rows.csv")


def test_a_misspelt_project_folder_is_no_other_project(store):
    assert "no such folder" in store.fail("list", "--project", "nowhere")


def test_a_dry_run_that_would_be_refused_fails(store):
    store.define(driver_views("created", {"f0": "string"}).replace("data/*.parquet", "data/*.csv"))
    done = store.command("apply", "--dry-run")
    assert done.returncode == 1 and "new view" in done.stderr and "float32 -> string" in done.stdout
