"""The wheel, in an environment as a user makes it."""
import pathlib
import subprocess
import sys
import sysconfig
import textwrap

import pytest

from conftest import REPOSITORY
from package_support import fstore, make_store

LIBRARY = pathlib.Path(fstore.__file__).parent / "_library"
HEADER = REPOSITORY / "Sources" / "FeatureStoreC" / "include"


def test_the_wheel_runs_in_a_fresh_environment_without_any_variable(tmp_path):
    wheels = list((REPOSITORY / "python" / "dist").glob("fstore-*-py3-none-linux_*.whl"))
    assert len(wheels) == 1, "run 'make python'"
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheels[0]], check=True, env={})
    # NumPy alone, from where the tests have it, so that this needs no network.
    packages = pathlib.Path(sysconfig.get_path("purelib"))
    site = next((tmp_path / "venv" / "lib").glob("python*")) / "site-packages"
    for path in [packages / "numpy", packages / "numpy.libs"]:
        if path.exists():
            (site / path.name).symlink_to(path)
    store = make_store(tmp_path / "fleet")
    program = textwrap.dedent("""
        import sys, fstore
        store = fstore.open(sys.argv[1])
        store.ingest("route_stats", {"city": ["a", "b"], "line": [1, 2], "length": [1.5, 2.5]})
        store.materialize()
        print(fstore.__file__, store.online("route_stats:length").vectors(city=["a", "b", "c"], line=[1, 2, 3]).ravel())
        try: store.training_set("route_stats:length", {"city": ["a"], "line": [1]}).to_pandas()
        except fstore.Error as error: print(error)
        """)
    done = subprocess.run([python, "-c", program, store.root], capture_output=True, text=True, env={}, cwd="/")
    assert done.returncode == 0, done.stderr
    place, sentence = done.stdout.splitlines()
    assert place == f"{site}/fstore/__init__.py [1.5 2.5 nan]"
    assert sentence.startswith("to_pandas() needs pandas and pyarrow: pip install pandas pyarrow")


def test_the_library_needs_nothing_but_what_lies_beside_it():
    listed = subprocess.run(["ldd", LIBRARY / "libfstore.so"], capture_output=True, text=True, check=True).stdout
    assert "not found" not in listed
    system = {"linux-vdso.so.1", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1", "libc.so.6", "libm.so.6",
              "libpthread.so.0", "libgcc_s.so.1", "libstdc++.so.6", "libdl.so.2", "librt.so.1"}
    for line in listed.splitlines():
        name, _, place = line.strip().partition(" => ")
        name = pathlib.Path(name.split()[0]).name
        assert name in system or pathlib.Path(place.split()[0]).parent == LIBRARY, line


def test_the_library_shows_only_its_own_functions():
    symbols = subprocess.run(
        ["nm", "-D", "--defined-only", LIBRARY / "libfstore.so"], capture_output=True, text=True, check=True).stdout
    names = {line.split()[-1] for line in symbols.splitlines()}
    header = (HEADER / "fstore.h").read_text()
    assert names and all(name.startswith("fs_") and f"{name}(" in header for name in names), names
