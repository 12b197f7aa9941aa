"""fstore online stats, check, prune and copy, and fstore scan, as a person on call uses them."""
import csv
import io
import json
import random
import shutil
import struct

import pytest

from server_support import serving

DEFINITIONS = """
entities:
  driver: {join_keys: {driver_id: int64}}
  route: {join_keys: {city: string, line: int32}}
sources:
  hourly: {path: hourly/*.csv, timestamp: event_timestamp, created: created}
  routes: {path: routes/*.csv}
feature_views:
  stats:
    entities: [driver]
    source: hourly
    ttl: 7d
    features: {trips: int64, name: string, place: "float32[2]"}
  route_stats: {entities: [route], source: routes, features: {length: float64, open: bool}}
feature_services:
  model: {features: ["stats:*"]}
"""
MARK = 0x1122334455667788


def stats_rows(drivers, day, value):
    return "driver_id,event_timestamp,created,trips,name,place\n" + "".join(
        f'{driver},2024-01-{day:02}T00:00:00Z,2024-01-{day:02}T01:00:00Z,{value + driver},"driver {driver}","[1, 2.5]"\n'
        for driver in drivers)


@pytest.fixture
def filled(project):
    project.define(DEFINITIONS)
    for name in ("hourly", "routes"):
        (project.root / name).mkdir()
    (project.root / "hourly" / "1.csv").write_text(stats_rows(range(2000), 1, 0))
    (project.root / "hourly" / "2.csv").write_text(stats_rows(range(0, 2000, 3), 20, MARK))
    routes = [(city, line) for city in ("Berlin", "Bern", "Paris", "Zürich") for line in range(-5, 40)]
    random.Random(1).shuffle(routes)
    (project.root / "routes" / "1.csv").write_text(
        "city,line,length,open\n" + "".join(f"{city},{line},{line / 2},true\n" for city, line in routes))
    project.run("apply")
    project.run("ingest", "--all")
    project.run("materialize")
    return project


def damage(project, old: bytes, new: bytes):
    """Replaces bytes of the data file's last commit, as a bad disk would."""
    path = project.root / ".fstore" / "online" / "data.mdb"
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new))


def test_stats(filled):
    found = filled.json("online", "stats")
    views = {view["view"]: view for view in found["views"]}
    assert views["stats"]["rows"] == 2000 and views["route_stats"]["rows"] == 180
    assert views["stats"]["bytes"] >= 2000 * 50 and views["stats"]["depth"] >= 2
    assert found["fileBytes"] >= found["usedBytes"] + found["freeBytes"] and found["readers"] == 0
    said = filled.run("online", "stats")
    assert "stats" in said and "2,000" in said and "places" in said


def test_check_is_silent_about_what_is_right(filled):
    report = filled.json("online", "check")
    views = {view["view"]: view for view in report["views"]}
    assert views["stats"]["agreeing"] == views["stats"]["rows"] == 2000 and views["route_stats"]["agreeing"] == 180
    # Behind the history, and with rows that a push brought before.
    (filled.root / "hourly" / "3.csv").write_text(stats_rows(range(1990, 2010), 21, 5))
    (filled.root / "pushed.csv").write_text(stats_rows([7, 3000], 22, 9))
    filled.run("ingest", "stats")
    filled.run("push", "stats", "pushed.csv")
    stats = filled.json("online", "check", "stats")["views"][0]
    assert (stats["problemCount"], stats["waiting"], stats["leftOut"], stats["rows"]) == (0, 10, 10, 2001)
    assert "2,001 rows" in filled.run("online", "check", "stats", "--no-history")
    filled.run("materialize", "--full", "--from", "2024-01-15T00:00:00Z")
    stats = filled.json("online", "check", "stats")["views"][0]
    assert stats["problemCount"] == 0 and stats["leftOut"] > 1000


def test_check_finds_values_that_are_not_those_of_the_history(filled):
    damage(filled, struct.pack("<q", MARK + 3), struct.pack("<q", MARK + 4))
    done = filled.command("online", "check")
    assert done.returncode == 1
    assert "the row of key 3 has other values" in done.stdout and "--full stats" in done.stderr
    assert filled.command("online", "check", "--no-history").returncode == 0
    filled.run("materialize", "--full", "stats")
    filled.run("online", "check")


