"""The server as its clients meet it: Feast's wire, our own endpoints, limits, tokens, stopping."""
import datetime
import json
import signal
import socket
import struct
import threading
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from server_support import serving

NOW = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
HOUR = datetime.timedelta(hours=1)
DEFINITIONS = """
    entities:
      driver: {join_keys: {driver_id: int64}}
      pair: {join_keys: {city: string, slot: int32}}
    sources:
      hourly: {path: data/hourly.parquet, timestamp: event_timestamp}
      pairs: {path: data/pairs.parquet, timestamp: event_timestamp}
    feature_views:
      fv:
        entities: [driver]
        source: hourly
        ttl: 7d
        features: {x: float32, s: string, n: int64, b: bool, d: float64, raw: bytes, at: timestamp, v: "float32[2]"}
      pv: {entities: [pair], source: pairs, features: {y: float32}}
    feature_services:
      model: {features: ["fv:x", "fv:n", "fv:b", "fv:d", "fv:v"]}
      both: {features: ["fv:x", "pv:y"]}
      learned: {features: ["fv:x", "fv:s"], log: {}, label: {name: good, type: bool}}
"""


def write(project):
    (project.root / "data").mkdir(exist_ok=True)
    instant = pa.timestamp("us", "UTC")
    old = NOW - 24 * 30 * HOUR
    pq.write_table(pa.table({
        "driver_id": pa.array([1, 2, 4], pa.int64()),
        "event_timestamp": pa.array([NOW - HOUR, NOW - 2 * HOUR, old], instant),
        "x": pa.array([3.0, float("nan"), 1.0], pa.float32()),
        "s": pa.array(["c\"é\n", None, "old"]),
        "n": pa.array([2**53 + 1, -5, 0], pa.int64()),
        "b": pa.array([True, None, False]),
        "d": pa.array([0.1, float("inf"), 0.0]),
        "raw": pa.array([b"\x00\xff", b"", b"x"]),
        "at": pa.array([NOW, None, NOW], instant),
        "v": pa.array([[1.5, 2.5], None, [0, 0]], pa.list_(pa.float32(), 2)),
    }), project.root / "data" / "hourly.parquet")
    pq.write_table(pa.table({
        "city": ["a", "ab"], "slot": pa.array([1, 2], pa.int32()),
        "event_timestamp": pa.array([NOW - HOUR] * 2, instant), "y": pa.array([7.0, 8.0], pa.float32()),
    }), project.root / "data" / "pairs.parquet")


@pytest.fixture
def served(project):
    project.define(DEFINITIONS)
    write(project)
    for verb in (["apply"], ["ingest", "--all"], ["materialize"]):
        project.run(*verb)
    return project


def columns(answer):
    return dict(zip(answer["metadata"]["feature_names"], answer["results"]))


def test_answers_have_feasts_shape(served):
    with serving(served.root) as server:
        answer = server.post("/get-online-features", {
            "entities": {"driver_id": [1, 2, 3, 4]}, "full_feature_names": False,
            "include_feature_view_version_metadata": False, "features": ["fv:x", "fv:s"]})
    assert answer["metadata"]["feature_names"] == ["driver_id", "x", "s"]
    key, x, s = answer["results"]
    epoch = "1970-01-01T00:00:00Z"
    assert key == {"values": [1, 2, 3, 4], "statuses": ["PRESENT"] * 4, "event_timestamps": [epoch] * 4}
    assert x["values"] == [3.0, "NaN", None, None]
    assert x["statuses"] == ["PRESENT", "PRESENT", "NOT_FOUND", "OUTSIDE_MAX_AGE"]
    assert s["values"] == ["c\"é\n", None, None, None]
    assert s["statuses"] == ["PRESENT", "NULL_VALUE", "NOT_FOUND", "OUTSIDE_MAX_AGE"]
    assert s["event_timestamps"][0] == (NOW - HOUR).strftime("%Y-%m-%dT%H:%M:%SZ") and s["event_timestamps"][2] == epoch


