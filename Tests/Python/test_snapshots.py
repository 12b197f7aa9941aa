"""Snapshots and records of training sets: what the store held then, and making a set again byte for byte."""
import filecmp
import sqlite3

import pytest

from conftest import driver_views

HEADER = "driver_id,event_timestamp,created,f0\n"


def add_rows(project, name, *values):
    (project.root / "data").mkdir(exist_ok=True)
    (project.root / "data" / name).write_text(
        HEADER + "".join(f"1,2024-01-0{day},2024-01-0{day},{value}\n" for day, value in enumerate(values, 1)))
    project.run("ingest", "--all")


@pytest.fixture
def store(project):
    """Two ingestions into one view, and entity rows."""
    project.define(driver_views("created", {"f0": "float32"}).replace("data/*.parquet", "data/*.csv"))
    (project.root / "rows.csv").write_text("driver_id,event_timestamp\n" + "1,2024-01-05\n" * 3)
    project.run("apply")
    add_rows(project, "a.csv", 1.5)
    add_rows(project, "b.csv", 1.5, 2.5)
    return project


def make(project, *arguments, out="set.csv"):
    """Makes a training set; its summary and the value that it found."""
    summary = project.json("training-set", "eta_v1", "--entities", "rows.csv", "--out", out, *arguments)
    values = {line.split(",")[2] for line in (project.root / out).read_text().splitlines()[1:]}
    assert len(values) == 1
    return summary, values.pop()


def test_snapshots_are_listed_with_what_they_changed(store):
    store.run("compact", "--keep", "1d", "--full")
    snapshots = store.json("snapshots")["snapshots"]
    assert [(s["id"], s["reason"]) for s in snapshots] == [(3, "compact"), (2, "ingest"), (1, "ingest")]
    assert [s["changes"] for s in snapshots] == [
        [{"view": "driver_stats", "rowsAdded": added, "rowsRemoved": removed}] for added, removed in [(3, 3), (2, 0), (1, 0)]]
    assert all(s["unreadable"] == [] for s in snapshots)
    lines = store.run("snapshots", "driver_stats").splitlines()
    assert lines[0].split() == ["snapshot", "time", "reason", "view", "rows", "readable"]
    assert lines[2].split()[0] == "2" and lines[2].split()[-2:] == ["+2", "yes"]
    assert lines[1].split()[-2:] == ["–", "yes"]
    assert "did you mean 'driver_stats'" in store.fail("snapshots", "driver_stat")


def test_history_is_read_as_it_was(store):
    times = {s["id"]: s["time"] for s in store.json("snapshots")["snapshots"]}
    assert make(store)[1] == "2.5"
    for as_of, expected in [("1", "1.5"), ("2", "2.5"), (times[1], "1.5"), (times[2], "2.5"), ("2999-01-01", "2.5")]:
        summary, value = make(store, "--as-of", as_of)
        assert value == expected, as_of
    assert summary["snapshot"] == 2
    store.run("compact", "--keep", "1d", "--full")
    assert make(store, "--as-of", "1")[1] == "1.5"


def test_a_snapshot_that_is_not_there_is_refused_with_the_reason(store):
    def refusal(as_of):
        return store.fail("training-set", "eta_v1", "--entities", "rows.csv", "--out", "set.csv", "--as-of", as_of)

    assert "there is no snapshot 3; 'fstore snapshots' lists 1 to 2" in refusal("3")
    assert "there is no snapshot 0" in refusal("0")
    assert "the store was empty at 2013-01-01" in refusal("2013-01-01")
    store.run("compact", "--keep", "0s", "--full")
    assert "snapshot 1 of 'driver_stats' can no longer be read: 'fstore compact' has removed its files" in refusal("1")
    assert store.run("snapshots").count("not driver_stats: compacted") == 2
    assert store.run("snapshots", "driver_stats").count("no: compacted") == 2
    assert not (store.root / "set.csv").exists()
    store.fail("training-set", "eta_v1", "--entities", "rows.csv", "--out", "set.csv", "--as-of", "then", status=2)


