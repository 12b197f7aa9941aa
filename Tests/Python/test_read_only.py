"""A user who may not write to a project makes training sets and reads online, while others write."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import threading

import pytest

from conftest import FSTORE, Project
from server_support import serving

NOBODY = 65534
DEFINITIONS = """
entities:
  driver: {join_keys: {driver_id: int64}}
sources:
  hourly: {path: data/*.csv, timestamp: event_timestamp}
feature_views:
  stats: {entities: [driver], source: hourly, features: {trips: int64, city: string}}
feature_services:
  model: {features: ["stats:*"]}
"""


def rows(value):
    return "driver_id,event_timestamp,trips,city\n" + "".join(
        f"{driver},2024-01-01T00:00:0{value % 10}Z,{value},city {value}\n" for driver in range(200))


class Reader(Project):
    """Commands of a user who may read the project and not write to it."""

    def command(self, *arguments, **options):
        if os.getuid() == 0:
            options |= {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        return super().command(*arguments, **options)

    def __init__(self, root):
        self.root = root


@pytest.fixture
def projects():
    """The writer's and the reader's view of one project, in a folder that everybody may enter."""
    folder = pathlib.Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    writer = Project(folder / "project")
    writer.define(DEFINITIONS)
    (writer.root / "data").mkdir()
    (writer.root / "data" / "1.csv").write_text(rows(1))
    (writer.root / "entities.csv").write_text("driver_id,event_timestamp\n3,2024-02-01T00:00:00Z\n")
    for verb in (["apply"], ["ingest", "--all"], ["materialize"]):
        writer.run(*verb)
    if os.getuid() != 0:
        for path in writer.root.rglob("*"):
            path.chmod(0o555 if path.is_dir() else 0o444)
    yield writer, Reader(writer.root)
    if os.getuid() != 0:
        for path in writer.root.rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)
    shutil.rmtree(folder)


def outputs():
    folder = pathlib.Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    return folder


def test_reads_and_makes_training_sets(projects):
    _, reader = projects
    answer = reader.json("get", "model", "driver_id=3")
    assert answer["features"]["trips"]["value"] == 1 and answer["features"]["city"]["value"] == "city 1"
    out = outputs() / "set.csv"
    said = reader.run("training-set", "model", "--entities", "entities.csv", "--out", str(out))
    assert "not recorded: you may not write to the project" in said
    assert out.read_text().splitlines()[1].startswith("3,2024-02-01T00:00:00Z,1,")
    assert "id" not in reader.json("training-set", "model", "--entities", "entities.csv", "--out", str(out))
    assert "stats" in reader.run("list") and "200 keys" in reader.run("describe", "stats")


def test_writing_is_refused_with_a_sentence(projects):
    _, reader = projects
    for verb in (["apply"], ["ingest", "--all"], ["materialize"], ["compact"], ["push", "stats", "data/1.csv"]):
        refusal = reader.fail(*verb)
        assert "cannot be written" in refusal and "permissions" in refusal, refusal


@pytest.mark.skipif(os.getuid() != 0, reason="needs two users")
def test_sees_what_others_write(projects):
    writer, reader = projects
    (writer.root / "data" / "2.csv").write_text(rows(2))
    writer.run("ingest", "--all")
    writer.run("materialize")
    assert reader.json("get", "model", "driver_id=7")["features"]["trips"]["value"] == 2
    (writer.root / "pushed.csv").write_text(rows(3))
    writer.run("push", "stats", "pushed.csv")
    assert reader.json("get", "model", "driver_id=7")["features"]["city"]["value"] == "city 3"
    out = outputs() / "set.csv"
    reader.run("training-set", "model", "--entities", "entities.csv", "--out", str(out))
    assert out.read_text().splitlines()[1].startswith("3,2024-02-01T00:00:00Z,3,")


@pytest.mark.skipif(os.getuid() != 0, reason="needs two users")
def test_reads_while_others_write(projects):
    """What is read is of one commit: the number and the text of a row agree."""
    writer, reader = projects
    ending = threading.Event()
    failures = []

    def write():
        value = 4
        while not ending.is_set():
            (writer.root / "pushed.csv").write_text(rows(value))
            done = writer.command("push", "stats", "pushed.csv")
            if done.returncode != 0:
                failures.append(done.stderr)
            value += 1

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for _ in range(25):
            features = reader.json("get", "model", "driver_id=7")["features"]
            assert features["city"]["value"] == f"city {features['trips']['value']}"
            reader.run("list")
    finally:
        ending.set()
        thread.join()
    assert failures == []


@pytest.mark.skipif(os.getuid() != 0, reason="needs two users")
def test_serves(projects, monkeypatch):
    writer, reader = projects
    popen = subprocess.Popen
    monkeypatch.setattr(
        subprocess, "Popen", lambda *a, **o: popen(*a, **o, user=NOBODY, group=NOBODY, extra_groups=[]))
    with serving(reader.root) as server:
        monkeypatch.undo()
        ask = {"feature_service": "model", "entities": {"driver_id": [5]}}
        assert server.post("/get-online-features", ask)["results"][1]["values"] == [1]
        (writer.root / "pushed.csv").write_text(rows(8))
        writer.run("push", "stats", "pushed.csv")
        assert server.post("/get-online-features", ask)["results"][1]["values"] == [8]
        status, _, answer = server.request("POST", "/push", {
            "push_source_name": "stats", "df": {
                "driver_id": [5], "event_timestamp": ["2024-01-02T00:00:00Z"], "trips": [9], "city": ["x"]}})
        assert status == 403 and b"may not write to the project" in answer, answer


@pytest.mark.skipif(os.getuid() != 0, reason="needs two users")
def test_says_what_is_missing(projects):
    """A store of an earlier version, which left no files for readers beside the catalog."""
    writer, reader = projects
    for suffix in ("-wal", "-shm"):
        (writer.root / ".fstore" / f"catalog.sqlite{suffix}").unlink(missing_ok=True)
    assert "let a user who may write run 'fstore list' once" in reader.fail("get", "model", "driver_id=3")
    writer.run("list")
    assert reader.json("get", "model", "driver_id=3")["features"]["trips"]["value"] == 1