def test_every_type_arrives(served):
    with serving(served.root) as server:
        answer = columns(server.post("/get-online-features", {"entities": {"driver_id": [1, 2]}, "features": ["fv:*"]}))
    assert answer["n"]["values"] == [2**53 + 1, -5]
    assert answer["b"]["values"] == [True, None]
    assert answer["d"]["values"] == [0.1, "Infinity"]
    assert answer["raw"]["values"] == ["AP8=", ""]
    assert answer["v"]["values"] == [[1.5, 2.5], None]
    assert answer["at"]["values"] == [NOW.strftime("%Y-%m-%dT%H:%M:%SZ"), None]


def test_keys_are_coerced_and_echoed_in_the_requests_order(served):
    with serving(served.root) as server:
        answer = server.post("/get-online-features", {
            "feature_service": "both", "full_feature_names": True,
            "entities": {"slot": ["1", 2], "unknown": [None, {}], "city": ["a", "a"], "driver_id": ["1", None]}})
    assert answer["metadata"]["feature_names"] == ["slot", "city", "driver_id", "fv__x", "pv__y"]
    assert [result["values"] for result in answer["results"]] == [
        [1, 2], ["a", "a"], [1, None], [3.0, None], [7.0, None]]
    assert answer["results"][3]["statuses"] == ["PRESENT", "NOT_FOUND"]


@pytest.mark.parametrize("body, status, words", [
    ("{", 422, "too early"),
    ('{"entities": {}} x', 422, "more text"),
    ({"features": ["fv:x"]}, 422, "'entities' is missing"),
    ({"entities": {"driver_id": [1]}}, 422, "feature_service"),
    ({"entities": {"driver_id": [1]}, "features": ["fv:y"]}, 404, "no feature 'y'"),
    ({"entities": {"driver_id": [1]}, "features": ["fw:x"]}, 404, "did you mean 'fv'"),
    ({"entities": {"driver_id": [1]}, "features": ["x"]}, 422, "view:feature"),
    ({"entities": {"driver_id": [1]}, "feature_service": "modl"}, 404, "did you mean 'model'"),
    ({"entities": {}, "features": ["fv:x"]}, 422, "'driver_id' (int64) is missing"),
    ({"entities": {"driver_id": [1.5]}, "features": ["fv:x"]}, 422, "entities.driver_id (int64)"),
    ({"entities": {"driver_id": 1}, "features": ["fv:x"]}, 422, "an array is expected"),
    ({"entities": {"city": ["a", "b"], "slot": [1]}, "features": ["pv:y"]}, 422, "give as many"),
    ({"entities": {"driver_id": [1]}, "features": ["fv:x", "fv:x"]}, 404, "asked for twice"),
    ({"entities": {"driver_id": list(range(20_000))}, "features": ["fv:x"]}, 422, "more than 10000 rows"),
    ({"entities": {"driver_id": [1]}, "features": ["fv:x"], "at": "noon"}, 422, "a time such as"),
    ("[" * 100_000, 422, "object"),
    (b"\xff\xfe\x00", 422, "object"),
])
def test_mistakes_are_told_in_one_sentence_and_never_with_5xx(served, body, status, words):
    with serving(served.root) as server:
        assert words in server.refused("/get-online-features", body, status)


def test_wrong_paths_and_methods_are_told(served):
    with serving(served.root) as server:
        assert "openapi" in server.refused("/nothing", None, 404, method="GET")
        assert "POST only" in server.refused("/get-online-features", None, 405, method="GET")
        assert "GET, HEAD only" in server.refused("/health", {}, 405)
        assert server.request("GET", "/health")[::2] == (200, b"")


