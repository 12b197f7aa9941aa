"""What was served is remembered, labelled and handed out once, whatever is killed."""
import json
import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pyarrow.parquet as pq
import pytest

from conftest import FSTORE
from server_support import Server, serving

DEFINITIONS = """
    entities:
      driver: {join_keys: {driver_id: int64}}
    sources:
      hourly: {path: "data/*.csv", timestamp: event_timestamp}
    feature_views:
      stats: {entities: [driver], source: hourly, features: {rate: float32, city: string, trips: int64}}
    feature_services:
      m:
        features: ["stats:*"]
        log: {}
        label: {name: late, type: bool}
      plain: {features: ["stats:*"]}
"""


@pytest.fixture
def logged(project):
    project.define(DEFINITIONS)
    (project.root / "data").mkdir()
    rows = "".join(f"{i},2024-01-01T00:00:00Z,{i / 7},city {i},{i}\n" for i in range(50))
    (project.root / "data" / "rows.csv").write_text("driver_id,event_timestamp,rate,city,trips\n" + rows)
    project.run("apply")
    project.run("ingest", "--all", "--quiet")
    project.run("materialize", "--quiet")
    return project


def read(server, ids, drivers=None, **more):
    body = {"entities": {"driver_id": drivers or [i % 50 for i in range(len(ids))]}, "feature_service": "m", "request_id": ids}
    return server.post("/get-online-features", {**body, **more})


def rows(project, *arguments):
    return project.json("log", "m", *arguments)["rows"]


def wait_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_reads_by_http_are_remembered_as_they_were_answered(logged):
    with serving(logged.root) as server:
        answer = read(server, ["a", "b"], [7, 999])
        server.post(
            "/get-online-features", {"entities": {"driver_id": [8]}, "feature_service": "m"}, {"X-Request-Id": "from-header"})
        server.post("/get-online-features", {"entities": {"driver_id": [1, 2]}, "feature_service": "m", "request_id": "batch"})
        # Without an id, or of a service that keeps no log, nothing is.
        server.post("/get-online-features", {"entities": {"driver_id": [1]}, "feature_service": "m"})
        server.post("/get-online-features", {"entities": {"driver_id": [1]}, "feature_service": "plain"}, {"X-Request-Id": "x"})
        message = server.refused(
            "/get-online-features", {"entities": {"driver_id": [1]}, "feature_service": "plain", "request_id": "x"}, 422)
        assert "keeps no log" in message
        assert "1 request ids for 2 rows" in server.refused(
            "/get-online-features", {"entities": {"driver_id": [1, 2]}, "feature_service": "m", "request_id": ["x"]}, 422)
        metrics = server.get("/metrics")
        assert 'fstore_log_rows_total{service="m"} 5' in metrics and 'fstore_log_dropped_total{service="m"} 0' in metrics
    found = rows(logged)
    assert [row["requestId"] for row in found] == ["a", "b", "from-header", "batch/0", "batch/1"]
    for place, row in enumerate(found[:2]):
        for feature, result in zip(["rate", "city", "trips"], answer["results"][1:]):
            cell = row["features"][f"stats__{feature}"]
            assert cell["status"] == result["statuses"][place]
            assert cell["value"] == (pytest.approx(result["values"][place]) if feature == "rate" else result["values"][place])
    logged.run("log", "m", "--out", "log.parquet")
    table = pq.read_table(logged.root / "log.parquet")
    assert table["statuses"].to_pylist() == ["PPP", "FFF", "PPP", "PPP", "PPP"]
    assert table["stats__trips"].to_pylist() == [7, None, 8, 1, 2]


def test_two_servers_and_a_command_share_a_log(logged):
    with serving(logged.root) as one, serving(logged.root) as two:
        threads = [
            threading.Thread(target=lambda server=server, name=name: [
                read(server, [f"{name}-{i}"]) for i in range(60)])
            for server, name in [(one, "one"), (two, "two")]]
        for thread in threads:
            thread.start()
        logged.run("get", "m", "driver_id=3", "--request-id", "command")
        logged.run("log", "m", "--compact")
        for thread in threads:
            thread.join()
    ids = [row["requestId"] for row in rows(logged)]
    assert sorted(ids) == sorted(["command"] + [f"{name}-{i}" for name in ("one", "two") for i in range(60)])
    for name in ("one", "two"):
        assert [id for id in ids if id.startswith(name)] == [f"{name}-{i}" for i in range(60)]


