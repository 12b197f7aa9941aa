"""Runs our work and the peers' on the same files, turn by turn, and prints seconds, ratios and peak memory.

usage: benchmark.py FSTORE PYTHON [--set small|normal|large] [--rounds N]     (through `make bench`)

Ours is timed as a whole process, start and exit included; a peer from after its import to its last written byte.
Ratios are peer / ours, round by round; the median is what counts, since the machine is shared.
"""
import argparse
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
SETS = {"small": (10_000, 1_000_000, 100_000), "normal": (100_000, 10_000_000, 1_000_000),
        "large": (1_000_000, 100_000_000, 1_000_000)}
FEATURES = ", ".join(f"f{i}: float32" for i in range(10))
# The floor's rows: ours have a header of 24 bytes, 4 of null bits, and ten numbers.
ROW_BYTES = 24 + 4 + 40


def definitions(available):
    return f"""
entities:
  driver: {{join_keys: {{driver_id: int64}}}}
sources:
  hourly: {{path: data/*.parquet, timestamp: event_timestamp, created: created}}
feature_views:
  stats: {{entities: [driver], source: hourly, ttl: 7d, available: {available}, features: {{{FEATURES}}}}}
feature_services:
  model: {{features: ["stats:*"]}}
"""


def timed(command, cwd=None):
    """Seconds and peak megabytes of a whole process."""
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    output, errors = process.stdout.read(), process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"{command}: {errors}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024, output


class Bench:
    def __init__(self, arguments):
        self.fstore = os.path.abspath(arguments.fstore)
        self.python = arguments.python
        self.rounds = arguments.rounds
        self.folder = HERE.parent / ".build" / "bench"
        self.set = arguments.set

    def data(self, name, keys, rows, asked):
        folder = self.folder / name
        if not (folder / "entities.parquet").exists():
            subprocess.run(
                [self.python, HERE / "make_history.py", folder, str(keys), str(rows), str(asked)], check=True)
        return folder

    def project(self, name, data, available):
        root = self.folder / name
        shutil.rmtree(root, ignore_errors=True)
        (root / "features").mkdir(parents=True)
        (root / "fstore.yaml").write_text("project: bench\n")
        (root / "features" / "views.yaml").write_text(definitions(available))
        os.symlink(data / "history", root / "data")
        timed([self.fstore, "apply"], root)
        return root

    def peer(self, *words):
        seconds, peak, output = timed([self.python, HERE / "peers.py", *map(str, words)])
        return float(output.split()[-1]), peak

    def compare(self, title, ours, peers):
        """Runs `ours` and each of `peers` in turn; prints medians and ratios."""
        times = {name: [] for name in ["ours", *peers]}
        peaks = dict.fromkeys(times, 0.0)
        for _ in range(self.rounds):
            for name, work in [("ours", ours), *peers.items()]:
                seconds, peak = work()
                times[name].append(seconds)
                peaks[name] = max(peaks[name], peak)
        print(f"\n### {title}\n")
        print("| | median s | peak MB | ratio to ours (median of rounds) |\n|---|---|---|---|")
        for name in times:
            ratio = statistics.median(b / a for a, b in zip(times["ours"], times[name]))
            print(f"| {name} | {statistics.median(times[name]):.2f} | {peaks[name]:.0f} | {ratio:.1f} |", flush=True)

    def training_sets(self):
        data = self.data(self.set, *SETS[self.set])
        out = self.folder / "out"
        out.mkdir(exist_ok=True)
        for available in ("event", "created"):
            root = self.project(f"project-{available}", data, available)

            def ingest():
                shutil.rmtree(root / ".fstore" / "offline", ignore_errors=True)
                for name in ("catalog.sqlite", "catalog.sqlite-wal", "catalog.sqlite-shm"):
                    (root / ".fstore" / name).unlink(missing_ok=True)
                timed([self.fstore, "apply"], root)
                return timed([self.fstore, "ingest", "--all"], root)[:2]

            if available == "event":
                self.compare("Ingest, and DuckDB's sorted table", ingest, {
                    "DuckDB: create table … order by": lambda: self.peer(
                        "duckdb", "sorted-table", data, out / "sorted.duckdb")})
            else:
                ingest()
            peers = {"DuckDB": lambda: self.peer("duckdb", "training-set", data, out / "duckdb.parquet", available)}
            if available == "event":
                peers["DuckDB, sorted table"] = lambda: self.peer(
                    "duckdb", "from-table", data, out / "table.parquet")
                peers["Polars"] = lambda: self.peer("polars", "training-set", data, out / "polars.parquet")
                peers["pandas"] = lambda: self.peer("pandas", "training-set", data, out / "pandas.parquet")
            command = [self.fstore, "training-set", "model", "--entities", str(data / "entities.parquet"), "--out",
                       str(out / "ours.parquet")]
            self.compare(
                f"Training set, Parquet to Parquet, `available: {available}`", lambda: timed(command, root)[:2], peers)

    def materialize(self):
        keys = 1_000_000 if self.set != "small" else 10_000
        data = self.data(f"keys-{keys}", keys, keys * 10, 1000)
        root = self.project("project-keys", data, "event")
        timed([self.fstore, "ingest", "--all"], root)
        floor = self.folder / "lmdb_append"
        subprocess.run(["cc", "-O2", "-o", floor, HERE / "lmdb_append.c", "-llmdb"], check=True)

        def ours():
            shutil.rmtree(root / ".fstore" / "online", ignore_errors=True)
            return timed([self.fstore, "materialize", "--full"], root)[:2]

        def append():
            shutil.rmtree(self.folder / "floor", ignore_errors=True)
            _, peak, output = timed([floor, self.folder / "floor", str(keys), str(ROW_BYTES)])
            return float(output), peak

        self.compare(f"Materialize {keys:,} keys x 10 features", ours, {"C loop: append to LMDB": append})

    def run(self):
        print(f"# {time.strftime('%Y-%m-%d')}, set '{self.set}', {self.rounds} rounds\n")
        print(f"{platform.platform()}, {os.cpu_count()} cores; {self.version()}")
        self.training_sets()
        self.materialize()

    def version(self):
        text = subprocess.run([self.fstore, "--version"], capture_output=True, text=True).stdout.strip()
        names = "import duckdb, pandas, polars, pyarrow; print(*(f'{m.__name__} {m.__version__}' for m in " \
                "(duckdb, pandas, polars, pyarrow)), sep=', ')"
        return text + "; " + subprocess.run([self.python, "-c", names], capture_output=True, text=True).stdout.strip()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("fstore")
    parser.add_argument("python")
    parser.add_argument("--set", choices=SETS, default="normal")
    parser.add_argument("--rounds", type=int, default=5)
    Bench(parser.parse_args()).run()


if __name__ == "__main__":
    sys.exit(main())
