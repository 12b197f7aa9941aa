"""The server when things go wrong: a full disk, thousands of idle connections, clients that trickle or vanish."""
import contextlib
import json
import os
import resource
import shutil
import socket
import subprocess
import threading
import time

import pyarrow.parquet as pq
import pytest

from conftest import FSTORE
from server_support import serving
from test_server import columns

BIG = "x" * 2000
DEFINITIONS = """
    entities: {sensor: {join_keys: {sensor: int64}}}
    sources: {readings: {path: data.csv, timestamp: at}}
    feature_views: {weather: {entities: [sensor], source: readings, features: {temp: int64, note: string}}}
"""
READ = {"entities": {"sensor": [0]}, "features": ["weather:temp"]}


@pytest.fixture
def pushing(project):
    project.define(DEFINITIONS)
    project.run("apply")
    return project


def batch(number, rows=100):
    """Rows of keys of their own, which tell the batch's number."""
    keys = list(range(number * rows, (number + 1) * rows))
    return {"push_source_name": "weather", "df": {
        "sensor": keys, "at": ["2024-01-31T10:00:00Z"] * rows, "temp": [number] * rows, "note": [BIG] * rows}}


def read(server, keys):
    found = []
    for start in range(0, len(keys), 5000):
        found += columns(server.post("/get-online-features", {
            "entities": {"sensor": keys[start:start + 5000]}, "features": ["weather:temp"]}))["temp"]["values"]
    return found


def descriptors(server):
    """The server's sockets, and all else that it has open."""
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


def comes_true(condition, seconds=15):
    deadline = time.time() + seconds
    while not condition():
        if time.time() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.fixture
def small_disk(pushing, tmp_path_factory):
    """The project's store on a disk of 10 MB; skipped where none can be mounted."""
    folder = tmp_path_factory.mktemp("disk")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=10m", "tmpfs", folder], capture_output=True).returncode != 0:
        pytest.skip("a small disk cannot be mounted here")
    shutil.copytree(pushing.root / ".fstore", folder, dirs_exist_ok=True)
    shutil.rmtree(pushing.root / ".fstore")
    os.symlink(folder, pushing.root / ".fstore")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_refuses_pushes_loses_nothing_and_heals(pushing, small_disk):
    with serving(pushing.root) as server:
        acknowledged, refused = [], []
        for number in range(200):
            status, headers, answer = server.request("POST", "/push", batch(number))
            if status == 200:
                acknowledged.append(number)
            else:
                refused.append(number)
                assert status == 507 and headers["Retry-After"], answer
                assert "disk is full" in json.loads(json.loads(answer))["message"]
            if len(refused) == 20:
                break
        assert len(acknowledged) > 5 and len(refused) == 20
        # Serving goes on, and what was refused is nowhere.
        keys = [number * 100 for number in acknowledged]
        assert read(server, keys) == acknowledged
        assert read(server, [number * 100 for number in refused if number not in acknowledged]) == [None] * len(refused)
        subprocess.run(["mount", "-o", "remount,size=60m", small_disk], check=True)
        for number in refused:
            assert server.request("POST", "/push", batch(number))[0] == 200
        assert read(server, [number * 100 for number in refused]) == refused
    everything = sorted(acknowledged + refused)
    with serving(pushing.root) as server:
        assert read(server, [number * 100 for number in everything]) == everything
    assert pushing.json("describe", "weather")["history"]["rows"] == 100 * len(everything)
    pushing.run("compact")
    (pushing.root / "rows.csv").write_text(
        "sensor,event_timestamp\n" + "".join(f"{number * 100 + 99},2024-02-01T00:00:00Z\n" for number in everything))
    pushing.run("training-set", "--features", "weather:temp", "--entities", "rows.csv", "--out", "out.parquet")
    assert pq.read_table(pushing.root / "out.parquet")["temp"].to_pylist() == everything


