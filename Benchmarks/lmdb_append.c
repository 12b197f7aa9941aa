/* Appends ROWS rows of ROW_BYTES bytes under ascending 8-byte keys to LMDB in one transaction, durably: the floor for
 * materialize. usage: lmdb_append DIR ROWS ROW_BYTES; prints seconds. */
#include <lmdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static void check(int status) {
    if (status) {
        fprintf(stderr, "%s\n", mdb_strerror(status));
        exit(1);
    }
}

int main(int count, char **arguments) {
    if (count != 4) return 2;
    long rows = atol(arguments[2]);
    size_t size = (size_t)atol(arguments[3]);
    char *row = calloc(1, size);
    mkdir(arguments[1], 0755);
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    MDB_env *environment;
    MDB_txn *transaction;
    MDB_dbi database;
    MDB_cursor *cursor;
    check(mdb_env_create(&environment));
    check(mdb_env_set_mapsize(environment, 4UL << 30));
    check(mdb_env_open(environment, arguments[1], 0, 0644));
    check(mdb_txn_begin(environment, NULL, 0, &transaction));
    check(mdb_dbi_open(transaction, NULL, 0, &database));
    check(mdb_cursor_open(transaction, database, &cursor));
    for (long i = 0; i < rows; i++) {
        uint64_t number = __builtin_bswap64((uint64_t)i ^ (1UL << 63));
        MDB_val key = {sizeof number, &number};
        MDB_val value = {size, row};
        memcpy(row + 8, &i, sizeof i);
        check(mdb_cursor_put(cursor, &key, &value, MDB_APPEND));
    }
    mdb_cursor_close(cursor);
    check(mdb_txn_commit(transaction));
    mdb_env_close(environment);
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("%f\n", (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9);
    return 0;
}
