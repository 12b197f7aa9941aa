"""Deletion: a person's rows go from everywhere, stay away, are audited, and survive kill -9 in the middle of it."""
import random
import signal
import subprocess
import time

import pyarrow.parquet as pq
import pytest

from conftest import FSTORE

VIEWS = """
    entities:
      driver: {join_keys: {driver_id: int64}}
      city: {join_keys: {city: string}}
    sources:
      stats: {path: data/stats-*.csv, timestamp: event_timestamp}
      both: {path: data/both.csv, timestamp: event_timestamp}
      cities: {path: data/cities.csv, timestamp: event_timestamp}
    feature_views:
      stats: {entities: [driver], source: stats, features: {rate: float64}}
      both: {entities: [driver, city], source: both, features: {visits: int64}}
      cities: {entities: [city], source: cities, features: {size: int64}}
    feature_services:
      drivers: {features: ["stats:*"]}
      visits: {features: ["both:*"]}
      sizes: {features: ["cities:*"]}
"""


def write_stats(project, number, drivers):
    (project.root / "data" / f"stats-{number}.csv").write_text("driver_id,event_timestamp,rate\n" + "".join(
        f"{driver},2024-01-0{day},{number}.5\n" for driver in drivers for day in (1, 2)))


@pytest.fixture
def store(project):
    project.define(VIEWS)
    (project.root / "data").mkdir()
    write_stats(project, 1, range(2, 20))
    (project.root / "data" / "both.csv").write_text("driver_id,city,event_timestamp,visits\n" + "".join(
        f"{driver},{city},2024-01-01,{driver}\n" for driver in range(20) for city in ("Berlin", "Bonn")))
    (project.root / "data" / "cities.csv").write_text("city,event_timestamp,size\nBerlin,2024-01-01,3\n")
    (project.root / "rows.csv").write_text(
        "driver_id,city,event_timestamp\n" + "".join(f"{d},{c},2024-01-05\n" for d in range(20) for c in ("Berlin", "Bonn")))
    project.run("apply")
    project.run("ingest", "--all")
    write_stats(project, 2, range(20))
    project.run("ingest", "stats")
    project.run("materialize")
    return project


def held(project):
    """The drivers of which history has rows, in the files themselves, by view."""
    folder = project.root / ".fstore" / "offline"
    return {view: {d for path in (folder / view).glob("*.parquet") for d in pq.read_table(path)["driver_id"].to_pylist()}
            for view in ("stats", "both")}


def found(project, service):
    """The drivers that a training set finds."""
    project.run("training-set", service, "--entities", "rows.csv", "--out", "found.csv")
    lines = [line.split(",") for line in (project.root / "found.csv").read_text().splitlines()[1:]]
    return {int(line[0]) for line in lines if line[3]}


def online(project, service, *keys):
    features = project.json("get", service, *keys, "--at", "2024-01-05")["features"]
    return {value["status"] for value in features.values()}


def test_a_persons_rows_go_from_everywhere(store):
    before = store.json("delete", "--all-views", "driver_id=7", "--dry-run")
    assert before["isDryRun"] and "id" not in before
    counts = {v["view"]: (v["rows"], v["rowsPushed"], v["rowsOnline"]) for v in before["views"]}
    assert counts == {"stats": (4, 0, 1), "both": (2, 0, 2)}
    assert 7 in held(store)["stats"]
    done = store.json("delete", "--all-views", "driver_id=7", "--reason", "request 17")
    assert {v["view"]: (v["rows"], v["rowsPushed"], v["rowsOnline"]) for v in done["views"]} == counts
    assert held(store) == {"stats": set(range(20)) - {7}, "both": set(range(20)) - {7}}
    assert found(store, "drivers") == found(store, "visits") == set(range(20)) - {7}
    assert online(store, "drivers", "driver_id=7") == {"NOT_FOUND"}
    assert online(store, "visits", "driver_id=7", "city=Bonn") == {"NOT_FOUND"}
    assert online(store, "drivers", "driver_id=8") == {"PRESENT"}
    store.run("materialize", "--full")
    assert online(store, "drivers", "driver_id=7") == {"NOT_FOUND"}


