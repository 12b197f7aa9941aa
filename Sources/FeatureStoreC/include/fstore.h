// fstore in C: the feature store inside your process.
//
// Calls return FS_OK, or another status and one sentence in *error that says what is wrong and what to do. A sentence,
// and JSON in *json, is UTF-8 that you free with fs_string_free. Where you do not want one of them, pass NULL for its
// place.
//
// What takes long can be stopped: `stop` is NULL, or the place of a number that is 0. Once another thread or a signal
// handler has made it anything else, the call undoes what it has begun and returns FS_STOPPED, soon but not at once.
//
// Handles may be used from any thread. Calls on one store wait for each other, so open one store a thread to work side
// by side; readers and tables never wait. Whoever closes a handle must be its last user. No handle survives a fork:
// open it in the child.
//
// `features` is the name of a feature service, or single features with commas between: "view:feature,view:*".
// Times are microseconds since 1970-01-01T00:00:00Z. Streams are those of the Arrow C stream interface; one that is
// handed over is released by the call, also when it fails.
#ifndef FSTORE_H
#define FSTORE_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ArrowArrayStream;

typedef struct fs_store fs_store;
typedef struct fs_table fs_table;
typedef struct fs_reader fs_reader;
typedef struct fs_encoder fs_encoder;

enum {
    FS_OK = 0,
    // What was asked for cannot be had.
    FS_ERROR = 1,
    // The caller has stopped it; nothing has changed.
    FS_STOPPED = 2,
    // Another process is writing to the project; try again when it has ended.
    FS_BUSY = 3,
    // There is too little room for the answer; nothing is wrong else.
    FS_MORE_ROOM = 4
};

// The time of an argument that is left out: the present moment.
#define FS_NOW INT64_MIN

// The library's version, for example "0.1.0"; not to be freed.
const char *fs_version(void);

// Frees a sentence or JSON that a call gave; NULL is let pass.
void fs_string_free(char *string);

// ---- a project

// Opens the project in `directory`, or the nearest above it that holds fstore.yaml.
int32_t fs_store_open(const char *directory, fs_store **store, char **error);
void fs_store_close(fs_store *store);

// {"root": …, "project": …}
int32_t fs_store_project(fs_store *store, char **json, char **error);

// Puts the definition files in force: {"changes": […], "lines": ["+ entity driver", …], "summary": "3 added"}.
// With `dry_run` nothing is changed.
int32_t fs_store_apply(fs_store *store, bool dry_run, bool allow_removal, char **json, char **error);

// {"entities": […], "views": […], "services": […]}
int32_t fs_store_list(fs_store *store, char **json, char **error);

// All of the view, service or entity `name`, with its "kind".
int32_t fs_store_describe(fs_store *store, const char *name, char **json, char **error);

// ---- history

// Reads into a view the `count` files of `paths`, or the new ones of its source if `paths` is NULL; all or nothing:
// {"view": …, "files": 1, "rows": 1000, …}. With `quarantine`, rows that do not fit are set aside in a file.
int32_t fs_store_ingest_files(fs_store *store, const char *view, const char *const *paths, int64_t count,
                              bool quarantine, const volatile int32_t *stop, char **json, char **error);

// Reads the rows of a stream into a view, as those of a file of its source; `origin` is how messages name them.
int32_t fs_store_ingest(fs_store *store, const char *view, struct ArrowArrayStream *rows, const char *origin,
                        bool quarantine, const volatile int32_t *stop, char **json, char **error);

// Pushes the rows of a stream into a view, all or nothing: when it returns, they are durable, online and in training
// sets: {"view": …, "rows": 3, "is_repeated": false, "rows_waiting": 0, …}. A batch whose `batch_id` was pushed before, in
// the last seven days, changes nothing; NULL for a batch without one.
int32_t fs_store_push(fs_store *store, const char *view, struct ArrowArrayStream *rows, const char *origin,
                      const char *batch_id, const volatile int32_t *stop, char **json, char **error);

// Pushes those rows of a stream of rows that the stream called `stream` has not brought before, all or nothing, and stores
// with them up to where the stream was taken: {"view": …, "rows": 3, "rows_repeated": 1, "is_repeated": false, …}.
//
// The column `position_column` has each row's position, a whole number that grows within a partition; `partition_column`
// has its partition, NULL for a stream that is one order. Rows that do not lie beyond the stored position are left out.
int32_t fs_store_push_stream(fs_store *store, const char *view, struct ArrowArrayStream *rows, const char *origin,
                             const char *stream, const char *position_column, const char *partition_column,
                             const volatile int32_t *stop, char **json, char **error);

