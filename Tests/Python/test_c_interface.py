"""The C interface from programs in C and C++: what is released, and when, is watched by AddressSanitizer and valgrind."""
import pathlib
import shutil
import subprocess

import pytest

from conftest import REPOSITORY
from package_support import at, fill, fstore, make_store

LIBRARY = pathlib.Path(fstore.__file__).parent / "_library"
HEADER = REPOSITORY / "Sources" / "FeatureStoreC" / "include"
WARNINGS = ["-Wall", "-Wextra", "-Werror", "-pedantic"]


def build(tmp_path, source, compiler, language, *options):
    subprocess.run(
        [compiler, "-x", language, *WARNINGS, *options, f"-I{HEADER}", f"-I{REPOSITORY}/Sources/CLibraries/CArrowABI",
         source, "-o", tmp_path / "program", "-x", "none", LIBRARY / "libfstore.so", f"-Wl,-rpath,{LIBRARY}", "-lm",
         "-pthread"], check=True)
    return tmp_path / "program"


@pytest.fixture
def store(tmp_path):
    store = make_store(tmp_path / "fleet")
    fill(store)
    store.materialize(to=at(30))
    return store


def test_streams_are_released_once_and_not_too_early(tmp_path, store):
    program = build(
        tmp_path, REPOSITORY / "Tests" / "C" / "streams.c", "cc", "c", "-std=c11", "-g", "-fsanitize=address,undefined",
        "-fno-sanitize-recover=undefined")
    done = subprocess.run(
        [program, store.root], capture_output=True, text=True, env={"ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0"})
    assert (done.stdout, done.stderr, done.returncode) == ("fine\n", "", 0)


@pytest.mark.skipif(not shutil.which("valgrind"), reason="valgrind is not installed")
def test_the_library_touches_no_memory_that_was_given_back(tmp_path, store):
    program = build(tmp_path, REPOSITORY / "Tests" / "C" / "streams.c", "cc", "c", "-std=c11", "-g")
    # Swift reads and ignores spare bits of enums, which valgrind takes for values that were never set.
    done = subprocess.run(
        ["valgrind", "--quiet", "--undef-value-errors=no", "--error-exitcode=9", program, store.root],
        capture_output=True, text=True)
    errors = [line for line in done.stderr.splitlines() if "Warning: set address range perms" not in line]
    assert (done.stdout, errors, done.returncode) == ("fine\n", [], 0)


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
    fs_read read = {2, keys, NULL, 0, time, vectors, 28, 0, NULL};
    if (fs_reader_vectors(reader, &read) != FS_ERROR || read.needed != 32) return 6;
    if (!strstr(read.error, "there is room for 28 bytes, but 2 rows of 4 floats need more")) return 7;
    fs_string_free(read.error);
    read.capacity = 32;
    read.count = -1;
    if (fs_reader_vectors(reader, &read) != FS_ERROR) return 8;
    fs_string_free(read.error);
    read.count = INT64_MAX;
    if (fs_reader_vectors(reader, &read) != FS_ERROR) return 9;
    fs_string_free(read.error);
    read.count = 2;
    read.numbers = NULL;
    if (fs_reader_vectors(reader, &read) != FS_ERROR) return 10;
    fs_string_free(read.error);
    read.numbers = keys;
    read.answer = NULL;
    if (fs_reader_vectors(reader, &read) != FS_ERROR) return 11;
    fs_string_free(read.error);
    if (fs_reader_rows(reader, &read) != FS_MORE_ROOM || read.error) return 12;
    unsigned char records[256];
    if (read.needed > (int64_t)sizeof records) return 20;
    read.answer = records;
    read.capacity = sizeof records;
    if (fs_reader_rows(reader, &read) != FS_OK) return fail("rows", read.error);
    if (records[0] != FS_PRESENT || records[read.needed / 2] != FS_NOT_FOUND) return 21;
    read.answer = vectors;
    read.capacity = 32;
    if (fs_reader_vectors(reader, &read) != FS_OK) return fail("vectors", read.error);
    if (fs_reader_vectors(reader, NULL) != FS_ERROR || fs_reader_rows(reader, NULL) != FS_ERROR) return 22;
    for (int i = 0; i < 8; i++) printf("%g ", vectors[i]);
    fs_reader_close(reader);
    if (fs_reader_vectors(NULL, &read) != FS_ERROR) return 13;
    fs_string_free(read.error);
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
def test_a_program_in_c_or_cpp_reads_vectors(tmp_path, store, compiler, language):
    source = tmp_path / f"program.{language}"
    source.write_text(C_PROGRAM)
    program = build(tmp_path, source, compiler, language)
    done = subprocess.run([program, store.root], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == ["20", "1", "2", "3", "nan", "nan", "nan", "nan"]