def test_one_view_and_whole_or_partial_keys(store):
    store.run("delete", "both", "driver_id=3", "city=Bonn")
    assert online(store, "visits", "driver_id=3", "city=Bonn") == {"NOT_FOUND"}
    assert online(store, "visits", "driver_id=3", "city=Berlin") == {"PRESENT"}
    assert store.json("delete", "both", "city=Bonn")["views"][0]["rows"] == 19
    assert found(store, "drivers") == set(range(20))
    assert store.json("get", "sizes", "city=Berlin", "--at", "2024-01-05")["features"]["size"]["value"] == 3


def test_old_snapshots_say_so_and_only_those_that_held_the_rows(store):
    make = ["training-set", "drivers", "--entities", "rows.csv", "--out"]
    store.run(*make, "before.csv", "--as-of", "3")
    held_them = store.json(*make, "held.csv")
    # Driver 1 came with the second ingestion of stats, which made the fourth snapshot.
    done = store.json("delete", "stats", "driver_id=1")
    assert done["trainingSets"] == [held_them["id"]]
    lost = {s["id"]: [u["reason"] for u in s["unreadable"]] for s in store.json("snapshots", "stats")["snapshots"]}
    assert [reasons for _, reasons in sorted(lost.items())][-2:] == [["deleted (deletion 1)"], []]
    assert store.json("training-set", "--again", "1", "--out", "again.csv")["isIdentical"] is True
    message = store.fail("training-set", "--again", "2", "--out", "again.csv")
    assert "it held rows that were deleted (deletion 1)" in message
    assert "deleted" in store.fail(*make, "x.csv", "--as-of", str(held_them["snapshot"]))


def test_a_compacted_old_file_is_removed_too(store):
    store.run("compact", "--full")
    files = len(list((store.root / ".fstore" / "offline" / "stats").glob("*.parquet")))
    store.run("delete", "stats", "driver_id=5")
    assert files == 3 and 5 not in held(store)["stats"]
    assert found(store, "drivers") == set(range(20)) - {5}


def test_a_changed_file_does_not_bring_the_rows_back(store):
    store.run("delete", "--all-views", "driver_id=7")
    write_stats(store, 1, range(15))
    summary = store.json("ingest", "stats")["views"][0]
    assert summary["rowsBarred"] == 2 and summary["rows"] == 28
    assert 7 not in held(store)["stats"]
    (store.root / "more.csv").write_text("driver_id,event_timestamp,rate\n7,2024-01-04,1\n8,2024-01-04,1\n")
    assert "1 row of deleted keys left out" in store.run("ingest", "stats", "--from", "more.csv")
    # A view that is defined later has no other memory.
    store.define(VIEWS.replace("      cities: {entities", "      later: {entities: [driver], source: stats, features: {rate: float64}}\n      cities: {entities"))
    store.run("apply")
    assert store.json("ingest", "later")["views"][0]["rowsBarred"] == 4
    assert store.json("delete", "--all-views", "driver_id=7", "--allow-return")["views"][0]["rows"] == 0
    store.run("ingest", "stats", "--from", "more.csv")
    assert 7 in held(store)["stats"]


def test_pushed_rows_go_and_stay_away(store):
    (store.root / "push.csv").write_text("driver_id,event_timestamp,rate\n" + "".join(
        f"{d},2024-01-04,9\n" for d in (7, 8, 700)))
    store.run("push", "stats", "push.csv")
    make = ["training-set", "drivers", "--entities", "rows.csv", "--out"]
    pushed = store.json(*make, "pushed.csv")
    done = store.json("delete", "stats", "driver_id=700")
    assert done["views"] == [{"view": "stats", "rows": 0, "rowsPushed": 1, "rowsOnline": 1}]
    assert pushed["id"] in done["trainingSets"]
    assert online(store, "drivers", "driver_id=700") == {"NOT_FOUND"}
    assert online(store, "drivers", "driver_id=8") == {"PRESENT"}
    assert store.json("push", "stats", "push.csv")["rowsBarred"] == 1
    assert online(store, "drivers", "driver_id=700") == {"NOT_FOUND"}
    (store.root / "only.csv").write_text("driver_id,event_timestamp,rate\n700,2024-01-04,9\n")
    assert store.json("push", "stats", "only.csv")["rowsBarred"] == 1
    store.run("delete", "stats", "driver_id=7")
    assert found(store, "drivers") == set(range(20)) - {7}
    store.run("compact", "--full")
    assert found(store, "drivers") == set(range(20)) - {7} and not held(store)["stats"] & {7, 700}
    store.run("delete", "stats", "driver_id=8")
    assert 8 not in held(store)["stats"]


