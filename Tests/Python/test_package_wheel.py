"""The wheel, in an environment as a user makes it; and the C interface, from a C program."""
import pathlib
import subprocess
import sys
import sysconfig
import textwrap

import pytest

from conftest import REPOSITORY
from package_support import fill, fstore, make_store

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


C_PROGRAM = r"""
#include <fstore.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static int fail(const char *what, char *error) {
    fprintf(stderr, "%s: %s\n", what, error ? error : "");
    fs_string_free(error);
    return 1;
}

int main(int count, char **arguments) {
    char *error = NULL, *json = NULL;
    fs_store *store = NULL;
    fs_reader *reader = NULL;
    if (count != 2 || strlen(fs_version()) < 5) return 2;
    if (fs_store_open("/proc", &store, &error) != FS_ERROR || store || !strstr(error, "no fstore.yaml")) return 3;
    fs_string_free(error);
    if (fs_store_open("/proc", &store, NULL) != FS_ERROR) return 4;
    if (fs_store_open(arguments[1], &store, &error)) return fail("open", error);
    if (fs_store_list(store, &json, &error)) return fail("list", error);
    if (!strstr(json, "\"driver_stats\"")) return 5;
    fs_string_free(json);
    int32_t stop = 1;
    fs_table *table = (fs_table *)&stop;
    if (fs_store_materialize(store, "driver_stats", FS_NOW, true, &stop, NULL, &error) != FS_STOPPED) return 16;
    if (!strstr(error, "stopped before it was done")) return 17;
    fs_string_free(error);
    if (fs_store_ingest_files(store, "driver_stats", NULL, 0, false, &stop, NULL, NULL) != FS_STOPPED) return 18;
    if (fs_store_training_set_of_file(store, "eta_v1", "x.csv", NULL, false, false, &stop, &table, NULL, NULL) !=
            FS_STOPPED || table) return 19;
    stop = 0;
    if (fs_store_materialize(store, "driver_stats", FS_NOW, true, &stop, NULL, &error))
        return fail("materialize", error);
    if (fs_reader_open(store, "driver_stats:trips,driver_stats:embedding", false, &reader, &error))
        return fail("reader", error);
    fs_store_close(store);
    int64_t keys[] = {1, 9}, time = 1709276400000000; /* 2024-03-01T07:00Z */
    float vectors[8];
    fs_keys two = {2, keys, NULL, 0}, none = {-1, keys, NULL, 0}, nothing = {2, NULL, NULL, 0}, all = {INT64_MAX, keys, NULL, 0};
    if (fs_reader_vectors(reader, &two, time, vectors, 7, &error) != FS_ERROR) return 6;
    if (!strstr(error, "there is room for 7 floats, but 2 rows need 8")) return 7;
    fs_string_free(error);
    if (fs_reader_vectors(reader, &none, time, vectors, 8, NULL) != FS_ERROR) return 8;
    if (fs_reader_vectors(reader, &nothing, time, vectors, 8, NULL) != FS_ERROR) return 9;
    if (fs_reader_vectors(reader, &all, time, vectors, 8, NULL) != FS_ERROR) return 10;
    if (fs_reader_vectors(reader, NULL, time, vectors, 8, NULL) != FS_ERROR) return 11;
    if (fs_reader_vectors(reader, &two, time, NULL, 8, NULL) != FS_ERROR) return 12;
    if (fs_reader_vectors(reader, &two, time, vectors, 8, &error)) return fail("vectors", error);
    for (int i = 0; i < 8; i++) printf("%g ", vectors[i]);
    fs_reader_close(reader);
    if (fs_reader_vectors(NULL, &two, time, vectors, 8, NULL) != FS_ERROR) return 13;
    if (fs_reader_vectors_of_stream(NULL, NULL, time, vectors, 8, NULL, NULL) != FS_ERROR) return 14;
    if (fs_store_list(NULL, NULL, NULL) != FS_ERROR || fs_table_row_count(NULL) != 0) return 15;
    fs_store_close(NULL);
    fs_reader_close(NULL);
    fs_table_free(NULL);
    fs_string_free(NULL);
    return 0;
}
"""


@pytest.mark.parametrize("compiler, language", [("cc", "c"), ("c++", "c++")])
def test_a_program_in_c_or_cpp_reads_vectors(tmp_path, compiler, language):
    source = tmp_path / f"program.{language}"
    source.write_text(C_PROGRAM)
    subprocess.run(
        [compiler, "-x", language, "-Wall", "-Wextra", "-Werror", "-pedantic", f"-I{HEADER}", source, "-o",
         tmp_path / "program", "-x", "none", LIBRARY / "libfstore.so", f"-Wl,-rpath,{LIBRARY}", "-lm"], check=True)
    store = make_store(tmp_path / "fleet")
    fill(store)
    done = subprocess.run([tmp_path / "program", store.root], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == ["20", "1", "2", "3", "nan", "nan", "nan", "nan"]
