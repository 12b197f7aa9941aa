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
