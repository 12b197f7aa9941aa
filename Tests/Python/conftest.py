"""Runs the fstore binary ($FSTORE_BIN) as a user would, each test in a project of its own."""
import json
import os
import pathlib
import subprocess
import textwrap

import pytest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
FSTORE = os.environ.get("FSTORE_BIN", str(REPOSITORY / ".build" / "release" / "fstore"))


class Project:
    """A project folder and the commands that run in it."""

    def __init__(self, root: pathlib.Path):
        self.root = root
        (root / "features").mkdir(parents=True, exist_ok=True)
        (root / "fstore.yaml").write_text("project: test\n")

    def define(self, text: str, name: str = "views.yaml"):
        (self.root / "features" / name).write_text(textwrap.dedent(text))

    def command(self, *arguments: str, **options):
        return subprocess.run(
            [FSTORE, *map(str, arguments)], cwd=self.root, capture_output=True, text=True, timeout=300, **options)

    def run(self, *arguments: str):
        """Runs a command that must succeed and returns what it printed."""
        done = self.command(*arguments)
        assert done.returncode == 0, f"{arguments}: {done.stderr}"
        return done.stdout

    def json(self, *arguments: str):
        return json.loads(self.run(*arguments, "--json"))

    def fail(self, *arguments: str, status: int = 1) -> str:
        """Runs a command that must fail with one sentence, and returns it."""
        done = self.command(*arguments)
        assert done.returncode == status, f"{arguments}: exit {done.returncode}: {done.stdout}{done.stderr}"
        assert done.stdout == "", done.stdout
        assert "Fatal error" not in done.stderr
        return done.stderr.strip()

    def files(self) -> dict:
        """Every file of the store but SQLite's and LMDB's side files, with its size."""
        store = self.root / ".fstore"
        return {
            str(path.relative_to(store)): path.stat().st_size
            for path in sorted(store.rglob("*.parquet")) if path.is_file()}


class Spark:
    """One Spark session in a process of its own ($FSTORE_SPARK_PYTHON), for all tests, since it takes long to start."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        self.errors = open(folder / "spark.log", "w+")
        self.jobs = 0
        python = os.environ.get("FSTORE_SPARK_PYTHON", str(REPOSITORY / ".venv-spark" / "bin" / "python"))
        self.process = subprocess.Popen(
            [python, pathlib.Path(__file__).parent / "spark_session.py"], cwd=folder, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=self.errors, text=True)

    def run(self, sql: str, entities=None):
        """The statement's result as an Arrow table; `entities` is a Parquet file to read as the table of that name."""
        import pyarrow.parquet

        self.jobs += 1
        out = self.folder / f"{self.jobs}"
        job = {"sql": sql, "out": str(out), "entities": str(entities) if entities else None}
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            self.errors.seek(0)
            pytest.fail(f"Spark ended: {self.errors.read()}")
        error = json.loads(answer)["error"]
        assert error is None, error
        return pyarrow.parquet.read_table(out)

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=60)
        self.errors.close()


@pytest.fixture(scope="session")
def spark(tmp_path_factory):
    session = Spark(tmp_path_factory.mktemp("spark"))
    yield session
    session.close()


@pytest.fixture
def project(tmp_path) -> Project:
    return Project(tmp_path)


DRIVER_VIEWS = """
    entities:
      driver: {join_keys: {driver_id: int64}}
    sources:
      hourly:
        path: data/*.parquet
        timestamp: event_timestamp
        created: created
    feature_views:
      driver_stats:
        entities: [driver]
        source: hourly
        ttl: 7d
        available: AVAILABLE
        features: {FEATURES}
    feature_services:
      eta_v1: {features: ["driver_stats:*"]}
"""


def driver_views(available: str = "created", features=None) -> str:
    features = features or {f"f{i}": "float32" for i in range(10)}
    return DRIVER_VIEWS.replace("AVAILABLE", available).replace(
        "{FEATURES}", "{" + ", ".join(f"{name}: {kind}" for name, kind in features.items()) + "}")
