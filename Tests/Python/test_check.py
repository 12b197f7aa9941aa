"""`fstore check`: damage that is done to real files is found, named, and repaired where it can be."""
import json
import os
import sqlite3
import threading

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

VIEWS = """
    entities:
      driver: {join_keys: {driver_id: int64}}
    sources:
      stats: {path: data/stats-*.csv, timestamp: event_timestamp, created: created}
      plain: {path: data/plain.csv, timestamp: event_timestamp}
    feature_views:
      stats: {entities: [driver], source: stats, features: {rate: int64, name: string}}
      plain: {entities: [driver], source: plain, features: {size: float64}}
    feature_services:
      drivers: {features: ["stats:*"]}
"""
# No other value has these bytes.
GREATEST = 0x1122334455667788


def write_stats(project, number):
    (project.root / "data" / f"stats-{number}.csv").write_text("driver_id,event_timestamp,created,rate,name\n" + "".join(
        f"{d},2024-01-0{day},2024-01-0{day},{GREATEST if (d, day) == (7, 2) else number},n{d}\n"
        for d in range(20) for day in (1, 2, 3)))


@pytest.fixture
def store(project):
    project.define(VIEWS)
    (project.root / "data").mkdir()
    (project.root / "data" / "plain.csv").write_text("driver_id,event_timestamp,size\n1,2024-01-01,0.5\n")
    project.run("apply")
    for number in (1, 2, 3):
        write_stats(project, number)
        project.run("ingest", "--all")
    project.run("materialize")
    (project.root / "rows.csv").write_text(
        "driver_id,event_timestamp\n" + "".join(f"{d},2024-01-05\n" for d in range(20)))
    return project


def segments(project, view="stats"):
    return sorted((project.root / ".fstore" / "offline" / view).glob("*.parquet"))


def catalog(project, sql, *values):
    with sqlite3.connect(project.root / ".fstore" / "catalog.sqlite") as database:
        return database.execute(sql, values).fetchall()


def check(project, *arguments, status=0):
    done = project.command("check", "--json", *arguments)
    assert done.returncode == status, done.stdout + done.stderr
    return json.loads(done.stdout)


def problems(report):
    return [(p["place"], p.get("kind")) for p in report["problems"]]


def found(project):
    project.run("training-set", "drivers", "--entities", "rows.csv", "--out", "out.csv")
    return [line.split(",")[2] for line in (project.root / "out.csv").read_text().splitlines()[1:]]


def change(path, position, byte=None):
    content = bytearray(path.read_bytes())
    content[position] = content[position] ^ 0x40 if byte is None else byte
    path.write_bytes(content)


def test_a_sound_store_is_sound(store):
    store.run("compact", "stats", "--full")
    report = check(store)
    assert report["problems"] == [] and report["orphansSought"] is True
    views = {v["view"]: v for v in report["views"]}
    assert views["stats"]["rows"] == 180 and views["stats"]["olderSegments"] == 3 and views["stats"]["rowsOnline"] == 20
    assert all(v["withoutChecksum"] == 0 for v in views.values())
    assert "All is well" in store.run("check")
    assert [v["view"] for v in check(store, "plain", "--quick")["views"]] == ["plain"]
    assert "did you mean 'stats'" in store.fail("check", "statz")