def test_vectors_are_raw_floats_or_json(served):
    body = {"entities": {"driver_id": [1, 3]}, "feature_service": "model"}
    with serving(served.root) as server:
        answer = server.post("/v1/vectors", body)
        assert (answer["rows"], answer["width"]) == (2, 6)
        assert answer["vectors"][1] == [None] * 6 and answer["vectors"][0][0] == 3.0
        status, headers, raw = server.request("POST", "/v1/vectors", body, {"Accept": "application/octet-stream"})
        assert status == 200 and headers["Content-Type"] == "application/octet-stream"
        head, floats = raw.split(b"\n", 1)
        assert json.loads(head) == {"rows": 2, "width": 6, "type": "float32"}
        numbers = struct.unpack("<12f", floats)
        assert numbers[2:6] == (1.0, struct.unpack("<f", struct.pack("<f", 0.1))[0], 1.5, 2.5)
        assert all(number != number for number in numbers[6:])
        words = server.refused("/v1/vectors", {"entities": {"driver_id": [1]}, "features": ["fv:s"]}, 422)
        assert "fv:s is string" in words


def test_descriptions_metrics_and_the_interface_itself(served):
    with serving(served.root) as server:
        assert [view["name"] for view in json.loads(server.get("/v1/views"))["views"]] == ["fv", "pv"]
        assert json.loads(server.get("/v1/services/both"))["views"] == ["fv", "pv"]
        server.refused("/v1/services/bath", None, 404, method="GET")
        server.post("/get-online-features", {"entities": {"driver_id": [1, 2, 3]}, "features": ["fv:s"]})
        metrics = server.get("/metrics")
        paths = json.loads(server.get("/openapi.json"))["paths"]
    assert 'fstore_values_total{status="NULL_VALUE"} 1' in metrics
    assert 'fstore_requests_total{endpoint="/get-online-features",status="2xx"} 1' in metrics
    assert 'fstore_view_online_keys{view="fv"} 3' in metrics
    assert 'le="+Inf"} 1' in metrics
    for path in ("/get-online-features", "/push", "/write-to-online-store", "/materialize", "/v1/vectors", "/metrics"):
        assert path in paths


def test_a_request_id_is_echoed_and_logged(served):
    log = served.root / "access.log"
    with serving(served.root, "--access-log", log) as server:
        body = {"entities": {"driver_id": [1]}, "features": ["fv:x"]}
        _, headers, _ = server.request("POST", "/get-online-features", body, {"X-Request-Id": "trace-7"})
        assert headers["X-Request-Id"] == "trace-7"
        _, headers, _ = server.request("GET", "/health", headers={"X-Request-Id": "a b"})
        made = headers["X-Request-Id"]
        assert made and made != "a b"
    lines = {line.rsplit("id=", 1)[1]: line for line in log.read_text().splitlines()}
    assert set(lines) == {"trace-7", made}
    assert "method=POST path=/get-online-features status=200" in lines["trace-7"]


def test_applied_definitions_take_effect_without_a_restart(served):
    body = {"entities": {"driver_id": [1]}, "features": ["fv:extra"]}
    with serving(served.root) as server:
        server.refused("/get-online-features", body, 404)
        served.define(DEFINITIONS.replace("features: {x: float32,", "features: {extra: float32, x: float32,"))
        served.run("apply")
        deadline = time.time() + 10
        while server.request("POST", "/get-online-features", body)[0] != 200 and time.time() < deadline:
            time.sleep(0.05)
        assert columns(server.post("/get-online-features", body))["extra"]["statuses"] == ["NULL_VALUE"]


