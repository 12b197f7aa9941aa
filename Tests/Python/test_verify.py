"""`fstore verify`: what is served online against what a training set has."""
import json

import pytest

from server_support import serving

DEFINITIONS = """
    entities: {sensor: {join_keys: {sensor: string}}}
    sources: {readings: {path: data/*.csv, timestamp: at}}
    feature_views:
      weather: {entities: [sensor], source: readings, ttl: 2d, features: {temp: float32, note: string}}
    feature_services: {now: {features: ["weather:*"]}}
"""


@pytest.fixture
def stored(project):
    project.define(DEFINITIONS)
    (project.root / "data").mkdir()
    (project.root / "data" / "first.csv").write_text(
        "sensor,at,temp,note\n" + "".join(f"s{number},2024-01-31T0{number % 9}:00:00Z,{number},\n" for number in range(30)))
    project.run("apply")
    project.run("ingest", "--all")
    project.run("materialize", "--to", "2024-02-01T00:00:00Z")
    return project


def test_a_materialized_store_is_sound(stored):
    told = stored.run("verify", "now", "--at", "2024-02-01T00:00:00Z")
    assert "60 values of 30 rows compared, all that can be judged are the same" in told
    report = stored.json("verify", "now", "--sample", "7", "--at", "2024-02-01T00:00:00Z")
    assert (report["isSound"], report["rows"], report["compared"]) == (True, 7, 14)
    # By now every row is too old, on both sides.
    assert stored.json("verify", "--features", "weather:temp")["features"] == [
        {"feature": "weather:temp", "compared": 30, "equal": 30, "different": 0, "missingOnline": 0, "missingOffline": 0,
         "later": 0, "unsettled": 0}]


def test_rows_that_are_not_online_are_told_and_fail(stored):
    (stored.root / "data" / "second.csv").write_text(
        "sensor,at,temp,note\ns3,2024-01-31T23:00:00Z,99.5,x\nnew,2024-01-31T20:00:00Z,1,\n")
    stored.run("ingest", "--all")
    done = stored.command("verify", "now", "--at", "2024-02-01T00:00:00Z")
    assert done.returncode == 1
    assert "weather:temp of sensor=s3: online 3.0 (of 2024-01-31T03:00:00Z), training set 99.5 (of 2024-01-31T23:00:00Z): " \
        "not materialized yet" in done.stdout
    assert "online are not what a training set has" in done.stderr
    done = stored.command("verify", "now", "--at", "2024-02-01T00:00:00Z", "--json")
    report = json.loads(done.stdout)
    assert done.returncode == 1 and (report["different"], report["isSound"]) == (3, False)
    assert {difference["cause"] for difference in report["differences"]} == {"not materialized yet"}
    with serving(stored.root) as server:
        metrics = server.get("/metrics")
        assert 'fstore_verify_differences{service="now"} 3' in metrics
        assert 'fstore_verify_compared{service="now"} 62' in metrics
    stored.run("materialize", "--to", "2024-02-01T00:00:00Z")
    stored.run("verify", "now", "--at", "2024-02-01T00:00:00Z")


def test_rows_of_a_file_are_compared(stored):
    (stored.root / "keys.csv").write_text("sensor\ns1\nnobody\n")
    report = stored.json("verify", "now", "--keys", "keys.csv", "--at", "2024-02-01T00:00:00Z")
    assert (report["rows"], report["compared"], report["isSound"]) == (2, 4, True)


@pytest.mark.parametrize("arguments, status, words", [
    (["nwo"], 1, "did you mean 'now'"),
    ([], 2, "SERVICE or --features is missing"),
    (["now", "--features", "weather:temp"], 2, "not both"),
    (["now", "--at", "2124-01-01"], 1, "lies ahead"),
    (["now", "--sample", "0"], 2, "--sample takes a number of keys"),
    (["now", "--keys", "features/views.yaml"], 1, "neither Parquet nor CSV"),
])
def test_wrong_words_are_told(stored, arguments, status, words):
    assert words in stored.fail("verify", *arguments, status=status)
