// The floor for an online read: random keys looked up in LMDB, each in a renewed transaction or all in one.
//
//     cc -O2 -o lmdb_get lmdb_get.c -llmdb
//     ./lmdb_get FOLDER DATABASE ROWS READS      keys 0 ..< ROWS, as lmdb_append writes them
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

// SplitMix64, the same stream as in the Swift benchmark.
static uint64_t state;
static uint64_t next_number(void) {
    uint64_t word = (state += UINT64_C(0x9e3779b97f4a7c15));
    word = (word ^ word >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    word = (word ^ word >> 27) * UINT64_C(0x94d049bb133111eb);
    return word ^ word >> 31;
}

static void measure(MDB_txn *txn, MDB_dbi dbi, uint64_t rows, uint64_t reads, int renews, int prints) {
    state = 42;
    uint64_t sum = 0;
    const double start = seconds();
    for (uint64_t i = 0; i < reads; i++) {
        if (renews) check(mdb_txn_renew(txn), "renew");
        uint64_t key = __builtin_bswap64((next_number() % rows) ^ (UINT64_C(1) << 63));
        MDB_val k = {8, &key}, v;
        check(mdb_get(txn, dbi, &k, &v), "get");
        // Touches the row's last bytes, as a reader of its values does.
        uint32_t last;
        memcpy(&last, (char *)v.mv_data + v.mv_size - 4, 4);
        sum += last;
        if (renews) mdb_txn_reset(txn);
    }
    if (prints)
        printf("get %s: %.0f ns a read (%llu reads, sum %llu)\n",
               renews ? "each in a renewed transaction" : "in one transaction",
               (seconds() - start) / reads * 1e9, (unsigned long long)reads, (unsigned long long)sum);
}

int main(int argc, char **argv) {
    if (argc != 5) {
        fprintf(stderr, "usage: lmdb_get FOLDER DATABASE ROWS READS\n");
        return 2;
    }
    const uint64_t rows = strtoull(argv[3], NULL, 10);
    const uint64_t reads = strtoull(argv[4], NULL, 10);

    MDB_env *env;
    check(mdb_env_create(&env), "create");
    check(mdb_env_set_maxdbs(env, 8), "set the number of databases");
    check(mdb_env_set_mapsize(env, (size_t)16 << 30), "set the map's size");
    check(mdb_env_open(env, argv[1], MDB_RDONLY | MDB_NOTLS | MDB_NORDAHEAD, 0644), "open");
    MDB_txn *txn;
    MDB_dbi dbi;
    check(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn), "begin");
    check(mdb_dbi_open(txn, argv[2], 0, &dbi), "open the database");
    // Only a commit makes the handle outlive its transaction.
    check(mdb_txn_commit(txn), "commit");
    check(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn), "begin");

    measure(txn, dbi, rows, reads, 0, 0);
    measure(txn, dbi, rows, reads, 0, 1);
    mdb_txn_reset(txn);
    measure(txn, dbi, rows, reads, 1, 1);
    mdb_env_close(env);
    return 0;
}