def test_training_sets_are_recorded_and_listed(store):
    assert "No training sets yet" in store.run("training-sets")
    first, _ = make(store)
    second = store.json(
        "training-set", "--features", "driver_stats:f0", "--entities", "rows.csv", "--out", "b.parquet", "--as-of", "1",
        "--with-times", "--full-names")
    sets = store.json("training-sets")["trainingSets"]
    assert [s["id"] for s in sets] == [second["id"], first["id"]]
    assert sets[1]["service"] == "eta_v1" and "service" not in sets[0]
    assert sets[0]["snapshot"] == 1 and sets[0]["withTimes"] and sets[0]["fullNames"]
    record = store.json("training-sets", str(first["id"]))
    assert record["features"] == ["driver_stats:f0"] and record["rows"] == 3 and record["definitionsVersion"] == 1
    assert record["coverage"] == first["coverage"] and record["coverage"][0]["found"] == 3
    assert record["inputs"][0]["path"] == str(store.root / "rows.csv")
    assert record["inputs"][0]["checksum"].endswith(f"-{(store.root / 'rows.csv').stat().st_size}")
    assert record["outputs"] == [
        {"path": str(store.root / "set.csv"), "rows": 3, "checksum": first["outputs"][0]["checksum"]}]
    assert "obstacle" not in record and record["seconds"] > 0 and record["version"]
    text = store.run("training-sets", str(first["id"]))
    for needle in ("made", "eta_v1", "rows.csv", "again       fstore training-set --again 1", "driver_stats  3 (100 %)"):
        assert needle in text, text
    assert store.run("training-sets").splitlines()[2].split()[-1] == "yes"
    assert "there is no training set 99; 'fstore training-sets' lists them" in store.fail("training-sets", "99")
    store.fail("training-sets", "last", status=2)


def test_a_set_is_made_again_byte_for_byte(store):
    made, _ = make(store, out="a.csv")
    add_rows(store, "c.csv", 9.5, 9.5, 9.5)
    store.run("compact", "--full")
    assert make(store, out="new.csv")[1] == "9.5"
    again = store.json("training-set", "--again", str(made["id"]), "--out", "b.csv")
    assert again["isIdentical"] is True and again["id"] == made["id"]
    assert filecmp.cmp(store.root / "a.csv", store.root / "b.csv", shallow=False)
    # Another format holds the same values in other bytes, which is no difference to tell of.
    assert "isIdentical" not in store.json("training-set", "--again", str(made["id"]), "--out", "b.parquet")
    assert "(training set 1 again, the same bytes)" in store.run("training-set", "--again", "1", "--out", "b.csv")


def test_other_bytes_are_kept_aside_and_told_of(store):
    make(store, out="a.csv")
    before = (store.root / "a.csv").read_bytes()
    with sqlite3.connect(store.root / ".fstore" / "catalog.sqlite") as catalog:
        catalog.execute("UPDATE training_sets SET json = json_set(json, '$.outputs[0].checksum', '0-1', '$.version', '0.0.9')")
    message = store.fail("training-set", "--again", "1")
    assert "training set 1 came out with other bytes" in message and "made by fstore 0.0.9" in message
    assert "a-differs.csv" in message
    assert (store.root / "a.csv").read_bytes() == (store.root / "a-differs.csv").read_bytes() == before
    assert not list(store.root.glob(".*-a.csv"))


def test_changed_and_missing_inputs_are_refused(store):
    make(store)
    rows = store.root / "rows.csv"
    text = rows.read_text()
    rows.write_text(text.replace("05", "04"))
    # The list compares sizes only; making it again, and telling all of it, reads the file.
    assert store.run("training-sets").splitlines()[1].split()[-1] == "yes"
    assert "its content changed" in store.json("training-sets", "1")["obstacle"]
    message = store.fail("training-set", "--again", "1")
    assert "rows.csv is not the file that training set 1 was made from: its content changed" in message
    rows.write_text(text + "1,2024-01-01\n")
    assert store.run("training-sets").splitlines()[1].split()[-1] == "no"
    rows.rename(store.root / "moved.csv")
    assert "it cannot be read (No such file or directory)" in store.fail("training-set", "--again", "1")
    (store.root / "moved.csv").write_text(text)
    assert store.json("training-set", "--again", "1", "--entities", "moved.csv")["isIdentical"] is True


def test_compacted_snapshots_are_refused(store):
    make(store, "--as-of", "1")
    make(store)
    store.run("compact", "--keep", "0s", "--full")
    message = store.fail("training-set", "--again", "1")
    assert "training set 1 cannot be made again: snapshot 1 of 'driver_stats' can no longer be read" in message
    assert [line.split()[-1] for line in store.run("training-sets").splitlines()[1:]] == ["no", "no"]
    assert "--again writes what was recorded; leave --as-of out" in store.fail(
        "training-set", "--again", "1", "--as-of", "1", status=2)