def test_check_finds_rows_that_are_gone_or_old(filled):
    (filled.root / "hourly" / "3.csv").write_text(stats_rows(range(2000), 25, 77))
    shutil.copytree(filled.root / ".fstore" / "online", filled.root / "old")
    filled.run("ingest", "stats")
    filled.run("materialize")
    # The rows of an older store with the new one's mark would be such; here a whole old store, whose mark is old as well.
    shutil.rmtree(filled.root / ".fstore" / "online")
    shutil.copytree(filled.root / "old", filled.root / ".fstore" / "online")
    stats = filled.json("online", "check", "stats")["views"][0]
    assert stats["waiting"] == 2000 and stats["problemCount"] == 0


def test_check_finds_damaged_pages(filled):
    path = filled.root / ".fstore" / "online" / "data.mdb"
    whole = path.read_bytes()
    rng = random.Random(5)
    found = 0
    for _ in range(12):
        data = bytearray(whole)
        page = rng.randrange(2, len(data) // 4096) * 4096
        for _ in range(6):
            data[page + rng.randrange(0, 48)] = rng.randrange(256)
        path.write_bytes(data)
        done = filled.command("online", "check")
        assert done.returncode in (0, 1) and "Fatal" not in done.stderr, done.stderr
        found += done.returncode
    assert found > 4
    path.write_bytes(whole)
    filled.run("online", "check")


def test_prune_removes_what_is_too_old_to_be_served(filled):
    before = filled.json("get", "model", "driver_id=3", "--at", "2024-01-22T00:00:00Z")
    summary = filled.json("online", "prune", "--at", "2024-01-22T00:00:00Z")["views"]
    assert [(view["view"], view["rowsRemoved"], view["rowsLeft"]) for view in summary] == [("stats", 1333, 667)]
    assert filled.json("get", "model", "driver_id=3", "--at", "2024-01-22T00:00:00Z") == before
    gone = filled.json("get", "model", "driver_id=4", "--at", "2024-01-22T00:00:00Z")["features"]["trips"]
    assert (gone["value"], gone["status"]) == (None, "NOT_FOUND")
    stats = filled.json("online", "check", "stats")["views"][0]
    assert (stats["problemCount"], stats["leftOut"]) == (0, 1333)
    assert "0 rows removed" in filled.run("online", "prune", "--at", "2024-01-22T00:00:00Z")
    assert "route_stats" in filled.fail("online", "prune", "route_stat")


def test_prune_removes_views_that_are_no_more(filled):
    filled.define(DEFINITIONS[:DEFINITIONS.index("  route_stats")] + DEFINITIONS[DEFINITIONS.index("feature_services"):])
    filled.run("apply", "--allow-removal")
    assert "no longer defined" in filled.run("online", "stats")
    assert "route_stats: no longer defined; its 180 rows removed" in filled.run("online", "prune")
    assert [view["view"] for view in filled.json("online", "stats")["views"]] == ["stats"]
    filled.run("online", "check")


def test_a_copy_serves_elsewhere(filled, tmp_path_factory):
    folder = tmp_path_factory.mktemp("elsewhere")
    copy = folder / "copy"
    assert "2,180 rows of 2 views" in filled.run("online", "copy", copy)
    ask = ("get", "model", "driver_id=9", "--at", "2024-01-21T00:00:00Z")
    expected = filled.json(*ask)
    shutil.move(filled.root / ".fstore", folder / "gone")
    filled.root = copy
    assert filled.json(*ask) == expected and expected["features"]["trips"]["value"] == MARK + 9
    assert filled.json("online", "check", "--no-history")["problems"] == []
    assert filled.json("list")
    with serving(copy) as server:
        answer = server.post("/get-online-features", {"feature_service": "model", "entities": {"driver_id": [9]}})
        assert len(answer["results"]) == 4
    # What is ingested there is newer than all that came along.
    (copy / "hourly").mkdir()
    (copy / "hourly" / "9.csv").write_text(stats_rows([9], 28, 1))
    filled.run("ingest", "stats")
    filled.run("materialize", "stats")
    assert filled.json("get", "model", "driver_id=9")["features"]["trips"]["status"] == "OUTSIDE_MAX_AGE"
    assert filled.run("scan", "stats", "driver_id=9").splitlines()[1].split(",")[3] == "10"


def test_a_copy_is_whole_or_not_there(filled, tmp_path_factory):
    folder = tmp_path_factory.mktemp("elsewhere")
    (folder / "taken").mkdir()
    assert "exists already" in filled.fail("online", "copy", folder / "taken")
    assert filled.fail("online", "copy", "/proc/none/copy").count("\n") == 0
    assert "name one folder" in filled.fail("online", "copy", status=2)
    assert "ACTION takes" in filled.fail("online", "copies", status=2)
    assert [path.name for path in folder.iterdir()] == ["taken"]


def test_scan_gives_rows_in_the_order_of_keys(filled, tmp_path):
    pq = pytest.importorskip("pyarrow.parquet")
    rows = list(csv.DictReader(io.StringIO(filled.run("scan", "route_stats"))))
    routes = [(row["city"], int(row["line"])) for row in rows]
    assert len(routes) == 180 and routes == sorted(routes, key=lambda route: (route[0].encode(), route[1]))
    berlin = list(csv.DictReader(io.StringIO(filled.run("scan", "route_stats", "city=Berlin"))))
    assert [int(row["line"]) for row in berlin] == list(range(-5, 40))
    assert filled.run("scan", "route_stats", "city=Ber").count("\n") == 1
    assert filled.run("scan", "route_stats", "city=Paris", "line=7").splitlines()[1:] == ["Paris,7,3.5,true"]
    lines = [json.loads(line) for line in filled.run("scan", "stats", "--limit", "3", "--format", "json").splitlines()]
    assert [line["driver_id"] for line in lines] == [0, 1, 2]
    assert lines[1] == {
        "driver_id": 1, "event_timestamp": "2024-01-01T00:00:00Z", "created_timestamp": "2024-01-01T01:00:00Z",
        "trips": 1, "name": "driver 1", "place": [1.0, 2.5]}
    out = tmp_path / "stats.parquet"
    assert filled.json("scan", "stats", "--out", out)["rows"] == 2000
    table = pq.read_table(out)
    assert table["driver_id"].to_pylist() == list(range(2000)) and table["trips"][3].as_py() == MARK + 3
    filled.run("scan", "stats", "--out", tmp_path / "stats.csv.gz", "--limit", "5")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".") and path.name != ".fstore"] == []


