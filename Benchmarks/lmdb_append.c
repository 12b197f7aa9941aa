// The floor for materialization: N rows appended in key order to LMDB in one durable transaction.
//
//     cc -O2 -o lmdb_append lmdb_append.c -llmdb
//     ./lmdb_append FOLDER ROWS ROW_BYTES        an existing, empty folder
//
// Keys are 8 bytes, big-endian, as an int64 join key is stored; each row is copied from memory.
#include <lmdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void check(int code, const char *what) {
    if (code != MDB_SUCCESS) {
        fprintf(stderr, "%s: %s\n", what, mdb_strerror(code));
        exit(1);
    }
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + now.tv_nsec * 1e-9;
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: lmdb_append FOLDER ROWS ROW_BYTES\n");
        return 2;
    }
    const uint64_t rows = strtoull(argv[2], NULL, 10);
    const size_t row_bytes = strtoull(argv[3], NULL, 10);
    char *row = calloc(1, row_bytes + 8);

    MDB_env *env;
    check(mdb_env_create(&env), "create");
    check(mdb_env_set_maxdbs(env, 8), "set the number of databases");
    check(mdb_env_set_mapsize(env, (size_t)16 << 30), "set the map's size");
    check(mdb_env_open(env, argv[1], MDB_NOTLS | MDB_NORDAHEAD, 0644), "open");

    const double start = seconds();
    MDB_txn *txn;
    MDB_dbi dbi;
    MDB_cursor *cursor;
    check(mdb_txn_begin(env, NULL, 0, &txn), "begin");
    check(mdb_dbi_open(txn, "view:benchmark", MDB_CREATE, &dbi), "open the database");
    check(mdb_cursor_open(txn, dbi, &cursor), "open a cursor");
    for (uint64_t i = 0; i < rows; i++) {
        uint64_t key = __builtin_bswap64(i ^ (UINT64_C(1) << 63));
        memcpy(row, &i, 8);
        MDB_val k = {8, &key}, v = {row_bytes, row};
        check(mdb_cursor_put(cursor, &k, &v, MDB_APPEND), "put");
    }
    const double written = seconds();
    mdb_cursor_close(cursor);
    check(mdb_txn_commit(txn), "commit");
    const double end = seconds();
    printf("append %llu rows of %zu bytes: %.3f s (%.3f s without the commit), %.2f M rows/s\n",
           (unsigned long long)rows, row_bytes, end - start, written - start, rows / (end - start) / 1e6);
    mdb_env_close(env);
    free(row);
    return 0;
}
