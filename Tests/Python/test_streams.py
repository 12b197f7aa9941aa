"""`fstore push VIEW - --stream NAME`: streams that are cut off, sent again, and taken exactly once."""
import json
import random
import signal
import subprocess
import time

import pytest

from conftest import FSTORE
from server_support import serving

DEFINITIONS = """
    entities: {driver: {join_keys: {driver_id: int64}}}
    sources: {trips: {path: data.csv, timestamp: at}}
    feature_views:
      trips: {entities: [driver], source: trips, features: {fare: float64, number: int64}}
"""


@pytest.fixture
def pushing(project):
    project.define(DEFINITIONS)
    project.run("apply")
    return project


def row(number):
    return {"driver_id": number % 7, "at": "2024-01-31T00:00:00Z", "fare": number / 4, "number": number}


def message(number, partitions=3):
    return {"topic": "trips", "partition": number % partitions, "offset": number // partitions, "tstype": "create", "ts": 0,
            "broker": 0, "key": None, "payload": json.dumps(row(number))}


def lines(values):
    return "".join(json.dumps(value) + "\n" for value in values)


def push(project, text, *arguments, status=0):
    done = project.command("push", "trips", "-", *arguments, input=text)
    assert done.returncode == status, done.stderr
    return done


def push_json(project, text, *arguments):
    return json.loads(push(project, text, *arguments, "--json").stdout)


def stored(project):
    """The numbers of all rows that history holds."""
    found = []
    for driver in range(7):
        answer = project.json("history", "trips", f"driver_id={driver}")
        found += [row["features"]["number"] for row in answer["rows"]]
    return sorted(found)


def positions(project, stream):
    return {place["partition"]: place["position"] for place in project.json("streams", "trips", stream)["streams"]}


def test_a_topic_that_is_replayed_adds_nothing(pushing):
    messages = [message(number) for number in range(60)]
    assert push_json(pushing, lines(messages[:30]), "--stream", "kafka")["rows"] == 30
    total = push_json(pushing, lines(messages[12:]), "--stream", "kafka")
    assert (total["rows"], total["rowsRepeated"], total["isRunning"]) == (30, 18, False)
    assert total["positions"] == {"trips/0": 19, "trips/1": 19, "trips/2": 19} == positions(pushing, "kafka")
    assert push_json(pushing, lines(messages), "--stream", "kafka")["rows"] == 0
    assert stored(pushing) == list(range(60))