// Up to where streams were taken: {"streams": [{"view": …, "stream": …, "partition": "", "position": 17, "rows": 18,
// "moved": …}, …]}, times in microseconds. `view` or `stream` is NULL for all.
int32_t fs_store_streams(fs_store *store, const char *view, const char *stream, char **json, char **error);

// Forgets up to where a stream was taken (`position` INT64_MIN), or puts it to `position`: {"partitions": 1}. `partition` is
// NULL for all.
int32_t fs_store_reset_stream(fs_store *store, const char *view, const char *stream, const char *partition,
                              int64_t position, char **json, char **error);

// Finds the features that were known at each entity row's time. *json is {"id": 7, "coverage": [{"view": …, "found": …}, …],
// "features": [the names of the columns], "seconds": 0.21}.
//
// The catalog keeps a record of the set under its id: what it was made of, and digests of the rows given and of what came
// out. "id" is absent for a user who may only read the store.
//
// `timestamp` is the column of times; NULL for event_timestamp, else the only column of times. `with_times` adds
// view__event_timestamp for each view.
int32_t fs_store_training_set(fs_store *store, const char *features, struct ArrowArrayStream *entities,
                              const char *origin, const char *timestamp, bool full_names, bool with_times,
                              const volatile int32_t *stop, fs_table **table, char **json, char **error);

// The same for the rows of a Parquet or CSV file.
int32_t fs_store_training_set_of_file(fs_store *store, const char *features, const char *path, const char *timestamp,
                                      bool full_names, bool with_times, const volatile int32_t *stop,
                                      fs_table **table, char **json, char **error);

// Rows that are made by a rule, or taken of others by one. Texts are as the command line takes them; what does not apply is
// NULL, or 0. Each driver on each day of January, a tenth of the drivers:
//
//     fs_rule rule = {.every = "1d", .from = 1704067200000000, .to = 1706745600000000, .sample = "10%"};
typedef struct fs_rule {
    // Each key at each step from `from` until before `to`: "1d".
    const char *every;
    // Or the rows of this view, of event times from `from` until before `to`.
    const char *from_view;
    // Or the rows of this file; with `every`, its keys.
    const char *path;
    // The same from a stream, which is released by the call.
    struct ArrowArrayStream *rows;
    // With `every`: the known keys of this view, not of all that are asked for.
    const char *keys_of;
    // Microseconds since 1970; for `from_view`, 0 leaves an end open.
    int64_t from;
    int64_t to;
    // The column of times of `path` or `rows`.
    const char *timestamp;
    // Those for which an expression over their columns is true: "label >= 0".
    const char *where;
    // The rows of so many keys, or of a share of them: "1000", "10%".
    const char *sample;
    // "time:0.8", "time:2024-03-01" or "key:0.8": the rows to train with come first, those to test with behind them.
    const char *split;
    // What lies so close before the cut of a split by time is left out: "7d".
    const char *gap;
    // Another one makes another sample, and another split by key.
    int64_t seed;
    // Keep no record of the set.
    bool unrecorded;
} fs_rule;

// The features of such rows. *json has "split" too, if they are split: {"train_rows": 80, "test_rows": 20,
// "rows_left_out": 0, "cut": "2024-01-25T00:00:00Z"}.
int32_t fs_store_training_set_by_rule(fs_store *store, const char *features, const fs_rule *rule, bool full_names,
                                      bool with_times, const volatile int32_t *stop, fs_table **table, char **json,
                                      char **error);

// Makes a recorded training set once more: the same values, or an error that says what has changed. `entities` are the rows,
// or the keys of a spine, that were given as a stream then, and NULL for a set that was made of others.
int32_t fs_store_training_set_again(fs_store *store, int64_t id, struct ArrowArrayStream *entities,
                                    const volatile int32_t *stop, fs_table **table, char **json, char **error);

// What was known of one key of a view, and when: its rows in order of event time, with the times between which each was in
// force, and its state at the time `at` (FS_NOW for now): "in force", "replaced", "corrected", "late", "too old", "ended" or
// "not yet known".
//
// `key` has one row, and a column for each join key. `features` are names with commas between, NULL for all. Rows of event
// times before `from` are left out, and from `to` on; INT64_MIN and INT64_MAX leave an end open.
int32_t fs_store_history(fs_store *store, const char *view, struct ArrowArrayStream *key, const char *features,
                         int64_t from, int64_t to, int64_t at, fs_table **table, char **error);

