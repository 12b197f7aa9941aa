"""Months of a server's life in some minutes: readers, pushers, ingestion, materialization, compaction, definitions that
change, bad requests and vanishing clients, all at once.

usage: soak.py [MINUTES]     (through scripts/soak; default 10)

At the end nothing that was acknowledged may be lost, online or in history, and the server's memory and descriptors must
be where they were after the first fifth of the time.
"""
import http.client
import json
import os
import pathlib
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Python"))

from conftest import FSTORE, Project  # noqa: E402
from server_support import Server  # noqa: E402

KEYS = 20_000
PUSHERS = 2
READERS = 4
BATCH = 200
DEFINITIONS = """
    entities:
      sensor: {join_keys: {sensor: int64}}
    sources:
      readings: {path: data/*.csv, timestamp: at}
      places: {path: places/*.csv, timestamp: at}
    feature_views:
      weather: {entities: [sensor], source: readings, features: {number: int64, temp: float32, note: string EXTRA}}
      place: {entities: [sensor], source: places, features: {room: int64}}
    feature_services:
      model: {features: ["weather:number", "place:room"]}
"""


class Soak:
    def __init__(self, root, seconds):
        self.project = Project(root)
        self.end = time.time() + seconds
        self.random = random.Random(3)
        self.problems = []
        self.counts = dict.fromkeys(
            ["reads", "rows pushed", "repeated pushes", "bad requests", "materializations", "definitions", "compactions"], 0)
        self.lock = threading.Lock()
        # By key, the number of the last batch that was acknowledged; a pusher has keys of its own.
        self.acknowledged = [0] * KEYS
        self.rows = 0
        self.rooms = 0
        self.samples = []

    def count(self, name, number=1):
        with self.lock:
            self.counts[name] += number

    def problem(self, text):
        with self.lock:
            self.problems.append(text)

    def is_over(self):
        return time.time() > self.end or len(self.problems) > 20

    def thread(self, work, *arguments):
        def run():
            try:
                while not self.is_over():
                    work(*arguments)
            except Exception as error:  # noqa: BLE001
                self.problem(f"{work.__name__}: {error!r}")

        return threading.Thread(target=run, name=work.__name__)

    # What runs side by side.

    def push(self, place, state):
        connection = state.setdefault("connection", http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60))
        number = state["number"] = state.get("number", 0) + 1
        share = KEYS // PUSHERS
        keys = state["random"].sample(range(place * share, (place + 1) * share), BATCH)
        seconds = number // 1000 + 1_700_000_000
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{number % 1000:03}Z"
        body = json.dumps({"push_source_name": "weather", "df": {
            "sensor": keys, "at": [moment] * BATCH, "number": [number] * BATCH, "temp": [number / 7] * BATCH,
            "note": [f"batch {number}"] * BATCH, "extra": [None] * BATCH}})
        for repeat in range(2 if number % 50 == 0 else 1):
            connection.request("POST", "/push", body, {"Idempotency-Key": f"{place}/{number}"})
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != 200:
                return self.problem(f"push: {answer.status} {text[:300]}")
            if repeat:
                self.count("repeated pushes")
                continue
            for key in keys:
                self.acknowledged[key] = number
            with self.lock:
                self.rows += BATCH
            self.count("rows pushed", BATCH)
        time.sleep(0.01)

    def read(self, state):
        connection = state.setdefault("connection", http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60))
        keys = state["random"].sample(range(KEYS), state["random"].choice([1, 1, 1, 50]))
        expected = [self.acknowledged[key] for key in keys]
        path, body = ("/get-online-features", {"entities": {"sensor": keys}, "feature_service": "model"})
        if state["random"].random() < 0.2:
            path = "/v1/vectors"
        connection.request("POST", path, json.dumps(body))
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            return self.problem(f"read: {answer.status} {text[:300]}")
        found = json.loads(text)
        numbers = found["results"][1]["values"] if "results" in found else [row[0] for row in found["vectors"]]
        for key, least, number in zip(keys, expected, numbers):
            if least and (number is None or number < least):
                self.problem(f"key {key} was read as {number} after {least} had been acknowledged")
        self.count("reads")

    def materialize(self):
        self.rooms += 1
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(1_700_000_000 + self.rooms))
        lines = [f"{key},{moment},{self.rooms}\n" for key in range(0, KEYS, 10)]
        (self.project.root / "places" / f"part-{self.rooms}.csv").write_text("sensor,at,room\n" + "".join(lines))
        done = self.project.command("ingest", "place")
        if done.returncode and "another fstore process" not in done.stderr:
            self.problem(f"ingest: {done.stderr}")
        status, _, text = self.server.request("POST", "/materialize-incremental", {"feature_views": ["place"]})
        if status not in (200, 409):
            self.problem(f"materialize: {status} {text[:300]}")
        self.count("materializations")
        time.sleep(5)

    def define(self, state):
        state["extra"] = not state.get("extra", False)
        self.project.define(DEFINITIONS.replace("EXTRA", ", extra: int64" if state["extra"] else ""))
        done = self.project.command("apply")
        if done.returncode and "another fstore process" not in done.stderr:
            self.problem(f"apply: {done.stderr}")
        self.count("definitions")
        time.sleep(7)

    def compact(self):
        time.sleep(20)
        done = self.project.command("compact", "--keep", "0s")
        if done.returncode and "another fstore process" not in done.stderr:
            self.problem(f"compact: {done.stderr}")
        self.count("compactions")

    def misbehave(self, state):
        body = random.choice([b"{", b"[" * 5000, b"\xff\x00", b"{}", b'{"entities": {"sensor": ["x"]}, "feature_service": "model"}',
                              b'{"entities": {"sensor": [1]}, "features": ["nothing:here%d"]}' % state.setdefault("n", 0)])
        state["n"] += 1
        status, _, text = self.server.request("POST", random.choice(["/get-online-features", "/push", "/v1/vectors", "/no"]), body)
        if not 400 <= status < 500:
            self.problem(f"a bad request is answered with {status}: {text[:300]}")
        half = socket.create_connection(("127.0.0.1", self.server.port))
        half.sendall(b"POST /push HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"[: random.randrange(70)])
        if random.random() < 0.5:
            half.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        half.close()
        self.server.request("GET", "/metrics")
        self.count("bad requests")
        time.sleep(0.05)

    def sample(self):
        process = self.server.process.pid
        status = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{process}/status").read_text().splitlines())
        self.samples.append((
            time.time(), int(status["RssAnon"].split()[0]) / 1024, len(os.listdir(f"/proc/{process}/fd")), int(status["Threads"])))
        time.sleep(2)

    def run(self):
        root = self.project.root
        (root / "data").mkdir()
        (root / "places").mkdir()
        self.project.define(DEFINITIONS.replace("EXTRA", ""))
        self.project.run("apply")
        self.server = Server(root, "--access-log", root / "access.log", "--request-timeout", 5)
        states = [{"random": random.Random(seed)} for seed in range(READERS + PUSHERS)]
        threads = [self.thread(self.push, place, states[place]) for place in range(PUSHERS)]
        threads += [self.thread(self.read, state) for state in states[PUSHERS:]]
        threads += [self.thread(self.materialize), self.thread(self.define, {}), self.thread(self.compact),
                    self.thread(self.misbehave, {}), self.thread(self.sample)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self.server.stop() != 0:
            self.problem("the server did not end well")
        self.check_rows()
        self.check_samples()

    def check_rows(self):
        self.project.define(DEFINITIONS.replace("EXTRA", ", extra: int64"))
        self.project.run("apply")
        history = self.project.json("describe", "weather")["history"]["rows"]
        if history != self.rows:
            self.problem(f"{self.rows} rows were acknowledged, and history has {history}")
        self.server = Server(self.project.root)
        for start in range(0, KEYS, 5000):
            keys = list(range(start, start + 5000))
            found = self.server.post("/get-online-features", {"entities": {"sensor": keys}, "features": ["weather:number"]})
            for key, number in zip(keys, found["results"][1]["values"]):
                if (number or 0) != self.acknowledged[key]:
                    self.problem(f"key {key} is {number} online, and {self.acknowledged[key]} was acknowledged")
        self.server.stop()

    def check_samples(self):
        size = max(1, len(self.samples) // 5)
        early, late = self.samples[size:2 * size] or self.samples, self.samples[-size:]
        self.report = {}
        for place, (name, allowance) in enumerate([("MB of memory", 24), ("descriptors", 16), ("threads", 4)], 1):
            before, after = (statistics.median(sample[place] for sample in part) for part in (early, late))
            self.report[name] = (before, after, max(sample[place] for sample in self.samples))
            if after > before * 1.1 + allowance:
                self.problem(f"{name}: {before:.0f} in the second fifth of the time, {after:.0f} in the last")


def main():
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 10
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        soak = Soak(pathlib.Path(folder), minutes * 60)
        version = subprocess.run([FSTORE, "--version"], capture_output=True, text=True).stdout.strip()
        print(f"{version}, {minutes:g} minutes", flush=True)
        soak.run()
        for name, number in soak.counts.items():
            print(f"{name}: {number:,}")
        for name, (before, after, most) in getattr(soak, "report", {}).items():
            print(f"{name}: {before:.0f} in the second fifth of the time, {after:.0f} in the last, {most:.0f} at most")
    for problem in soak.problems:
        print(f"PROBLEM: {problem}")
    print("failed" if soak.problems else "all acknowledged rows are online and in history")
    return 1 if soak.problems else 0


if __name__ == "__main__":
    sys.exit(main())
