"""Commands that are told to stop (Ctrl-C, SIGTERM) undo what they have begun, and say so."""
import random
import signal
import subprocess
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import FSTORE, driver_views

ROWS = 2_000_000
KEYS = 50_000
SECOND = 1_000_000


@pytest.fixture
def project(project):
    """A project with one part of history, and another part to come."""
    project.define(driver_views("created", {"f0": "float32", "f1": "float32"}))
    project.run("apply")
    (project.root / "data").mkdir()
    numbers = np.random.default_rng(5)
    times = 1_700_000_000 * SECOND + numbers.integers(0, 10**6, ROWS) * SECOND
    table = pa.table({
        "driver_id": numbers.integers(0, KEYS, ROWS), "event_timestamp": pa.array(times, pa.timestamp("us", "UTC")),
        "created": pa.array(times, pa.timestamp("us", "UTC")), "f0": numbers.random(ROWS).astype(np.float32),
        "f1": numbers.random(ROWS).astype(np.float32)})
    pq.write_table(table.slice(0, 10), project.root / "data" / "a.parquet")
    project.run("ingest", "--all")
    pq.write_table(table, project.root / "data" / "b.parquet")
    pq.write_table(table.select(["driver_id", "event_timestamp"]), project.root / "entities.parquet")
    return project


def interrupt(project, after, number, *words):
    """Starts a command and sends it a signal after some seconds; returns whether it was stopped."""
    process = subprocess.Popen(
        [FSTORE, *words], cwd=project.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(after)
    process.send_signal(number)
    output, errors = process.communicate(timeout=60)
    if process.returncode == 0:
        return False
    # A command that has not begun yet has nothing to undo, and says nothing.
    if process.returncode == -number:
        return False
    assert process.returncode == 128 + number, errors
    assert errors in ("", "fstore: stopped before it was done; nothing of it is kept\n")
    return errors != ""


def leftovers(project):
    return [path.name for path in project.root.rglob("*") if path.name.endswith(".partial") or ".out." in path.name]


def online_keys(project):
    return project.json("list", "views")["views"][0]["online"]["keys"]


def test_a_stopped_command_leaves_the_store_as_it_was(project):
    seed = random.randrange(2**32)
    print("seed", seed)
    rng = random.Random(seed)
    stopped = 0
    commands = [
        ("ingest", "--all"),
        ("training-set", "eta_v1", "--entities", "entities.parquet", "--out", "x.out.parquet"),
        ("training-set", "eta_v1", "--entities", "entities.parquet", "--out", "x.out.csv"),
        ("materialize", "--full"),
    ]
    for words in commands:
        began = time.monotonic()
        probe = subprocess.run([FSTORE, *words[:1], "--help"], cwd=project.root, capture_output=True)
        start = time.monotonic() - began
        assert probe.returncode == 0
        for number in (signal.SIGINT, signal.SIGTERM):
            if words[0] == "materialize":
                project.run("ingest", "--all")
            before = project.files()
            keys = online_keys(project)
            was_stopped = interrupt(project, start + rng.random() * 0.2, number, *words)
            stopped += was_stopped
            if was_stopped:
                assert leftovers(project) == [], f"{words}, seed {seed}"
                assert project.files() == before, f"{words}, seed {seed}"
                assert online_keys(project) == keys, f"{words}, seed {seed}"
            else:
                for path in project.root.glob("x.out.*"):
                    path.unlink()
    print(stopped, "stopped")
    project.run("ingest", "--all")
    assert project.json("list", "views")["views"][0]["history"]["rows"] == ROWS + 10