def test_the_audit_tells_all_but_the_key(store):
    assert "No deletions." in store.run("deletions")
    store.run("delete", "--all-views", "driver_id=17", "--reason", "request 17b")
    store.run("delete", "both", "city=Bonn", "--allow-return")
    newest, first = store.json("deletions")["deletions"]
    assert first["keys"] == ["driver_id"] and first["reason"] == "request 17b" and not first["mayReturn"]
    assert "view" not in first and first["finished"] and first["by"]
    assert {v["view"]: v["rows"] for v in first["views"]} == {"stats": 4, "both": 2}
    assert newest["view"] == "both" and newest["mayReturn"]
    assert [d["id"] for d in store.json("deletions", "driver_id=17")["deletions"]] == [1]
    assert store.json("deletions", "driver_id=18")["deletions"] == []
    # Neither the audit nor the write-ahead log has the name of the city that was deleted.
    for path in (store.root / ".fstore").glob("catalog.sqlite*"):
        assert b"Bonn" not in path.read_bytes()


def test_a_removed_view_is_searched_too(store):
    store.define(VIEWS.replace("      both: {entities: [driver, city], source: both, features: {visits: int64}}\n", "")
                 .replace('      visits: {features: ["both:*"]}\n', ""))
    store.run("apply", "--allow-removal")
    assert {v["view"] for v in store.json("delete", "--all-views", "driver_id=3")["views"]} == {"stats", "both"}
    assert 3 not in held(store)["both"]
    store.run("delete", "both", "driver_id=4")
    assert 4 not in held(store)["both"]


def test_quarantine_files_are_named(store):
    (store.root / "bad.csv").write_text("driver_id,event_timestamp,rate\n12345,2024-01-01,x\n8,2024-01-01,1\n")
    store.run("ingest", "stats", "--from", "bad.csv", "--on-error", "quarantine")
    files = store.json("delete", "stats", "driver_id=12345")["quarantineFiles"]
    assert len(files) == 1 and "quarantine/stats-" in files[0]
    assert store.json("delete", "stats", "driver_id=99999")["quarantineFiles"] == []


@pytest.mark.parametrize("arguments,status,needle", [
    (["stats"], 1, "no key is given"),
    (["driver_id=1"], 2, "name one view, or give --all-views"),
    (["stats", "--all-views", "driver_id=1"], 2, "name one view, or give --all-views"),
    (["stats", "driver=1"], 1, "did you mean 'driver_id'"),
    (["stats", "driver_id=x"], 1, "'x' does not fit driver_id of 'stats', which is int64"),
    (["statz", "driver_id=1"], 1, "did you mean 'stats'"),
    (["stats", "driver_id=1", "driver_id=2"], 2, "given twice"),
])
def test_wrong_uses_are_told_and_remove_nothing(store, arguments, status, needle):
    before = store.files()
    assert needle in store.fail("delete", *arguments, status=status)
    assert store.files() == before and store.json("deletions")["deletions"] == []


@pytest.mark.parametrize("seed", range(4))
def test_a_killed_deletion_is_finished_by_running_it_again(store, seed):
    rng = random.Random(seed)
    for number in range(3, 6):
        write_stats(store, number, range(20))
        store.run("ingest", "stats")
    for driver in range(6):
        process = subprocess.Popen(
            [FSTORE, "delete", "--all-views", f"driver_id={driver}"], cwd=store.root,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(rng.random() * 0.06)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        # Whatever was done of it: history is whole, with all rows of the driver or with none.
        seen = found(store, "drivers")
        assert seen in (set(range(driver, 20)), set(range(driver + 1, 20))), f"seed {seed}"
        if process.returncode == 0:
            assert seen == set(range(driver + 1, 20))
        store.run("delete", "--all-views", f"driver_id={driver}")
        assert held(store) == {view: set(range(driver + 1, 20)) for view in ("stats", "both")}, f"seed {seed}"
        assert online(store, "drivers", f"driver_id={driver}") == {"NOT_FOUND"}
    assert all(d.get("finished") for d in store.json("deletions")["deletions"])
    assert not list((store.root / ".fstore" / "offline").rglob("*.partial"))
