"""Online reads on the hot path allocate nothing: counted in a C program whose malloc every library of it calls."""
import subprocess

from package_support import fill, make_store
from test_package_wheel import HEADER, LIBRARY

PROGRAM = r"""
#include <errno.h>
#include <fstore.h>
#include <stddef.h>
#include <stdio.h>

/* The C library's own allocator, under the names that it keeps for such uses. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static volatile long allocations;

void *malloc(size_t size) { allocations++; return __libc_malloc(size); }
void *calloc(size_t count, size_t size) { allocations++; return __libc_calloc(count, size); }
void *realloc(void *old, size_t size) { allocations++; return __libc_realloc(old, size); }
void *memalign(size_t alignment, size_t size) { allocations++; return __libc_memalign(alignment, size); }
void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }
int posix_memalign(void **place, size_t alignment, size_t size) {
    *place = memalign(alignment, size);
    return *place ? 0 : ENOMEM;
}

enum { BATCH = 100, MOST_FLOATS = 16 };

static int read_often(fs_store *store, const char *features, fs_read *one, fs_read *batch) {
    fs_reader *reader;
    char *error = NULL;
    float vectors[BATCH * MOST_FLOATS];
    one->answer = batch->answer = vectors;
    one->capacity = batch->capacity = sizeof vectors;
    one->time = batch->time = FS_NOW;
    long before = allocations;
    if (fs_reader_open(store, features, false, &reader, &error)) { fprintf(stderr, "%s\n", error); return 1; }
    if (allocations == before) { fprintf(stderr, "the allocations are not counted\n"); return 1; }
    for (int round = 0; round < 2; round++) {
        before = allocations;
        for (int i = 0; i < 1000; i++)
            if (fs_reader_vectors(reader, one) != FS_OK || fs_reader_vectors(reader, batch) != FS_OK) {
                fprintf(stderr, "%s %s\n", one->error ? one->error : "", batch->error ? batch->error : "");
                return 1;
            }
    }
    /* The first round makes what is kept; the second has all it needs. */
    printf("%s %ld\n", features, allocations - before);
    fs_reader_close(reader);
    return 0;
}

int main(int count, char **arguments) {
    fs_store *store;
    if (count != 2 || fs_store_open(arguments[1], &store, NULL)) return 2;
    int64_t numbers[BATCH], lines[BATCH];
    char cities[BATCH * 2];
    for (int i = 0; i < BATCH; i++) {
        numbers[i] = i % 5;
        lines[i] = i % 3;
        cities[2 * i] = (char)('a' + i % 3);
        cities[2 * i + 1] = 0;
    }
    fs_read driver = {.count = 1, .numbers = numbers + 1}, drivers = {.count = BATCH, .numbers = numbers};
    fs_read route = {.count = 1, .numbers = lines + 1, .texts = cities, .text_bytes = 2};
    fs_read routes = {.count = BATCH, .numbers = lines, .texts = cities, .text_bytes = BATCH * 2};
    return read_often(store, "driver_numbers", &driver, &drivers) ||
           read_often(store, "driver_demand", &driver, &drivers) ||
           read_often(store, "route_stats:length", &route, &routes);
}
"""


def test_reading_vectors_allocates_nothing(tmp_path):
    source = tmp_path / "program.c"
    source.write_text(PROGRAM)
    subprocess.run(
        ["cc", "-O1", "-fno-builtin", f"-I{HEADER}", source, "-o", tmp_path / "program", LIBRARY / "libfstore.so",
         f"-Wl,-rpath,{LIBRARY}", "-rdynamic"], check=True)
    store = make_store(tmp_path / "fleet")
    (tmp_path / "fleet" / "features" / "demand.yaml").write_text("""
on_demand_feature_views:
  demand:
    features:
      share: {type: float32, expression: "driver_stats:trips / (driver_stats:conv_rate + 1)"}
      near: {type: float64, expression: "dot(driver_stats:embedding, driver_stats:embedding) * share"}
      age: {type: int64, expression: "length(upper(driver_stats:home)) + hour(now)"}
feature_services:
  driver_demand: {features: ["demand:*"]}
""")
    store.apply()
    fill(store)
    store.materialize()
    done = subprocess.run([tmp_path / "program", store.root], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ["driver_numbers 0", "driver_demand 0", "route_stats:length 0"]