@pytest.mark.parametrize("kind,damage", [
    ("checksum", lambda path: change(path, path.stat().st_size // 2)),
    ("size", lambda path: path.write_bytes(path.read_bytes()[:-100])),
    ("size", lambda path: path.write_bytes(path.read_bytes() + b"x")),
    ("missing", lambda path: path.unlink()),
    ("size", lambda path: path.write_bytes(b"")),
])
def test_damage_is_named_and_the_file_set_aside(store, kind, damage):
    before = found(store)
    first, second, third = segments(store)
    damage(second)
    report = check(store, status=1)
    assert problems(report) == [("segment", kind)]
    assert report["problems"][0]["file"] == f".fstore/offline/stats/{second.name}"
    assert "--repair" in report["problems"][0]["advice"]
    assert second.name in store.command("check").stdout
    repaired = check(store, "--repair")["problems"][0]
    # The rows of one file were in it, and just that one is read again.
    assert repaired["filesToIngest"] == ["data/stats-2.csv"]
    aside = store.root / ".fstore" / "quarantine" / f"stats-{second.name}"
    assert aside.exists() == (kind != "missing")
    assert check(store)["problems"] == [] and segments(store) == [first, third]
    reasons = {s["id"]: [u["reason"] for u in s["unreadable"]] for s in store.json("snapshots", "stats")["snapshots"]}
    # Made by the first ingestion, and by the repair; not those in between, which held the file.
    assert sorted(i for i, reason in reasons.items() if not reason) == [min(reasons), max(reasons)]
    assert "damaged or missing" in store.fail("training-set", "--again", "1", "--out", "x.csv")
    ingested = {v["view"]: v["rows"] for v in store.json("ingest", "--all")["views"]}
    assert ingested == {"stats": 60, "plain": 0}
    # What is read again counts as what came last.
    assert before == ["3"] * 20 and found(store) == ["2"] * 20


def without_checksums(store):
    catalog(store, "UPDATE segments SET checksum = NULL")


def test_a_segment_without_a_checksum_gets_one(store):
    written = catalog(store, "SELECT id, checksum FROM segments ORDER BY id")
    without_checksums(store)
    assert sum(v["withoutChecksum"] for v in check(store)["views"]) == 4
    assert "--repair adds it" in store.run("check")
    assert check(store, "--repair")["checksumsAdded"] == 4
    assert catalog(store, "SELECT id, checksum FROM segments ORDER BY id") == written


def test_an_unreadable_footer_is_found_without_a_checksum(store):
    without_checksums(store)
    path = segments(store)[0]
    change(path, path.stat().st_size - 6, 0xff)
    assert problems(check(store, status=1)) == [("segment", "unreadable")]
    assert problems(check(store, "--quick", status=1)) == [("segment", "unreadable")]


def test_statistics_that_lie_are_found(store):
    without_checksums(store)
    path = segments(store)[0]
    content = path.read_bytes()
    length = int.from_bytes(content[-8:-4], "little")
    value = GREATEST.to_bytes(8, "little")
    place = content.find(value, len(content) - 8 - length)
    assert place > 0
    path.write_bytes(content[:place] + (GREATEST - 1).to_bytes(8, "little") + content[place + 8:])
    report = check(store, status=1)
    assert problems(report) == [("segment", "statistics")]
    assert "'rate'" in report["problems"][0]["problem"] and str(GREATEST) in report["problems"][0]["problem"]
    # In the page index, which lies before the footer.
    where = content.rfind(value, 0, len(content) - 8 - length)
    path.write_bytes(content[:where] + (GREATEST - 1).to_bytes(8, "little") + content[where + 8:])
    assert problems(check(store, status=1)) == [("segment", "statistics")]


def rewrite(store, path, change_rows):
    """The file with other rows in it, as a writer with a mistake would leave it."""
    table = pq.read_table(path)
    rows = table.to_pylist()
    change_rows(rows)
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), path)
    catalog(store, "UPDATE segments SET checksum = NULL, bytes = ?, rows = ? WHERE file = ?",
            path.stat().st_size, len(rows), path.name)


def swap(rows, a, b):
    rows[a], rows[b] = rows[b], rows[a]


@pytest.mark.parametrize("change_rows,kind", [
    (lambda rows: swap(rows, 3, 4), "order"),
    (lambda rows: swap(rows, 2, 3), "order"),
    (lambda rows: rows.pop(), None),
    (lambda rows: [row.update(event_timestamp=rows[1]["event_timestamp"]) for row in rows], "order"),
])
def test_rows_out_of_order_are_found(store, change_rows, kind):
    path = segments(store)[0]
    rewrite(store, path, change_rows)
    report = check(store, status=1 if kind else 0)
    assert problems(report) == ([("segment", kind)] if kind else [])


def test_a_damaged_merge_is_replaced_by_what_it_was_made_of(store):
    before = found(store)
    store.run("compact", "stats", "--full")
    made = store.json("training-set", "drivers", "--entities", "rows.csv", "--out", "a.csv")
    merged = [file for (file,) in catalog(
        store, "SELECT file FROM segments WHERE view = 'stats' AND removed_in IS NULL")]
    assert len(merged) == 1
    change(store.root / ".fstore" / "offline" / "stats" / merged[0], 500)
    repaired = check(store, "--repair")["problems"][0]
    assert "nothing is lost" in repaired["repair"] and repaired["filesToIngest"] == []
    assert found(store) == before
    again = store.json("training-set", "--again", str(made["id"]), "--out", "again.csv")
    assert again["isIdentical"] is True
    assert check(store)["problems"] == []
    # Where one of the sources is damaged too, that way is closed.
    store.run("compact", "stats", "--full")
    for path in segments(store):
        change(path, 500)
    repaired = check(store, "--repair")
    assert len(repaired["problems"]) == 4 and all(p["repair"] for p in repaired["problems"])
    assert check(store)["problems"] == [] and segments(store) == []
    assert [v["rows"] for v in store.json("ingest", "stats")["views"]] == [180]
    assert found(store) == before