@pytest.mark.parametrize("seed", range(2))
def test_a_killed_server_leaves_whole_rows_and_what_was_on_disk(logged, seed):
    rng = random.Random(seed)
    durable = set()
    for run in range(3):
        server = Server(logged.root)
        stopping = threading.Event()
        durable |= {f"{run}-first-0-{i}" for i in range(50)}
        read(server, [f"{run}-first-0-{i}" for i in range(50)])
        wait_for(lambda: 'fstore_log_waiting_rows{service="m"} 0' in server.get("/metrics"))

        def client(number, server=server, run=run):
            count = 0
            while not stopping.is_set():
                ids = [f"{run}-{number}-{count}-{i}" for i in range(3)]
                try:
                    read(server, ids)
                except Exception:
                    # The server is gone.
                    return
                count += 1

        threads = [threading.Thread(target=client, args=(number,)) for number in range(2)]
        for thread in threads:
            thread.start()
        time.sleep(0.2 + rng.random() * 0.5)
        server.process.send_signal(signal.SIGKILL)
        stopping.set()
        for thread in threads:
            thread.join()
        server.process.wait()
        server.process.stdout.close()
        server.process.stderr.close()
        if rng.random() < 0.5:
            logged.run("log", "m", "--compact")
        found = rows(logged)
        ids = [row["requestId"] for row in found]
        assert len(ids) == len(set(ids)), f"seed {seed}"
        assert durable <= set(ids), f"seed {seed}"
        for row in found:
            place = int(row["requestId"].rsplit("-", 1)[1])
            assert row["keys"] == {"driver_id": place} and row["features"]["stats__trips"]["value"] == place
        for number in range(2):
            own = [id for id in ids if id.startswith(f"{run}-{number}-")]
            # In order, and without a gap.
            assert own == [f"{run}-{number}-{i // 3}-{i % 3}" for i in range(len(own))], f"seed {seed}"


def test_labels_and_examples_by_http(logged):
    with serving(logged.root) as server:
        read(server, ["a", "b", "c"])
        wait_for(lambda: len(rows(logged)) == 3)
        assert server.post("/v1/labels", {"service": "m", "request_id": ["b", "a"], "value": [True, False]}) == {"labels": 2}
        assert server.post("/v1/labels", {"service": "m", "request_id": "c", "value": True, "weight": 0.5}) == {"labels": 1}
        status, headers, body = server.request("GET", "/v1/examples?service=m&consumer=web&limit=2")
        lines = [json.loads(line) for line in body.splitlines()]
        assert status == 200 and headers["X-Position"] == "2"
        assert [(line["example"], line["request_id"], line["late"]) for line in lines] == [(1, "b", True), (2, "a", False)]
        assert server.post("/v1/examples/commit", {"service": "m", "consumer": "web", "position": 2}) == {"position": 2}
        _, _, body = server.request("GET", "/v1/examples?service=m&consumer=web")
        assert [json.loads(line)["weight"] for line in body.splitlines()] == [0.5]
        assert "'value' is missing" in server.refused("/v1/labels", {"service": "m", "request_id": "a"}, 422)
        assert "keeps no log" in server.refused("/v1/labels", {"service": "plain", "request_id": "a", "value": 1}, 422)
        assert "the last example is 3" in server.refused(
            "/v1/examples/commit", {"service": "m", "consumer": "web", "position": 4}, 422)


