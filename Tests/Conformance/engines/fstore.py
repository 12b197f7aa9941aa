"""fstore itself, and the SQL that it prints, run in DuckDB."""
import os
import pathlib
import shutil
import subprocess

import pyarrow as pa
import pyarrow.parquet as pq

from cases import SERVICE, Case, Refused

REPOSITORY = pathlib.Path(__file__).resolve().parents[3]
BINARY = os.environ.get("FSTORE_BIN", str(REPOSITORY / ".build" / "release" / "fstore"))


class Store:
    """A project in `folder` that holds a case's history, file by file as it arrived, or all files at once."""

    def __init__(self, case: Case, folder: pathlib.Path, at_once: bool = False):
        self.case, self.folder = case, folder
        self._run("init", folder, inside=False)
        for example in [*folder.glob("features/*"), *folder.glob("data/*")]:
            shutil.rmtree(example) if example.is_dir() else example.unlink()
        early = {name: file for file, names in case.earlier.items() for name in names}
        in_force = None
        for view, path in ((view, path) for view in case.views.values() for path in case.source_files(view.source)):
            name = str(path.relative_to(case.folder))
            definitions = early.get(name, "definitions.yaml")
            if definitions != in_force:
                shutil.copy(case.folder / definitions, folder / "features" / "definitions.yaml")
                self._run("apply")
                in_force = definitions
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, folder / name)
            if not at_once:
                self._run("ingest", view.name)
        if at_once:
            self._run("ingest", "--all")

    def _run(self, *arguments, inside=True) -> str:
        done = subprocess.run(
            [BINARY, *map(str, arguments)], cwd=self.folder if inside else None, capture_output=True, text=True)
        if done.returncode:
            raise Refused(done.stderr.strip())
        return done.stdout

    @property
    def _options(self):
        return ["--full-names"] * self.case.full_names + ["--with-times"] * self.case.with_times

    def _entity_file(self) -> pathlib.Path:
        path = self.folder / "entities.parquet"
        pq.write_table(self.case.entities, path)
        return path

    def compact(self):
        self._run("compact", "--full")

    def training_set(self, from_csv: bool = False) -> pa.Table:
        entities = self.case.folder / "entities.csv" if from_csv else self._entity_file()
        self._run(
            "training-set", SERVICE, "--entities", entities, "--out", self.folder / "set.parquet", *self._options)
        return pq.read_table(self.folder / "set.parquet")

    def sql(self, dialect: str) -> str:
        return self._run("sql", SERVICE, "--dialect", dialect, "--entities", self._entity_file(), *self._options)


class FStore:
    """The command line, with entity rows in Parquet."""

    name = "fstore"

    def version(self) -> str:
        return subprocess.run([BINARY, "--version"], capture_output=True, text=True, check=True).stdout.strip()

    def training_set(self, case: Case, folder: pathlib.Path) -> pa.Table:
        return Store(case, folder).training_set()


class DuckDBSQL:
    """`fstore sql --dialect duckdb`, in a session whose zone has daylight saving."""

    name = "duckdb-sql"

    def version(self) -> str:
        import duckdb

        return f"DuckDB {duckdb.__version__}"

    def training_set(self, case: Case, folder: pathlib.Path) -> pa.Table:
        return in_duckdb(Store(case, folder).sql("duckdb"))


def in_duckdb(text: str) -> pa.Table:
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'America/New_York'")
        return connection.sql(text).to_arrow_table()


ENGINES = {engine.name: engine for engine in (FStore, DuckDBSQL)}
