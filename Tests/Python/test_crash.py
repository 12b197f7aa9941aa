"""Commands killed with SIGKILL at random moments: nothing acknowledged is lost, nothing half-done is visible."""
import os
import random
import signal
import subprocess
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import FSTORE, driver_views

ROWS = 200_000
SECOND = 1_000_000


def write_part(project, number, rows=ROWS):
    keys = pa.array([i % 5000 for i in range(rows)], pa.int64())
    base = 1_700_000_000 * SECOND + number * 10_000 * SECOND
    times = pa.array([base + (i // 5000) * SECOND for i in range(rows)], pa.timestamp("us", "UTC"))
    values = pa.array([float(number * rows + i) for i in range(rows)], pa.float32())
    folder = project.root / "data"
    folder.mkdir(exist_ok=True)
    pq.write_table(
        pa.table({"driver_id": keys, "event_timestamp": times, "created": times, "f0": values}),
        folder / f"part-{number}.parquet")


def entities(project):
    times = pa.array([1_800_000_000 * SECOND] * 5000, pa.timestamp("us", "UTC"))
    pq.write_table(
        pa.table({"driver_id": pa.array(range(5000), pa.int64()), "event_timestamp": times}),
        project.root / "entities.parquet")


def newest(project):
    """The training set at a time after everything: the number of the newest part that is visible."""
    project.run("training-set", "eta_v1", "--entities", "entities.parquet", "--out", "set.parquet")
    values = pq.read_table(project.root / "set.parquet")["f0"].to_pylist()
    parts = {None if value is None else int(value // ROWS) for value in values}
    assert len(parts) == 1, f"a half-done ingest is visible: {parts}"
    return parts.pop()


def kill_at_random(project, rng, *arguments):
    """Starts a command and kills it after a random while; returns whether it had acknowledged."""
    process = subprocess.Popen(
        [FSTORE, *arguments], cwd=project.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(rng.random() * 0.25)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return process.returncode == 0


@pytest.mark.parametrize("seed", range(3))
def test_killed_commands_lose_nothing(project, seed):
    rng = random.Random(seed)
    project.define(driver_views("event", {"f0": "float32"}).replace("ttl: 7d", "ttl: 4000d"))
    entities(project)
    project.run("apply")
    write_part(project, 0)
    project.run("ingest", "--all")
    acknowledged = 0
    for number in range(1, 5):
        write_part(project, number)
        if kill_at_random(project, rng, "ingest", "--all"):
            acknowledged = number
        seen = newest(project)
        assert acknowledged <= seen <= number, f"seed {seed}"
        project.run("ingest", "--all")
        acknowledged = number
        assert newest(project) == number, f"seed {seed}"

        kill_at_random(project, rng, "materialize")
        project.run("materialize")
        value = project.json("get", "eta_v1", "driver_id=7")["features"]["f0"]["value"]
        assert int(value // ROWS) == number, f"seed {seed}"

        kill_at_random(project, rng, "compact", "--full")
        assert newest(project) == number, f"seed {seed}"
        project.run("compact", "--keep", "0s", "--full")
        assert newest(project) == number, f"seed {seed}"
        assert len([f for f in project.files() if f.startswith("offline/driver_stats/")]) == 1


@pytest.mark.parametrize("seed", range(3))
def test_killed_apply_is_whole_or_absent(project, seed):
    rng = random.Random(100 + seed)
    project.define(driver_views("event", {"f0": "float32"}))
    project.run("apply")
    for number in range(1, 6):
        project.define(driver_views("event", {f"f{i}": "float32" for i in range(number + 1)}))
        kill_at_random(project, rng, "apply")
        features = project.json("describe", "driver_stats")["features"]
        assert len(features) in (number, number + 1), f"seed {seed}"
        project.run("apply")
        assert len(project.json("describe", "driver_stats")["features"]) == number + 1


def test_a_killed_ingest_leaves_no_files_behind(project):
    project.define(driver_views("event", {"f0": "float32"}))
    project.run("apply")
    folder = project.root / ".fstore" / "offline" / "driver_stats"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".0000000001-deadbeef.parquet.partial").write_bytes(b"half")
    (folder / "0000000001-deadbeef.parquet").write_bytes(b"not committed")
    write_part(project, 0)
    project.run("ingest", "--all")
    assert len(list(folder.iterdir())) == 1
