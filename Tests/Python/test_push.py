"""`fstore push`: files, JSON lines and pipes."""
import json
import subprocess
import time

import pytest

from conftest import FSTORE

DEFINITIONS = """
    entities: {sensor: {join_keys: {sensor: string}}}
    sources: {readings: {path: data.csv, timestamp: at, created: made}}
    feature_views:
      weather: {entities: [sensor], source: readings, features: {temp: float32, note: string}}
"""


@pytest.fixture
def pushing(project):
    project.define(DEFINITIONS)
    project.run("apply")
    return project


def line(sensor, temp, hour=1, **more):
    return json.dumps({"sensor": sensor, "at": f"2024-01-31T{hour:02}:00:00Z", "temp": temp, **more}) + "\n"


def temp(project, sensor):
    return project.json("get", "--features", "weather:temp", f"sensor={sensor}")["features"]["temp"]["value"]


def test_a_files_rows_are_one_batch(pushing):
    (pushing.root / "rows.csv").write_text("sensor,at,temp,note\na,2024-01-31T01:00:00Z,1.5,\nb,2024-01-31T01:00:00Z,,x\n")
    total = pushing.json("push", "weather", "rows.csv", "--batch-id", "one")
    assert (total["rows"], total["batches"], total["repeated"]) == (2, 1, 0)
    assert "had been pushed before" in pushing.run("push", "weather", "rows.csv", "--batch-id", "one")
    assert temp(pushing, "a") == 1.5
    assert pushing.json("describe", "weather")["history"]["rows"] == 2


def test_json_lines_come_from_a_pipe_as_they_are_written(pushing):
    process = subprocess.Popen(
        [FSTORE, "push", "weather", "-", "--json"], cwd=pushing.root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    process.stdin.write(line("a", 1.5) + "\n" + line("a", 2.5, 2, extra={"x": [1]}))
    process.stdin.flush()
    deadline = time.time() + 20
    # The view is not online before its first push.
    while "2.5" not in pushing.command("get", "--features", "weather:temp", "sensor=a").stdout and time.time() < deadline:
        time.sleep(0.1)
    assert temp(pushing, "a") == 2.5
    process.stdin.write(line("a", 0.5, 0) + line("c", "NaN", note="\u00e9").rstrip("\n"))
    process.stdin.close()
    total = json.loads(process.stdout.read())
    assert process.wait() == 0 and total["rows"] == 4
    assert temp(pushing, "a") == 2.5 and temp(pushing, "c") == "NaN"


def test_a_stream_that_was_cut_off_is_resumed_by_its_batch_ids(pushing):
    lines = "".join(line(f"s{number}", number) for number in range(2500))
    (pushing.root / "part.jsonl").write_text("".join(lines.splitlines(keepends=True)[:1000]))
    (pushing.root / "all.jsonl").write_text(lines)
    assert pushing.json("push", "weather", "part.jsonl", "--batch-id", "day")["rows"] == 1000
    total = pushing.json("push", "weather", "all.jsonl", "--batch-id", "day")
    assert (total["rows"], total["batches"], total["repeated"]) == (1500, 3, 1)
    assert pushing.json("describe", "weather")["history"]["rows"] == 2500


def test_a_line_that_does_not_fit_is_told_with_its_place(pushing):
    (pushing.root / "bad.jsonl").write_text(line("a", 1.0) + line("b", "warm"))
    done = pushing.command("push", "weather", "bad.jsonl")
    assert done.returncode == 1
    assert "bad.jsonl:2: temp (float32)" in done.stderr
    assert temp(pushing, "a") == 1.0
    assert "1 row pushed" in done.stdout


@pytest.mark.parametrize("arguments, words", [
    (["wether", "rows.csv"], "did you mean 'weather'"),
    (["weather", "missing.jsonl"], "cannot be opened"),
    (["weather", "rows.txt"], "neither Parquet nor CSV"),
])
def test_wrong_words_are_told(pushing, arguments, words):
    assert words in pushing.fail("push", *arguments)