@pytest.mark.parametrize("seed", range(3))
def test_a_stream_killed_at_any_moment_is_taken_exactly_once(pushing, seed):
    """The sender begins again anywhere before the stored positions, each time the push was killed."""
    choice = random.Random(seed)
    count, sent = 30_000, 0
    text = [json.dumps(message(number)) + "\n" for number in range(count)]
    for life in range(6):
        start = choice.randrange(min(positions(pushing, "kafka").values(), default=0) * 3 + 1) if life else 0
        process = subprocess.Popen(
            [FSTORE, "push", "trips", "-", "--stream", "kafka", "--batch-rows", "500", "--quiet"], cwd=pushing.root,
            stdin=subprocess.PIPE)
        deadline = time.monotonic() + choice.uniform(0.02, 0.5)
        try:
            for first in range(start, count, 200):
                process.stdin.write("".join(text[first:first + 200]).encode())
                process.stdin.flush()
                sent = max(sent, first + 200)
                if time.monotonic() > deadline:
                    process.send_signal(signal.SIGKILL)
                    break
        except BrokenPipeError:
            pass
        process.kill()
        process.wait()
        try:
            process.stdin.close()
        except BrokenPipeError:
            pass
    push(pushing, "".join(text), "--stream", "kafka")
    assert stored(pushing) == list(range(count)), f"seed {seed}"
    assert set(positions(pushing, "kafka").values()) == {count // 3 - 1}
    online = [pushing.json("get", "--features", "trips:number", f"driver_id={driver}") for driver in range(7)]
    newest = [value["features"]["number"]["value"] for value in online]
    assert newest == [max(number for number in range(count) if number % 7 == driver) for driver in range(7)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_stream_after_its_last_batch(pushing, number):
    process = subprocess.Popen(
        [FSTORE, "push", "trips", "-", "--stream", "s", "--position-field", "number", "--batch-time", "60000", "--json"],
        cwd=pushing.root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    process.stdin.write(lines(row(number) for number in range(5)) + '{"driver_id": 9, "numb')
    process.stdin.flush()
    time.sleep(0.5)
    process.send_signal(number)
    total = json.loads(process.stdout.read())
    assert process.wait() == 0
    assert (total["rows"], total["isStopped"], total["positions"]) == (5, True, {"": 4})
    assert stored(pushing) == list(range(5))


def test_lines_number_themselves_or_are_counted(pushing):
    rows = [row(number) for number in range(20)]
    own = ("--stream", "own", "--position-field", "number", "--partition-field", "driver_id")
    assert push_json(pushing, lines(rows[:9]), *own)["rows"] == 9
    assert push_json(pushing, lines(rows), *own)["positions"]["3"] == 17
    assert push_json(pushing, lines(rows[:9]), "--stream", "file", "--count-lines")["rows"] == 9
    total = push_json(pushing, lines(rows), "--stream", "file", "--count-lines")
    assert (total["rows"], total["positions"]) == (11, {"": 20})
    assert stored(pushing) == sorted(2 * list(range(20)))


def test_csv_comes_from_a_pipe_too(pushing):
    def csv(numbers):
        return "number,driver_id,fare,at\n" + "".join(f"{number},{number % 7},,2024-01-31T00:00:00Z\n" for number in numbers)

    assert push_json(pushing, csv(range(5)), "--stream", "s", "--position-field", "number")["rows"] == 5
    total = push_json(pushing, csv(range(3, 9)), "--stream", "s", "--position-field", "number")
    assert (total["rows"], total["rowsRepeated"], total["positions"]) == (4, 2, {"": 8})
    (pushing.root / "more.csv").write_text(csv(range(7, 12)))
    assert pushing.json("push", "trips", "more.csv", "--stream", "s", "--position-field", "number")["rows"] == 3
    assert stored(pushing) == list(range(12))


def test_lines_that_do_not_fit_are_set_aside_once(pushing):
    good = [row(number) for number in range(6)]
    bad = {**row(3), "fare": "dear"}
    unkeyed = {**row(4), "driver_id": None}
    text = lines([*good[:3], bad, unkeyed, good[5]]) + "garbage\n"
    done = push(pushing, text, "--stream", "s", "--position-field", "number", status=1)
    assert "standard input:4: fare (float64)" in done.stderr and "--on-error quarantine" in done.stderr
    assert stored(pushing) == [0, 1, 2]
    total = push_json(pushing, text, "--stream", "s", "--position-field", "number", "--on-error", "quarantine")
    assert (total["rows"], total["rowsRepeated"], total["rowsRefused"], total["positions"]) == (1, 3, 3, {"": 5})
    aside = open(total["quarantineFile"]).read()
    assert "dear" in aside and "a key is null" in aside and "garbage" in aside
    again = push_json(pushing, text, "--stream", "s", "--position-field", "number", "--on-error", "quarantine")
    assert (again["rows"], again["rowsRefused"]) == (0, 1)  # what cannot be read has no position


@pytest.mark.parametrize("text, line", [
    (lines([row(0), row(1), {**row(2), "driver_id": None}, row(3)]), 3),
    ("number,driver_id,fare,at\n0,0,,2024-01-31\n1,1,,2024-01-31\n2,x,,2024-01-31\n3,3,,2024-01-31\n", 4),
    ("number,driver_id,fare,at\n0,0,,2024-01-31\n1,1,,2024-01-31\n2,,,2024-01-31\n3,3,,2024-01-31\n", 4),
])
def test_what_comes_before_a_row_that_does_not_fit_is_stored(pushing, text, line):
    done = push(pushing, text, "--stream", "s", "--position-field", "number", status=1)
    assert f"standard input:{line}:driver_id" in done.stderr and "2 rows pushed" in done.stdout
    assert stored(pushing) == [0, 1]
    assert positions(pushing, "s") == {"": 1}
    total = push_json(pushing, text, "--stream", "s", "--position-field", "number", "--on-error", "quarantine")
    assert (total["rows"], total["rowsRefused"]) == (1, 1)
    assert stored(pushing) == [0, 1, 3]


def test_messages_without_content_move_the_position(pushing):
    empty = {**message(3), "payload": None}
    total = push_json(pushing, lines([message(0), empty]), "--stream", "kafka")
    assert (total["rows"], total["positions"]) == (1, {"trips/0": 1})
    broken = {**message(6), "payload": "no row"}
    done = push(pushing, lines([broken]), "--stream", "kafka", status=1)
    assert "the payload of trips/0 at offset 2" in done.stderr


def test_counters_are_told_while_a_stream_runs(pushing):
    process = subprocess.Popen(
        [FSTORE, "push", "trips", "-", "--json", "--report-every", "1"], cwd=pushing.root, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True)
    process.stdin.write(lines(row(number) for number in range(5)))
    process.stdin.flush()
    state = json.loads(process.stdout.readline())
    assert state["isRunning"] and state["rows"] == 5 and state["rowsPerSecond"] > 0
    process.stdin.close()
    assert not json.loads(process.stdout.readlines()[-1])["isRunning"]
    assert process.wait() == 0


def test_streams_are_shown_and_reset(pushing):
    assert "No stream was pushed yet" in pushing.run("streams")
    text = lines(message(number) for number in range(12))
    push(pushing, text, "--stream", "kafka")
    assert "trips/1" in pushing.run("streams", "trips")
    assert pushing.json("describe", "trips")["streams"][0]["position"] == 3
    assert pushing.json("streams", "reset", "trips", "kafka", "--partition", "trips/1", "--position", "1")["partitions"] == 1
    assert push_json(pushing, text, "--stream", "kafka")["rows"] == 2
    assert "did you mean 'kafka'" in pushing.fail("streams", "reset", "trips", "kafak")
    assert "did you mean 'trips'" in pushing.fail("streams", "trip")
    pushing.run("streams", "reset", "trips", "kafka")
    assert pushing.json("streams")["streams"] == []


@pytest.mark.parametrize("arguments, status, words", [
    (["--stream", "s"], 1, "--position-field names the member"),
    (["--position-field", "number"], 2, "name it with --stream"),
    (["--stream", "s", "--batch-id", "b"], 2, "not both"),
    (["--stream", "s", "--count-lines", "--position-field", "number"], 2, "not both"),
    (["--stream", "s", "--position-field", "numbr"], 1, "the position is missing: a member 'numbr'"),
    (["--stream", "", "--count-lines"], 1, "1 to 256 bytes"),
    (["--batch-rows", "0"], 2, "--batch-rows takes a number of rows"),
    (["--format", "xml"], 2, "takes auto, jsonl, kcat or csv"),
])
def test_wrong_words_are_told(pushing, arguments, status, words):
    done = push(pushing, lines([row(1)]), *arguments, status=status)
    assert words in done.stderr
    assert pushing.json("describe", "trips")["history"]["rows"] == 0


def test_a_stream_comes_by_http(pushing):
    def body(numbers, **stream):
        rows = [row(number) for number in numbers]
        frame = {name: [value[name] for value in rows] for name in rows[0]}
        frame["offset"] = list(numbers)
        return {"push_source_name": "trips", "df": frame, "stream": {"name": "http", "position_field": "offset", **stream}}

    with serving(pushing.root) as server:
        server.post("/push", body(range(4)))
        server.post("/push", body(range(2, 6)))
        server.post("/write-to-online-store", {
            **body(range(5, 7)), "push_source_name": None, "feature_view_name": "trips",
            "df": {**{("event_timestamp" if name == "at" else name): value for name, value in body(range(5, 7))["df"].items()}}})
        view = json.loads(server.get("/v1/views/trips"))
        assert [(place["stream"], place["position"], place["rows"]) for place in view["streams"]] == [("http", 6, 7)]
        assert 'fstore_stream_position{view="trips",stream="http",partition=""} 6' in server.get("/metrics")
        server.post("/push", body(range(2), partition_field="driver_id"))
        server.refused("/push", body(range(2), position_field="ofset"), 422)
        server.refused("/push", {**body(range(2)), "stream": {"name": "http"}}, 422)
        server.refused("/push", body(range(2)), 422, {"Idempotency-Key": "x"})
    assert stored(pushing) == sorted([*range(7), 0, 1])