// What is known of the values of a view's features without a scan: counts, ends, mean, deviation, quantiles, frequent
// values: {"view": …, "rows": …, "features": [{"feature": …, "nulls": …, …}, …]}.
int32_t fs_store_statistics(fs_store *store, const char *view, char **json, char **error);

// ---- expressions

// Computes an expression for each of `rows`, whose columns are its names, as the only column, "value", of *table. It takes
// no store. *error tells a mistake with its column in the text.
int32_t fs_evaluate(const char *expression, struct ArrowArrayStream *rows, const char *origin,
                    const volatile int32_t *stop, fs_table **table, char **error);

// ---- tables

int64_t fs_table_row_count(const fs_table *table);

// The id under which the catalog has the training set that a table is; 0 for any other table.
int64_t fs_table_training_set(const fs_table *table);

// Makes `stream` a stream of the table's rows, in batches of at most `batch_rows` (0: one batch). Memory is lent, not
// copied, and lives until all of it is released, whether or not the table is freed before.
int32_t fs_table_stream(const fs_table *table, int64_t batch_rows, struct ArrowArrayStream *stream, char **error);

// `count` of the table's rows from `first` on, as a table of their own, in the same memory.
int32_t fs_table_slice(const fs_table *table, int64_t first, int64_t count, fs_table **part, char **error);
void fs_table_free(fs_table *table);

// ---- online

// Brings the newest row of each key of a view online, as of `time` (FS_NOW for now); with `full`, from all of its
// history: {"view": …, "keys_written": …, …}.
int32_t fs_store_materialize(fs_store *store, const char *view, int64_t time, bool full,
                             const volatile int32_t *stop, char **json, char **error);

// A reader for the online values of `features`; it outlives the store, and any number of threads may share it.
int32_t fs_reader_open(fs_store *store, const char *features, bool full_names, fs_reader **reader, char **error);
void fs_reader_close(fs_reader *reader);

// {"features": [{"name": …, "feature": "view:feature", "type": "float32", "width": 1, "view": 0, "offset": 24}, …],
// "views": [{"name": …, "offset": 8}, …], "join_keys": [{"name": …, "type": …}, …],
// "request": [{"name": …, "type": …}, …], "width": 12, "row_bytes": 64}.
//
// Request is what on-demand features need beside the join keys; a reader with any is read by streams, which have columns of
// these names too. Features that are computed on demand are of a view without event times.
//
// Width is the number of float32s: of a feature (a vector has several), and of a row in all; it is absent for a feature
// that is no number, and so for a row with one. Offsets are where values stand in the rows of fs_reader_rows.
int32_t fs_reader_describe(const fs_reader *reader, char **json, char **error);

// A read: set what is asked for and where the answer goes, and zero the rest. It may be used again and again, by one
// thread at a time.
//
// Of each join key that is int64, int32 or bool, in the order of the reader's keys, `numbers` has `count` numbers: all of
// the first such key, then all of the next. Of each other key, `texts` has `count` strings, each ended by a zero byte.
// No key is null. Two rows by (city string, driver_id int64), as of now, with ten floats each:
//
//     float vectors[20];
//     fs_read read = {.count = 2, .numbers = (int64_t[]){1001, 1002}, .texts = "Kyoto\0Osaka", .text_bytes = 12,
//                     .time = FS_NOW, .answer = vectors, .capacity = sizeof vectors};
//     if (fs_reader_vectors(reader, &read) != FS_OK) { puts(read.error); fs_string_free(read.error); }
typedef struct fs_read {
    int64_t count;
    const int64_t *numbers;
    const char *texts;
    // The length of all texts, with their zero bytes.
    int64_t text_bytes;
    // As of when ages are judged.
    int64_t time;
    void *answer;
    // Bytes that there is room for at `answer`.
    int64_t capacity;
    // Set by the call: the bytes of the answer, which is whole if they are no more than `capacity`.
    int64_t needed;
    // Set by the call if it fails, as *error of other calls.
    char *error;
} fs_read;

// Reads vectors of float32: row by row, feature by feature in the reader's order. Vectors are flattened, booleans are 0
// or 1, and what is null, unknown or too old is NaN.
//
// This is the call for a hot path: it does not allocate, takes no lock that a writer holds, and makes no system call.
int32_t fs_reader_vectors(const fs_reader *reader, fs_read *read);