def test_a_killed_labeller_makes_each_example_once(logged):
    with serving(logged.root) as server:
        for start in range(0, 3000, 500):
            read(server, [f"r{start + i}" for i in range(500)])
    rng = random.Random(5)
    lines = "".join(json.dumps({"request_id": f"r{i}", "value": i % 3 == 0}) + "\n" for i in range(3000))
    for _ in range(4):
        process = subprocess.Popen(
            [FSTORE, "label", "m", "-"], cwd=logged.root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        feeder = threading.Thread(target=feed, args=(process.stdin, lines.encode()))
        feeder.start()
        time.sleep(0.02 + rng.random() * 0.15)
        process.send_signal(signal.SIGKILL)
        process.wait()
        feeder.join()
        process.stdout.close()
        process.stderr.close()
    # Once more from the start: what is known says nothing new.
    done = subprocess.run([FSTORE, "label", "m", "-"], cwd=logged.root, input=lines, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    examples = [json.loads(line) for line in logged.run("examples", "m", "--consumer", "c").splitlines()]
    assert [line["request_id"] for line in examples] == [f"r{i}" for i in range(3000)]
    assert [line["example"] for line in examples] == list(range(1, 3001))
    assert all(line["kind"] == "label" and line["late"] == (int(line["request_id"][1:]) % 3 == 0) for line in examples)
    logged.run("training-set", "m", "--from-log", "--out", "set.parquet")
    table = pq.read_table(logged.root / "set.parquet")
    assert table.column_names == ["request_id", "event_timestamp", "driver_id", "rate", "city", "trips", "late", "weight"]
    assert table.num_rows == 3000


def feed(pipe, data):
    try:
        pipe.write(data)
        pipe.close()
    except OSError:
        pass


CONSUMER = """
    import json, os, sys
    import fstore

    # What was learned, and up to where: one file, renamed into place.
    state = json.load(open("model.json")) if os.path.exists("model.json") else {"position": 0, "seen": []}
    store = fstore.open(".")
    for batch in store.examples("m", consumer="c", batch=37, after=state["position"]):
        state = {"position": batch.position, "seen": state["seen"] + batch.ids}
        with open("model.json.new", "w") as file:
            json.dump(state, file)
            file.flush()
            os.fsync(file.fileno())
        os.rename("model.json.new", "model.json")
        batch.commit()
    print("done")
"""


def test_a_killed_consumer_that_keeps_its_position_sees_each_example_once(logged):
    pytest.importorskip("fstore", reason="the Python package is not built: run 'make python'", exc_type=ImportError)
    with serving(logged.root) as server:
        for start in range(0, 2000, 500):
            read(server, [f"r{start + i}" for i in range(500)])
    lines = "".join(json.dumps({"request_id": f"r{i}", "value": True}) + "\n" for i in range(2000))
    subprocess.run([FSTORE, "label", "m", "-"], cwd=logged.root, input=lines, text=True, check=True, capture_output=True)
    script = logged.root / "consumer.py"
    script.write_text(textwrap.dedent(CONSUMER))
    rng = random.Random(11)
    kills = 0
    for _ in range(60):
        process = subprocess.Popen([sys.executable, script], cwd=logged.root, stdout=subprocess.PIPE, text=True)
        if kills < 6:
            time.sleep(0.05 * kills + rng.random() * 0.05)
            process.send_signal(signal.SIGKILL)
        out, _ = process.communicate(timeout=60)
        if "done" in out:
            break
        kills += 1
    assert kills >= 1
    seen = json.loads((logged.root / "model.json").read_text())["seen"]
    assert seen == [f"r{i}" for i in range(2000)]


def test_two_consumers_of_one_name_are_told(logged):
    logged.run("get", "m", "driver_id=1", "--request-id", "a", "--quiet")
    logged.run("get", "m", "driver_id=2", "--request-id", "b", "--quiet")
    logged.run("label", "m", "request_id=a", "value=true")
    follower = subprocess.Popen(
        [FSTORE, "examples", "m", "--consumer", "c", "--follow"], cwd=logged.root, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True)
    assert json.loads(follower.stdout.readline())["request_id"] == "a"
    wait_for(lambda: "at example" in logged.run("examples", "m", "--consumer", "d", "--commit", "1"))
    logged.run("examples", "m", "--consumer", "c", "--commit", "0")
    logged.run("label", "m", "request_id=b", "value=true")
    assert json.loads(follower.stdout.readline())["request_id"] == "b"
    _, error = follower.communicate(timeout=30)
    assert follower.returncode == 1 and "another process reads under its name" in error


def test_mistakes_are_told_in_a_sentence(logged):
    assert "keeps no log" in logged.fail("get", "plain", "driver_id=1", "--request-id", "x")
    assert "'maybe' is no label of type bool" in logged.fail("label", "m", "request_id=a", "value=maybe")
    assert "keeps no log" in logged.fail("label", "plain", "request_id=a", "value=true")
    (logged.root / "labels.csv").write_text("request_id,value\na,1\nb,7\n")
    assert "labels.csv:2:value" in logged.fail("label", "m", "labels.csv").replace("row ", "")
    assert "--consumer NAME is missing" in logged.fail("examples", "m", status=2)
    assert "the last example is 0" in logged.fail("examples", "m", "--consumer", "c", "--commit", "3")