def test_materialize_brings_new_history_online(served):
    with serving(served.root) as server:
        pq.write_table(pa.table({
            "city": ["new"], "slot": pa.array([1], pa.int32()), "event_timestamp": pa.array([NOW - HOUR], pa.timestamp("us", "UTC")),
            "y": pa.array([9.0], pa.float32())}), served.root / "data" / "pairs.parquet")
        served.run("ingest", "pv")
        body = {"entities": {"city": ["new"], "slot": [1]}, "features": ["pv:y"]}
        assert columns(server.post("/get-online-features", body))["y"]["statuses"] == ["NOT_FOUND"]
        assert server.post("/materialize-incremental", {"end_ts": NOW.isoformat(), "feature_views": None}) is None
        assert columns(server.post("/get-online-features", body))["y"]["values"] == [9.0]
        words = server.refused("/materialize", {"start_ts": "2026-02-01T00:00:00", "end_ts": "2026-01-01T00:00:00"}, 422)
        assert "lies before" in words
        assert "no feature view" in server.refused("/materialize", {"feature_views": ["px"]}, 404)


def test_reads_go_on_while_history_is_materialized(served):
    with serving(served.root) as server:
        failures = []
        ending = threading.Event()

        def read():
            while not ending.is_set():
                status = server.request(
                    "POST", "/get-online-features", {"entities": {"driver_id": [1]}, "features": ["fv:x"]})[0]
                if status != 200:
                    failures.append(status)

        reader = threading.Thread(target=read)
        reader.start()
        for _ in range(10):
            served.run("materialize", "--full")
        ending.set()
        reader.join()
        assert not failures


def test_tokens_are_asked_for_and_hold_only_what_they_name(served):
    token = served.json("token", "create", "--scope", "read:model")["token"]
    admin = served.json("token", "create", "--scope", "admin")["token"]

    def bearer(text):
        return {"Authorization": f"Bearer {text}"}

    model = {"entities": {"driver_id": [1]}, "feature_service": "model"}
    single = {"entities": {"driver_id": [1]}, "features": ["fv:x"]}
    with serving(served.root, "--require-token") as server:
        assert server.request("GET", "/health")[0] == 200
        assert "token is needed" in server.refused("/get-online-features", model, 401)
        assert "unknown" in server.refused("/get-online-features", model, 401, bearer("fst_a_b"))
        assert "unknown" in server.refused("/get-online-features", model, 401, bearer(token[:-1] + "!"))
        server.post("/get-online-features", model, bearer(token))
        assert "read:*" in server.refused("/get-online-features", single, 403, bearer(token))
        assert "admin" in server.refused("/materialize", {}, 403, bearer(token))
        server.post("/get-online-features", single, {"authorization": f"bearer {admin}"})
        served.run("token", "revoke", token.split("_")[1])
        deadline = time.time() + 10
        while server.request("POST", "/get-online-features", model, bearer(token))[0] != 401 and time.time() < deadline:
            time.sleep(0.05)
        assert "revoked" in server.refused("/get-online-features", model, 401, bearer(token))


def test_no_token_no_listening_beyond_the_machine(served):
    words = served.fail("serve", "--host", "0.0.0.0", "--port", "0")
    assert "fstore token create" in words


def test_a_taken_port_is_told(served):
    with serving(served.root) as server:
        assert f"port {server.port}" in served.fail("serve", "--port", str(server.port))


