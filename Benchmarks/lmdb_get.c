// The floor for an online read: random keys looked up in LMDB by mdb_get.
//
//     cc -O2 -o lmdb_get lmdb_get.c -llmdb
//     ./lmdb_get FOLDER KEYS READS BATCH DATABASE…
//
// READS times, a batch of random keys of 0 ..< KEYS is looked up in each database: once in a transaction renewed for the
// batch, as a reader must that wants to see new commits, and once all in one transaction. Prints nanoseconds a batch:
// `renewed N` and `together N`.
#include <lmdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_DATABASES = 16 };

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

// SplitMix64, the same stream as in the driver of ours.
static uint64_t state;
static uint64_t next_number(void) {
    uint64_t word = (state += UINT64_C(0x9e3779b97f4a7c15));
    word = (word ^ word >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    word = (word ^ word >> 27) * UINT64_C(0x94d049bb133111eb);
    return word ^ word >> 31;
}

static uint64_t sum;

static double measure(MDB_txn *txn, const MDB_dbi *dbis, int databases, uint64_t keys, uint64_t reads, uint64_t batch,
                      int renews) {
    state = 42;
    const double start = seconds();
    for (uint64_t i = 0; i < reads; i++) {
        if (renews) check(mdb_txn_renew(txn), "renew");
        for (uint64_t row = 0; row < batch; row++) {
            uint64_t key = __builtin_bswap64((next_number() % keys) ^ (UINT64_C(1) << 63));
            for (int d = 0; d < databases; d++) {
                MDB_val k = {8, &key}, v;
                check(mdb_get(txn, dbis[d], &k, &v), "get");
                // Touches the row's last bytes, as a reader of its values does.
                uint32_t last;
                memcpy(&last, (char *)v.mv_data + v.mv_size - 4, 4);
                sum += last;
            }
        }
        if (renews) mdb_txn_reset(txn);
    }
    return (seconds() - start) / reads * 1e9;
}

int main(int argc, char **argv) {
    if (argc < 6 || argc > 5 + MOST_DATABASES) {
        fprintf(stderr, "usage: lmdb_get FOLDER KEYS READS BATCH DATABASE…\n");
        return 2;
    }
    const uint64_t keys = strtoull(argv[2], NULL, 10);
    const uint64_t reads = strtoull(argv[3], NULL, 10);
    const uint64_t batch = strtoull(argv[4], NULL, 10);
    const int databases = argc - 5;

    MDB_env *env;
    check(mdb_env_create(&env), "create");
    check(mdb_env_set_maxdbs(env, MOST_DATABASES), "set the number of databases");
    check(mdb_env_set_mapsize(env, (size_t)16 << 30), "set the map's size");
    check(mdb_env_open(env, argv[1], MDB_RDONLY | MDB_NOTLS | MDB_NORDAHEAD, 0644), "open");
    MDB_txn *txn;
    MDB_dbi dbis[MOST_DATABASES];
    check(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn), "begin");
    for (int d = 0; d < databases; d++) check(mdb_dbi_open(txn, argv[5 + d], 0, &dbis[d]), argv[5 + d]);
    // Only a commit makes the handles outlive their transaction.
    check(mdb_txn_commit(txn), "commit");
    check(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn), "begin");

    measure(txn, dbis, databases, keys, reads / 4 + 1, batch, 0);
    const double together = measure(txn, dbis, databases, keys, reads, batch, 0);
    mdb_txn_reset(txn);
    const double renewed = measure(txn, dbis, databases, keys, reads, batch, 1);
    printf("renewed %.1f\ntogether %.1f\n", renewed, together);
    fprintf(stderr, "sum %llu\n", (unsigned long long)sum);
    mdb_env_close(env);
    return 0;
}
