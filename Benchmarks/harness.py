"""What all benchmarks share: files made once, processes timed, rounds compared.

Ours is timed as a whole process, start and exit included; a peer from after its import to its last written byte.
Ratios are peer / ours, round by round; the median is what counts, since the machine is shared.
"""
import os
import pathlib
import shutil
import statistics
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent
SETS = {"small": (10_000, 1_000_000, 100_000), "normal": (100_000, 10_000_000, 1_000_000),
        "large": (1_000_000, 100_000_000, 1_000_000)}
FEATURES = ", ".join(f"f{i}: float32" for i in range(10))


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
        return self.make_project(self.folder / name, data, definitions(available))

    def make_project(self, root, data, views):
        """A fresh project whose `data` are the files of `data`'s history."""
        shutil.rmtree(root, ignore_errors=True)
        (root / "features").mkdir(parents=True)
        (root / "fstore.yaml").write_text("project: bench\n")
        (root / "features" / "views.yaml").write_text(views)
        os.symlink(data / "history", root / "data")
        timed([self.fstore, "apply"], root)
        return root

    def sql(self, statement):
        """Runs a statement of DuckDB's in a process of its own: a child's peak begins with what its parent holds."""
        subprocess.run([self.python, "-c", "import sys, duckdb; duckdb.execute(sys.argv[1])", statement], check=True)

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

    def version(self):
        text = subprocess.run([self.fstore, "--version"], capture_output=True, text=True).stdout.strip()
        names = "import duckdb, pandas, polars, pyarrow; print(*(f'{m.__name__} {m.__version__}' for m in " \
                "(duckdb, pandas, polars, pyarrow)), sep=', ')"
        return text + "; " + subprocess.run([self.python, "-c", names], capture_output=True, text=True).stdout.strip()