def test_long_bodies_are_refused_before_they_are_read(served):
    with serving(served.root, "--max-body", "1000") as server:
        assert "longer than 1000" in server.refused("/get-online-features", "x" * 5000, 413)
        chunked = socket.create_connection(("127.0.0.1", server.port))
        chunked.sendall(b"POST /get-online-features HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        with pytest.raises(OSError):
            for _ in range(10_000):
                chunked.sendall(b"400\r\n" + b"x" * 1024 + b"\r\n")
        chunked.close()
        assert server.request("GET", "/health")[0] == 200


def test_half_requests_and_closed_sockets_hurt_nobody(served):
    body = {"entities": {"driver_id": [1]}, "features": ["fv:x"]}
    with serving(served.root) as server:
        halves = []
        for text in (b"", b"POST", b"POST /get-online-features HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
                     b"\x16\x03\x01\x02\x00", b"GET / HTTP/9.9\r\n\r\n", b"\r\n" * 100, b"A" * 100_000):
            half = socket.create_connection(("127.0.0.1", server.port))
            half.sendall(text)
            halves.append(half)
            server.post("/get-online-features", body)
        for half in halves:
            half.close()
        server.post("/get-online-features", body)


def test_idle_connections_do_not_starve_others(served):
    body = {"entities": {"driver_id": [1]}, "features": ["fv:x"]}
    with serving(served.root) as server:
        idle = []
        try:
            for _ in range(800):
                idle.append(socket.create_connection(("127.0.0.1", server.port)))
            server.post("/get-online-features", body)
        finally:
            for connection in idle:
                connection.close()


def test_requests_in_flight_are_answered_before_the_end(served):
    with serving(served.root) as server:
        waiting = socket.create_connection(("127.0.0.1", server.port))
        text = json.dumps({"entities": {"driver_id": [1]}, "features": ["fv:x"]}).encode()
        head = f"POST /get-online-features HTTP/1.1\r\nHost: x\r\nContent-Length: {len(text)}\r\n\r\n".encode()
        waiting.sendall(head + text[:10])
        time.sleep(0.3)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.1", server.port), timeout=2).close()
        waiting.sendall(text[10:])
        assert b"200 OK" in waiting.recv(65536)
        waiting.close()
        # A second signal would end it at once.
        assert server.process.wait(timeout=30) == 0


def test_https(served, tmp_path_factory):
    import shutil
    import ssl
    import subprocess
    import urllib.request

    if not shutil.which("openssl"):
        pytest.skip("openssl makes the certificate")
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "key.pem", "-out",
         folder / "cert.pem", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True)
    with serving(served.root, "--tls-cert", folder / "cert.pem", "--tls-key", folder / "key.pem") as server:
        context = ssl.create_default_context(cafile=folder / "cert.pem")
        with urllib.request.urlopen(f"https://localhost:{server.port}/health", context=context) as answer:
            assert answer.status == 200
    words = served.fail("serve", "--tls-cert", "missing.pem", "--tls-key", "missing.pem")
    assert "missing.pem" in words and "PEM" in words
    assert "go together" in served.fail("serve", "--tls-cert", folder / "cert.pem", status=2)