def test_scan_refuses_what_it_cannot_do(filled):
    assert "did you mean 'city'" in filled.fail("scan", "route_stats", "cty=Berlin")
    assert "add city=" in filled.fail("scan", "route_stats", "line=3")
    assert "does not fit the join key line of type int32" in filled.fail("scan", "route_stats", "city=a", "line=x")
    assert "did you mean 'stats'" in filled.fail("scan", "stat")
    assert "csv or json" in filled.fail("scan", "stats", "--format", "xml", status=2)
    assert "name it .parquet" in filled.fail("scan", "stats", "--out", "rows.txt")
    shutil.rmtree(filled.root / ".fstore" / "online")
    assert "materialize" in filled.fail("scan", "stats")
    assert "nothing is online yet" in filled.fail("online", "stats")


def test_scan_holds_no_more_than_a_batch_in_memory(project):
    """A million rows take no more memory than a few."""
    resource = pytest.importorskip("resource")
    project.define(DEFINITIONS)
    (project.root / "routes").mkdir()
    with open(project.root / "routes" / "1.csv", "w") as file:
        file.write("city,line,length,open\n")
        for number in range(300_000):
            file.write(f"city-{number // 10},{number % 10},1,true\n")
    project.run("apply")
    project.run("ingest", "route_stats")
    project.run("materialize", "route_stats")
    limit = 192 << 20
    done = project.command(
        "scan", "route_stats", "--out", "all.csv",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (limit, limit)))
    assert done.returncode == 0, done.stderr
    assert (project.root / "all.csv").read_text().count("\n") == 300_001
