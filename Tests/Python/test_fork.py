"""A child of a fork may use and close its parent's readers, as loaders of training data do: neither disturbs the other."""
import subprocess

from package_support import fill, make_store
from test_package_wheel import HEADER, LIBRARY

PROGRAM = r"""
#include <fstore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int read_often(fs_reader *reader, const char *who) {
    int64_t number = 1;
    float vector[16];
    fs_read read = {.count = 1, .numbers = &number, .time = FS_NOW, .answer = vector, .capacity = sizeof vector};
    for (int i = 0; i < 2000; i++)
        if (fs_reader_vectors(reader, &read) != FS_OK || read.needed != 4 * sizeof(float)) {
            fprintf(stderr, "%s: %s\n", who, read.error ? read.error : "another width");
            return 1;
        }
    return 0;
}

int main(int count, char **arguments) {
    fs_store *store;
    fs_reader *reader;
    int status = 0;
    if (count != 2 || fs_store_open(arguments[1], &store, NULL)) return 2;
    if (fs_reader_open(store, "driver_numbers", false, &reader, NULL) || read_often(reader, "parent")) return 3;
    for (int i = 0; i < 8; i++) {
        pid_t child = fork();
        if (child == 0) {
            int failed = read_often(reader, "child");
            fs_reader_close(reader);
            exit(failed);
        }
        if (read_often(reader, "parent") || waitpid(child, &status, 0) != child || status != 0) return 4;
        if (read_often(reader, "parent after its child")) return 5;
    }
    puts("fine");
    fs_reader_close(reader);
    return 0;
}
"""


def test_parent_and_child_read_side_by_side(tmp_path):
    source = tmp_path / "program.c"
    source.write_text(PROGRAM)
    subprocess.run(
        ["cc", "-Wall", "-Werror", f"-I{HEADER}", source, "-o", tmp_path / "program", LIBRARY / "libfstore.so",
         f"-Wl,-rpath,{LIBRARY}"], check=True)
    store = make_store(tmp_path / "fleet")
    fill(store)
    store.materialize()
    done = subprocess.run([tmp_path / "program", store.root], capture_output=True, text=True)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "fine\n")