def pushed(key, x, minutes=0, **more):
    time_text = (NOW - HOUR + datetime.timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S")
    return {"city": [key], "slot": [1], "event_timestamp": [time_text], "y": [x], **more}


def test_pushed_rows_are_online_and_in_training_sets_when_answered(served):
    read = {"entities": {"city": ["p"], "slot": [1]}, "features": ["pv:y"]}
    with serving(served.root) as server:
        assert server.request("POST", "/push", {
            "push_source_name": "pv", "df": pushed("p", 1.5, 5), "to": "online_and_offline",
            "allow_registry_cache": True, "transform_on_write": True})[::2] == (200, b"")
        assert columns(server.post("/get-online-features", read))["y"]["values"] == [1.5]
        # An older row changes nothing online; the source's name reaches its views.
        server.request("POST", "/push", {"push_source_name": "pairs", "df": pushed("p", 7.0, 1, other=[3])})
        assert columns(server.post("/get-online-features", read))["y"]["values"] == [1.5]
        (served.root / "rows.csv").write_text(
            "city,slot,event_timestamp\n" + "".join(
                f"p,1,{(NOW - HOUR + datetime.timedelta(minutes=minutes)).isoformat()}\n" for minutes in (0, 2, 9)))
        served.run("training-set", "--features", "pv:y", "--entities", "rows.csv", "--out", "out.parquet")
        assert pq.read_table(served.root / "out.parquet")["y"].to_pylist() == [None, 7.0, 1.5]


def test_a_repeated_batch_changes_nothing(served):
    with serving(served.root) as server:
        for _ in range(3):
            body = {"push_source_name": "pv", "df": pushed("r", 2.5)}
            assert server.request("POST", "/push", body, {"Idempotency-Key": "batch-1"})[0] == 200
        assert 'fstore_view_online_keys{view="pv"} 3' in server.get("/metrics")
    assert served.json("describe", "pv")["history"]["rows"] == 3


def test_feasts_own_names_are_taken_by_write_to_online_store(served):
    with serving(served.root) as server:
        body = {"feature_view_name": "pv", "df": {**pushed("w", 4.5), "created": [None]}, "allow_registry_cache": False}
        assert server.post("/write-to-online-store", body) is None
        read = {"entities": {"city": ["w"], "slot": [1]}, "features": ["pv:y"]}
        assert columns(server.post("/get-online-features", read))["y"]["values"] == [4.5]


@pytest.mark.parametrize("body, words", [
    ({"df": {}}, "push_source_name"),
    ({"push_source_name": "pw", "df": {}}, "did you mean 'pv'"),
    ({"push_source_name": "pv"}, "'df' is missing"),
    ({"push_source_name": "pv", "df": {"city": ["a"]}}, "lacks the column 'slot'"),
    ({"push_source_name": "pv", "df": {**pushed("a", 1.0), "y": [1.0, 2.0]}}, "give as many"),
    ({"push_source_name": "pv", "df": {**pushed("a", 1.0), "slot": ["x"]}}, "df.slot (int32)"),
    ({"push_source_name": "pv", "df": {**pushed("a", 1.0), "slot": [None]}}, "null"),
    ({"push_source_name": "pv", "df": pushed("a", 1.0), "to": "both"}, "online_and_offline"),
])
def test_a_push_that_does_not_fit_is_refused_whole(served, body, words):
    with serving(served.root) as server:
        assert words in server.refused("/push", body, 422)
    assert served.json("describe", "pv")["history"]["rows"] == 2


def test_a_push_is_taken_whichever_definitions_came_in_force_a_moment_ago(served):
    with serving(served.root) as server:
        for number in range(6):
            more = ", z: int64" if number % 2 == 0 else ""
            served.define(DEFINITIONS.replace("features: {y: float32}", "features: {y: float32" + more + "}"))
            served.run("apply")
            body = {"push_source_name": "pv", "df": pushed("z", float(number), number, z=[number])}
            assert server.request("POST", "/push", body)[::2] == (200, b"")
        read = {"entities": {"city": ["z"], "slot": [1]}, "features": ["pv:y"]}
        assert columns(server.post("/get-online-features", read))["y"]["values"] == [5.0]


def test_a_token_pushes_only_where_it_may(served):
    token = served.json("token", "create", "--scope", "push:fv")["token"]
    with serving(served.root, "--require-token") as server:
        words = server.refused(
            "/push", {"push_source_name": "pv", "df": pushed("a", 1.0)}, 403, {"Authorization": f"Bearer {token}"})
        assert "push:pv" in words


def test_acknowledged_pushes_survive_kill_9(served):
    acknowledged = []
    with serving(served.root) as server:
        ending = threading.Event()

        def push(worker):
            number = 0
            while not ending.is_set():
                key = f"k{worker}-{number}"
                try:
                    status = server.request("POST", "/push", {"push_source_name": "pv", "df": pushed(key, float(number))})[0]
                except OSError:
                    return
                if status == 200:
                    acknowledged.append((key, float(number)))
                number += 1

        workers = [threading.Thread(target=push, args=(worker,)) for worker in range(4)]
        for worker in workers:
            worker.start()
        time.sleep(1.5)
        server.process.kill()
        ending.set()
        for worker in workers:
            worker.join()
    assert len(acknowledged) > 20
    with serving(served.root) as server:
        keys = [key for key, _ in acknowledged]
        answer = columns(server.post("/get-online-features", {
            "entities": {"city": keys, "slot": [1] * len(keys)}, "features": ["pv:y"]}))
        assert answer["y"]["values"] == [value for _, value in acknowledged]