// Reads rows of any type: `count` records of "row_bytes" bytes, each of them beginning with a byte a feature, its fs_status.
// Values of features stand at their offsets, aligned, in the machine's own form; what is not present is 0 there. Times are
// int64s, a string or bytes value two uint32s, where in `answer` it begins and its length; its bytes lie behind the
// records. The event times of the views' rows stand at the views' offsets, INT64_MIN where there is none.
//
// If `capacity` is too small, FS_MORE_ROOM is returned: call it again with room for `needed` bytes.
int32_t fs_reader_rows(const fs_reader *reader, fs_read *read);

// What is known of a value that was read online.
enum fs_status {
    FS_PRESENT = 0,
    // The row is there, and the value in it is null.
    FS_NULL_VALUE = 1,
    // There is no row of this key.
    FS_NOT_FOUND = 2,
    // The row is older than the view's ttl, or has ended.
    FS_OUTSIDE_MAX_AGE = 3
};

// Vectors by keys of any type, nulls included: a stream of columns named as the keys are. There is room for `capacity`
// floats at `vectors`; *count becomes the number of rows.
int32_t fs_reader_vectors_of_stream(const fs_reader *reader, struct ArrowArrayStream *keys, int64_t time,
                                    float *vectors, int64_t capacity, int64_t *count, char **error);

// Rows by keys of any type, nulls included: [[{"value": …, "status": "PRESENT", "event_timestamp": …}, …], …], a row a
// key and in it a value a feature, in the reader's order. Bytes are base64, times RFC 3339; NaN and the infinities are
// strings.
int32_t fs_reader_rows_of_stream(const fs_reader *reader, struct ArrowArrayStream *keys, int64_t time, char **json,
                                 char **error);

// ---- encoders

// Fits the encoders of a service on the rows of a stream, and keeps them as its newest state: {"service": …, "version": 3,
// "width": 50, …}. `condition` (an expression over the columns) and `split` ("time:0.8", "key:0.8": only rows to train
// with) choose rows; NULL for all.
int32_t fs_store_fit(fs_store *store, const char *service, struct ArrowArrayStream *rows, const char *origin,
                     const char *condition, const char *split, const volatile int32_t *stop, char **json,
                     char **error);

// The same on a training set: the id of a recorded one, or the path of a Parquet or CSV file.
int32_t fs_store_fit_on(fs_store *store, const char *service, const char *training_set, const char *condition,
                        const char *split, const volatile int32_t *stop, char **json, char **error);

// What `encoders` ("service", the newest, or "service@3") make: {"encoders": "service@3", "width": 50, "slots": [names],
// "features": […], "fitted_on": {…}, …}.
int32_t fs_store_encoders(fs_store *store, const char *encoders, char **json, char **error);

// Encodes the rows of a training set: the columns that are no features, then a float32 column a slot; or with `sparse`
// two columns of lists, "indices" of the slots that are not 0 and "values". Rows that the encoders were fitted on get target
// encodings that were learned without them, unless `as_new`; of a set that is split, these may be the first `train_rows`
// (else 0). *json is as of fs_store_encoders.
int32_t fs_store_encode(fs_store *store, const char *encoders, struct ArrowArrayStream *rows, const char *origin,
                        int64_t train_rows, bool sparse, bool as_new, const volatile int32_t *stop, fs_table **table, char **json,
                        char **error);

// Where columns of float32 lie that follow each other in memory, as slots of fs_store_encode do: `count` columns of
// fs_table_row_count floats. It lives as long as the table.
int32_t fs_table_floats(const fs_table *table, const char *const *names, int64_t count, const float **floats,
                        char **error);

// A reader for the vectors of `encoders`; it outlives the store, and any number of threads may share it.
int32_t fs_encoder_open(fs_store *store, const char *encoders, fs_encoder **encoder, char **error);
void fs_encoder_close(fs_encoder *encoder);

// As fs_store_encoders, and "join_keys".
int32_t fs_encoder_describe(const fs_encoder *encoder, char **json, char **error);

// Reads encoded vectors as fs_reader_vectors reads plain ones: "width" floats a row. What is null, unknown or too old is
// missing, and encoded as such.
int32_t fs_encoder_vectors(const fs_encoder *encoder, fs_read *read);
int32_t fs_encoder_vectors_of_stream(const fs_encoder *encoder, struct ArrowArrayStream *keys, int64_t time,
                                     float *vectors, int64_t capacity, int64_t *count, char **error);

#ifdef __cplusplus
}
#endif

#endif
