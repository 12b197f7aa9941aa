"""The wheel in all Pythons that it is for, with NumPy alone; and its types, as a checker sees them."""
import os
import pathlib
import shutil
import subprocess
import sys
import textwrap

import pytest

from conftest import REPOSITORY
from package_support import fstore, make_project

ENVIRONMENTS = REPOSITORY / ".build" / "pythons"

PROGRAM = """
import datetime, sys
import numpy as np
import fstore

assert "%d.%d" % sys.version_info[:2] == sys.argv[2], sys.version
store = fstore.open(sys.argv[1])
assert store.apply().lines
day = datetime.datetime(2024, 3, 1, tzinfo=datetime.timezone.utc)
hours = lambda n: day + datetime.timedelta(hours=n)
ingested = store.ingest("driver_stats", {
    "driver_id": [1, 2], "event_timestamp": [hours(0), hours(1)], "created": [hours(0), hours(1)],
    "conv_rate": [0.5, None], "trips": [7, 2**40], "active": [True, None], "home": ["Kyoto 京都", None],
    "embedding": [[1, 2, 3.5], None], "seen": [hours(2), None], "token": [b"\\0a", None]})
assert ingested.rows == 2 and "driver_stats: 2 rows" in repr(ingested) and "<table>" in ingested._repr_html_()
assert store.materialize("driver_stats", to=hours(2))[0].keys_online == 2
reader = store.online("eta_v1")
row, = reader.rows(driver_id=1, at=hours(2), with_status=True)
assert row["embedding"]["value"] == [1, 2, 3.5], row
assert row["home"] == {"value": "Kyoto 京都", "status": "PRESENT", "event_timestamp": hours(0)}, row
assert row["token"]["value"] == b"\\0a" and row["seen"]["value"] == hours(2), row
reader = store.online(["driver_stats:trips", "driver_stats:conv_rate"])
vectors = reader.vectors(driver_id=[1, 2, 3], at=hours(2))
np.testing.assert_array_equal(vectors, np.array([[7, 0.5], [2**40, np.nan], [np.nan, np.nan]], dtype=np.float32))
np.testing.assert_array_equal(vectors[:1], reader.vectors(driver_id=1, at=hours(2)))
np.testing.assert_array_equal(vectors, reader.vectors(driver_id=[1.0, 2.0, 3.0], at=hours(2)))
training = store.training_set("driver_stats:trips", {"driver_id": [1, 2, 3], "event_timestamp": [hours(2)] * 3})
assert training.coverage[0].found == 2 and "2 (66 %) found" in repr(training) and len(training) == 3
for wrong, sentence in [(lambda: training.to_arrow(), "to_arrow() needs pyarrow"),
                        (lambda: store.online("eta_v2"), "did you mean 'eta_v1'")]:
    try:
        wrong()
    except fstore.Error as error:
        assert sentence in str(error), error
    else:
        raise AssertionError(sentence)
print("fine")
"""


def python(version: str) -> str | None:
    """An interpreter of a version, on the PATH or among pyenv's."""
    candidates = [shutil.which(f"python{version}")]
    root = pathlib.Path(os.environ.get("PYENV_ROOT", pathlib.Path.home() / ".pyenv"))
    candidates += sorted(root.glob(f"versions/{version}.*/bin/python"), reverse=True)
    for candidate in candidates:
        if candidate and subprocess.run([candidate, "-c", "import venv, ensurepip"], capture_output=True).returncode == 0:
            return str(candidate)
    return None


def environment(version: str) -> pathlib.Path:
    """The python of an environment with NumPy, kept from run to run."""
    there = ENVIRONMENTS / version
    if not (there / "made").exists():
        base = python(version)
        if base is None:
            pytest.skip(f"there is no Python {version} here")
        shutil.rmtree(there, ignore_errors=True)
        subprocess.run([base, "-m", "venv", there], check=True)
        done = subprocess.run(
            [there / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "numpy"],
            capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"pip could not install NumPy for Python {version}: {done.stderr.strip().splitlines()[-1]}")
        (there / "made").touch()
    return there / "bin" / "python"


@pytest.mark.parametrize("version", ["3.10", "3.11", "3.12", "3.13"])
def test_the_wheel_works_in_every_python_that_it_is_for(version, tmp_path):
    interpreter = environment(version)
    wheel, = (REPOSITORY / "python" / "dist").glob("fstore-*.whl")
    subprocess.run(
        [interpreter, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-index",
         "--target", tmp_path / "site", wheel], check=True)
    done = subprocess.run(
        [interpreter, "-W", "error", "-c", PROGRAM, make_project(tmp_path / "fleet"), version], capture_output=True, text=True, cwd="/",
        env={"PYTHONPATH": str(tmp_path / "site")})
    assert (done.stdout, done.stderr) == ("fine\n", "")


def check_types(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "mypy", "--cache-dir", REPOSITORY / ".build" / "mypy", *arguments], capture_output=True,
        text=True, cwd=REPOSITORY / "python", **options)


def test_the_packages_types_are_right():
    done = check_types("--python-version", "3.10", "fstore")
    assert done.returncode == 0, done.stdout


def test_a_users_program_is_checked_against_the_packages_types(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(textwrap.dedent("""\
        import fstore

        store = fstore.open(".")
        rows: int = store.ingest("trips").rows + sum(result.rows for result in store.ingest())
        found: int = store.training_set("eta_v1", "trips.parquet").coverage[0].found
        width: int = store.online("eta_v1").vectors(driver_id=1).shape[1]
        wrong: str = store.ingest("trips").rows
        store.materialise()
        """))
    done = check_types("--strict", program, env={**os.environ, "MYPYPATH": str(REPOSITORY / "python")})
    assert [line.split(": ", 2)[0].rsplit(":", 1)[-1] for line in done.stdout.splitlines() if ": error:" in line] == [
        "7", "8"], done.stdout
    assert fstore.__file__