def test_an_old_file_that_only_old_snapshots_list_costs_only_these(store):
    store.run("compact", "stats", "--full")
    before = found(store)
    old = segments(store)[0]
    listed = [file for (file,) in catalog(store, "SELECT file FROM segments WHERE removed_in IS NOT NULL")]
    old = store.root / ".fstore" / "offline" / "stats" / listed[0]
    change(old, 300)
    repaired = check(store, "--repair")["problems"][0]
    assert "only snapshots" in repaired["repair"] and repaired["filesToIngest"] == []
    assert found(store) == before and check(store)["problems"] == []


def test_orphans_are_told_and_removed(store):
    folder = store.root / ".fstore" / "offline" / "stats"
    (folder / "0000000009-00000000.parquet").write_bytes(b"left behind")
    (folder / ".0000000009-00000000.parquet.partial").write_bytes(b"cut off")
    (folder.parent / "gone").mkdir()
    (folder.parent / "gone" / "0000000001-00000000.parquet").write_bytes(b"x")
    report = check(store)
    assert problems(report) == [("orphan", None)] * 3
    assert all(p.get("repair") for p in check(store, "--repair")["problems"])
    assert check(store)["problems"] == [] and len(segments(store)) == 3


def test_a_lost_catalog_is_no_reason_to_remove_history(store):
    for name in ("catalog.sqlite", "catalog.sqlite-wal", "catalog.sqlite-shm"):
        (store.root / ".fstore" / name).unlink(missing_ok=True)
    report = check(store, "--repair", status=1)
    assert problems(report) == [("catalog", None)] * 2 and "backup" in report["problems"][0]["advice"]
    assert len(segments(store)) == 3


def test_a_damaged_catalog_is_told(store):
    store.run("check")
    path = store.root / ".fstore" / "catalog.sqlite"
    catalog(store, "PRAGMA wal_checkpoint(TRUNCATE)")
    catalog(store, "PRAGMA writable_schema=1")
    root = catalog(store, "SELECT rootpage FROM sqlite_master WHERE name = 'segments_by_view'")[0][0]
    content = bytearray(path.read_bytes())
    # An index without its entries.
    start = (root - 1) * 4096
    content[start + 3:start + 5] = b"\x00\x00"
    path.write_bytes(content)
    done = store.command("check", "--json")
    assert done.returncode == 1
    assert "segments_by_view" in done.stdout or "catalog" in done.stderr


def test_a_damaged_push_is_set_aside(store):
    (store.root / "push.csv").write_text("driver_id,event_timestamp,created,rate,name\n5,2024-01-04,2024-01-04,9,x\n")
    store.run("push", "stats", "push.csv")
    (store.root / "push.csv").write_text("driver_id,event_timestamp,created,rate,name\n6,2024-01-04,2024-01-04,8,x\n")
    store.run("push", "stats", "push.csv")
    assert check(store)["views"][0]["rowsPushed"] == 2
    catalog(store, "UPDATE hot_log SET payload = zeroblob(length(payload)) WHERE sequence = (SELECT min(sequence) FROM hot_log)")
    assert problems(check(store, status=1)) == [("push", None)]
    repaired = check(store, "--repair")["problems"][0]
    assert "pushed again" in repaired["repair"]
    assert check(store)["problems"] == []
    assert found(store)[6] == "8" and found(store)[5] == "3"
    store.run("compact", "--full")
    assert found(store)[6] == "8"


def test_an_online_store_of_another_time_is_told(store):
    with_more = (store.root / ".fstore" / "online" / "data.mdb").read_bytes()
    assert with_more
    catalog(store, "UPDATE sequences SET last = 1 WHERE view = 'stats'")
    report = check(store, status=1)
    assert problems(report) == [("online", None)] and "--full" in report["problems"][0]["advice"]


def test_a_damaged_online_store_is_told(store):
    path = store.root / ".fstore" / "online" / "data.mdb"
    content = path.read_bytes()
    # All pages behind the two that say where the trees begin.
    path.write_bytes(content[:8192] + bytes(len(content) - 8192))
    report = check(store, status=1)
    assert {place for place, _ in problems(report)} == {"online"} and "damaged" in report["problems"][0]["problem"]


def test_a_file_that_may_not_be_read_is_left_alone(store):
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    path = segments(store)[0]
    path.chmod(0)
    assert problems(check(store, "--repair", status=1)) == [("segment", "inaccessible")]
    path.chmod(0o644)
    assert check(store)["problems"] == []


def test_others_write_while_it_checks(store):
    stop = threading.Event()

    def write():
        number = 10
        while not stop.is_set():
            write_stats(store, number)
            store.command("ingest", "stats")
            store.command("compact", "stats", "--keep", "0s", "--full")
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(10):
            assert check(store)["problems"] == []
    finally:
        stop.set()
        writer.join()