@contextlib.contextmanager
def connections(server, number):
    """Open connections that say nothing; skipped where the system does not allow so many."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = number + 500
    if limit[0] < needed:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (needed, max(needed, limit[1])))
        except (ValueError, OSError):
            pytest.skip(f"{number} open files are not allowed here")
    opened = []
    try:
        for _ in range(number):
            opened.append(socket.create_connection(("127.0.0.1", server.port), timeout=10))
        yield opened
    finally:
        for connection in opened:
            connection.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, limit)


def is_cut(connection):
    connection.setblocking(False)
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def test_ten_thousand_idle_connections_keep_nobody_from_being_served(pushing):
    with serving(pushing.root) as server:
        server.request("POST", "/push", batch(0))
        before = descriptors(server)
        with connections(server, 10_000) as idle:
            assert comes_true(lambda: descriptors(server) > before + 9_000)
            for _ in range(20):
                assert read(server, [0, 1]) == [0, 0]
            assert not any(is_cut(connection) for connection in idle[::100])
        assert comes_true(lambda: descriptors(server) <= before + 4), descriptors(server)


def test_a_low_limit_of_open_files_means_fewer_connections(pushing):
    command = f"ulimit -Hn 1024; exec {FSTORE} serve --port 0"
    process = subprocess.Popen(["bash", "-c", command], cwd=pushing.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline().startswith("serving"), process.communicate()[1]
    finally:
        process.terminate()
        process.communicate()


def test_where_places_become_scarce_the_longest_idle_make_room(pushing):
    with serving(pushing.root, "--max-connections", 200) as server:
        server.request("POST", "/push", batch(0))
        ending = threading.Event()
        answers = []

        def ask():
            """A client on one connection, which asks all the time."""
            busy = socket.create_connection(("127.0.0.1", server.port))
            while not ending.is_set():
                busy.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
                answers.append(busy.recv(4096).startswith(b"HTTP/1.1 200"))
                time.sleep(0.05)
            busy.close()

        asking = threading.Thread(target=ask)
        asking.start()
        with connections(server, 600) as idle:
            for _ in range(10):
                assert read(server, [0, 1]) == [0, 0]
                time.sleep(0.1)
            assert sum(is_cut(connection) for connection in idle) > 300
            assert descriptors(server) < 300
        ending.set()
        asking.join()
        assert len(answers) > 10 and all(answers)
        assert comes_true(lambda: descriptors(server) < 40)


def trickle(server, text, pause=0.2, seconds=30):
    """Sends a byte from time to time; returns after how many seconds the server had enough."""
    connection = socket.create_connection(("127.0.0.1", server.port))
    start = time.time()
    try:
        for byte in text:
            connection.sendall(bytes([byte]))
            time.sleep(pause)
            if is_cut(connection):
                return time.time() - start
            connection.setblocking(True)
            if time.time() - start > seconds:
                return None
    except OSError:
        return time.time() - start
    finally:
        connection.close()
    return None


def test_clients_that_trickle_are_cut_and_hold_nobody_up(pushing):
    head = b"POST /get-online-features HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
    with serving(pushing.root, "--request-timeout", 1, "--idle-timeout", 2) as server:
        server.request("POST", "/push", batch(0))
        took = {}

        def run(name, text):
            took[name] = trickle(server, text)

        def body():
            connection = socket.create_connection(("127.0.0.1", server.port))
            start = time.time()
            try:
                connection.sendall(head)
                while time.time() - start < 30:
                    connection.sendall(b"{")
                    time.sleep(0.2)
                    if is_cut(connection):
                        break
                    connection.setblocking(True)
            except OSError:
                pass
            took["body"] = time.time() - start
            connection.close()

        threads = [threading.Thread(target=run, args=("head", head + b"{" * 200)), threading.Thread(target=body)]
        threads += [threading.Thread(target=run, args=(f"more {number}", head)) for number in range(20)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            start = time.time()
            assert read(server, [0]) == [0]
            assert time.time() - start < 2
            time.sleep(0.05)
        assert all(seconds and seconds < 10 for seconds in took.values()), took


def test_half_requests_and_vanished_clients_leave_nothing_behind(pushing):
    body = json.dumps(batch(1, rows=2000)).encode()
    whole = b"POST /push HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    with serving(pushing.root) as server:
        server.request("POST", "/push", batch(0))
        read(server, [0])
        server.get("/metrics")
        before = descriptors(server)
        for length in (1, 17, 60, 80, 5000, len(whole) // 2, len(whole) - 1, len(whole)):
            for reset in (False, True):
                connection = socket.create_connection(("127.0.0.1", server.port))
                if reset:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                with contextlib.suppress(OSError):
                    connection.sendall(whole[:length])
                connection.close()
        # Many requests on a connection whose client reads no answer and goes.
        connection = socket.create_connection(("127.0.0.1", server.port))
        text = json.dumps({"entities": {"sensor": list(range(2000))}, "features": ["weather:note"]}).encode()
        connection.setblocking(False)
        with contextlib.suppress(BlockingIOError, ConnectionError):
            for _ in range(500):
                connection.send(b"POST /get-online-features HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(text) + text)
        connection.close()
        assert read(server, [0]) == [0]
        # The store's own files may be a few more.
        assert comes_true(lambda: descriptors(server) <= before + 3), descriptors(server)
        assert "fstore_connections " in server.get("/metrics")


def test_ten_megabytes_of_keys_are_refused_with_a_sentence(pushing):
    with serving(pushing.root) as server:
        keys = list(range(1_300_000))
        body = {"entities": {"sensor": keys}, "features": ["weather:temp"]}
        assert len(json.dumps(body)) > 10_000_000
        assert "more than 10000 rows" in server.refused("/get-online-features", body, 422)
        words = server.refused("/push", {"push_source_name": "weather", "df": {"sensor": keys}}, 422)
        assert "more than 10000 rows" in words
        assert server.request("GET", "/health")[0] == 200
