// Hands Arrow streams to the library and takes them from it, and sees that each is released once and not too early.
//
// Built and run by Tests/Python/test_c_interface.py on a project of package_support.py: with AddressSanitizer, where memory
// that was given back is poisoned and what nobody gives back is told at the end; and under valgrind, which sees what the
// library itself touches.
#include <errno.h>
#include <fstore.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arrow_abi.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#else
#define __lsan_disable() ((void)0)
#define __lsan_enable() ((void)0)
#endif

#define CHECK(condition)                                                          \
    do {                                                                          \
        if (!(condition)) {                                                       \
            fprintf(stderr, "line %d: not so: %s\n", __LINE__, #condition);      \
            exit(1);                                                              \
        }                                                                         \
    } while (0)

// A call that must succeed; it tells its error at `error`.
#define FINE(call)                                                                              \
    do {                                                                                        \
        char *error = NULL;                                                                     \
        int32_t status = (call);                                                                \
        if (status == FS_OK && error == NULL) break;                                            \
        fprintf(stderr, "line %d: status %d: %s\n", __LINE__, status, error ? error : "");      \
        exit(1);                                                                                \
    } while (0)

// ---- rows of ours

enum { ROWS = 1000, COLUMNS = 4 };
static const int64_t SIX_O_CLOCK = 1709272800000000; // 2024-03-01T06:00Z; the project's rows are of that day

// What is alive of what we have handed over.
static int live_streams, live_schemas, live_arrays;

static void release_schema(struct ArrowSchema *schema) {
    for (int64_t i = 0; i < schema->n_children; i++) {
        if (schema->children[i]->release) schema->children[i]->release(schema->children[i]);
        free(schema->children[i]);
    }
    free(schema->children);
    schema->release = NULL;
    live_schemas--;
}

static void make_schema(struct ArrowSchema *schema, const char *format, const char *name, int64_t children) {
    *schema = (struct ArrowSchema){
        .format = format, .name = name, .flags = ARROW_FLAG_NULLABLE, .n_children = children, .release = release_schema};
    schema->children = children ? calloc(children, sizeof *schema->children) : NULL;
    for (int64_t i = 0; i < children; i++) schema->children[i] = calloc(1, sizeof(struct ArrowSchema));
    live_schemas++;
}

static void release_array(struct ArrowArray *array) {
    for (int64_t i = 0; i < array->n_buffers; i++) free((void *)array->buffers[i]);
    free(array->buffers);
    for (int64_t i = 0; i < array->n_children; i++) {
        if (array->children[i]->release) array->children[i]->release(array->children[i]);
        free(array->children[i]);
    }
    free(array->children);
    array->release = NULL;
    live_arrays--;
}

static void make_array(struct ArrowArray *array, int64_t length, int64_t buffers, int64_t children) {
    *array = (struct ArrowArray){
        .length = length, .null_count = -1, .n_buffers = buffers, .n_children = children, .release = release_array};
    array->buffers = calloc(buffers, sizeof *array->buffers);
    array->children = children ? calloc(children, sizeof *array->children) : NULL;
    for (int64_t i = 0; i < children; i++) array->children[i] = calloc(1, sizeof(struct ArrowArray));
    live_arrays++;
}

// Buffers are as long as they must be and no longer, so that a read beyond is seen.
static void *buffer(struct ArrowArray *array, int place, size_t size) {
    void *bytes = malloc(size);
    array->buffers[place] = bytes;
    return bytes;
}

struct source {
    int batches;
    int fails_at;   // the batch that cannot be given; -1 for none
    bool has_strings;
};

static int get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *schema) {
    const struct source *source = stream->private_data;
    if (source->batches < 0) return EIO;
    make_schema(schema, "+s", "", source->has_strings ? COLUMNS : 1);
    make_schema(schema->children[0], "l", "driver_id", 0);
    if (!source->has_strings) return 0;
    make_schema(schema->children[1], "tsu:UTC", "event_timestamp", 0);
    make_schema(schema->children[2], "u", "note", 0);
    make_schema(schema->children[3], "b", "flag", 0);
    return 0;
}

static int get_next(struct ArrowArrayStream *stream, struct ArrowArray *array) {
    struct source *source = stream->private_data;
    if (source->fails_at == 0) return EIO;
    source->fails_at--;
    if (source->batches == 0) {
        *array = (struct ArrowArray){0};
        return 0;
    }
    source->batches--;
    make_array(array, ROWS, 1, source->has_strings ? COLUMNS : 1);
    struct ArrowArray **columns = array->children;
    make_array(columns[0], ROWS, 2, 0);
    int64_t *keys = buffer(columns[0], 1, ROWS * sizeof *keys);
    for (int i = 0; i < ROWS; i++) keys[i] = i % 5;
    if (!source->has_strings) return 0;
    make_array(columns[1], ROWS, 2, 0);
    int64_t *times = buffer(columns[1], 1, ROWS * sizeof *times);
    for (int i = 0; i < ROWS; i++) times[i] = SIX_O_CLOCK + i;
    make_array(columns[2], ROWS, 3, 0);
    uint8_t *valid = buffer(columns[2], 0, (ROWS + 7) / 8);
    int32_t *ends = buffer(columns[2], 1, (ROWS + 1) * sizeof *ends);
    memset(valid, 0xdb, (ROWS + 7) / 8);
    for (int i = 0; i <= ROWS; i++) ends[i] = 3 * i;
    memset(buffer(columns[2], 2, 3 * ROWS), 'x', 3 * ROWS);
    make_array(columns[3], ROWS, 2, 0);
    memset(buffer(columns[3], 1, (ROWS + 7) / 8), 0x55, (ROWS + 7) / 8);
    return 0;
}

static const char *get_last_error(struct ArrowArrayStream *stream) {
    (void)stream;
    return "the well is dry";
}

static void release_stream(struct ArrowArrayStream *stream) {
    free(stream->private_data);
    stream->release = NULL;
    live_streams--;
}

static struct ArrowArrayStream rows(int batches, int fails_at, bool has_strings) {
    struct source *source = malloc(sizeof *source);
    *source = (struct source){batches, fails_at, has_strings};
    live_streams++;
    return (struct ArrowArrayStream){get_schema, get_next, get_last_error, release_stream, source};
}

static void nothing_is_alive(void) {
    CHECK(live_streams == 0);
    CHECK(live_schemas == 0);
    CHECK(live_arrays == 0);
}

// ---- rows of the library's

// Reads every byte of a column, as its format says that there are.
static uint64_t sum(const struct ArrowSchema *schema, const struct ArrowArray *array) {
    uint64_t total = 0;
    const uint8_t *valid = array->n_buffers ? array->buffers[0] : NULL;
    for (int64_t i = 0; i < array->length; i++) {
        int64_t row = array->offset + i;
        if (valid) total += valid[row >> 3] >> (row & 7) & 1;
    }
    const char *format = schema->format;
    if (format[0] == '+') {
        for (int64_t i = 0; i < array->n_children; i++) total += sum(schema->children[i], array->children[i]);
        return total;
    }
    const uint8_t *values = array->buffers[1];
    if (strchr("uzUZ", format[0])) {
        bool is_large = format[0] < 'a';
        const uint8_t *bytes = array->buffers[2];
        for (int64_t i = 0; i < array->length; i++) {
            int64_t row = array->offset + i;
            int64_t start = is_large ? ((const int64_t *)values)[row] : ((const int32_t *)values)[row];
            int64_t end = is_large ? ((const int64_t *)values)[row + 1] : ((const int32_t *)values)[row + 1];
            for (int64_t byte = start; byte < end; byte++) total += bytes[byte];
        }
        return total;
    }
    if (format[0] == 'b') {
        for (int64_t i = 0; i < array->length; i++) total += values[(array->offset + i) >> 3];
        return total;
    }
    size_t width = strchr("if", format[0]) ? 4 : 8;
    for (size_t byte = array->offset * width; byte < (array->offset + array->length) * width; byte++)
        total += values[byte];
    return total;
}

static uint64_t read_all(struct ArrowArrayStream *stream, int64_t expected) {
    struct ArrowSchema schema;
    struct ArrowArray array;
    uint64_t total = 0;
    int64_t count = 0;
    CHECK(stream->get_schema(stream, &schema) == 0);
    while (stream->get_next(stream, &array) == 0 && array.release) {
        count += array.length;
        total += sum(&schema, &array);
        array.release(&array);
    }
    CHECK(count == expected);
    schema.release(&schema);
    stream->release(stream);
    return total;
}

// ---- what must hold

static fs_table *training_set(fs_store *store, int batches) {
    struct ArrowArrayStream entities = rows(batches, -1, true);
    fs_table *table;
    char *json;
    FINE(fs_store_training_set(store, "eta_v1", &entities, "rows", NULL, true, false, NULL, &table, &json, &error));
    CHECK(strstr(json, "\"found\":"));
    fs_string_free(json);
    CHECK(entities.release == NULL && live_streams == 0 && live_schemas == 0);
    CHECK(fs_table_row_count(table) == batches * ROWS);
    CHECK(fs_table_training_set(table) > 0);
    return table;
}

// A recorded set is made again of the same rows, and of no others.
static void a_set_is_made_again_of_the_same_rows(fs_store *store) {
    fs_table *table = training_set(store, 2), *again;
    char *error;
    int64_t id = fs_table_training_set(table);
    struct ArrowArrayStream same = rows(2, -1, true), fewer = rows(1, -1, true);
    FINE(fs_store_training_set_again(store, id, &same, NULL, &again, NULL, &error));
    CHECK(fs_table_row_count(again) == 2 * ROWS && fs_table_training_set(again) == id);
    fs_table_free(again);
    fs_table_free(table);
    CHECK(fs_store_training_set_again(store, id, &fewer, NULL, &again, NULL, &error) == FS_ERROR && again == NULL);
    CHECK(strstr(error, "give the same rows in the same order"));
    fs_string_free(error);
    CHECK(fs_store_training_set_again(store, id, NULL, NULL, &again, NULL, &error) == FS_ERROR && again == NULL);
    CHECK(strstr(error, "which are not kept"));
    fs_string_free(error);
    nothing_is_alive();
}

// The rows that pass through are lent from ours: they live until the last reader is done, in whatever order.
static void lent_memory_lives_until_it_is_given_back(fs_store *store) {
    for (int batches = 1; batches <= 3; batches++) {
        fs_table *table = training_set(store, batches);
        struct ArrowArrayStream first, second, unread;
        FINE(fs_table_stream(table, 0, &first, &error));
        FINE(fs_table_stream(table, 17, &second, &error));
        FINE(fs_table_stream(table, 0, &unread, &error));
        fs_table_free(table);
        uint64_t whole = read_all(&first, batches * ROWS);
        unread.release(&unread);
        CHECK(read_all(&second, batches * ROWS) > 0 && whole > 0);
        nothing_is_alive();
    }
}

// Parts of a table lend the same memory, and live without it.
static void a_part_outlives_its_table(fs_store *store) {
    fs_table *table = training_set(store, 2), *part, *none;
    FINE(fs_table_slice(table, 3, 2 * ROWS - 3, &part, &error));
    CHECK(fs_table_slice(table, 3, 2 * ROWS - 2, &none, NULL) == FS_ERROR && none == NULL);
    CHECK(fs_table_slice(table, -1, 1, &none, NULL) == FS_ERROR && none == NULL);
    fs_table_free(table);
    struct ArrowArrayStream stream;
    FINE(fs_table_stream(part, 0, &stream, &error));
    fs_table_free(part);
    CHECK(read_all(&stream, 2 * ROWS - 3) > 0);
    nothing_is_alive();
}

// A reader may move a column out of its batch, and let go of the batch before it (Arrow C data interface, "Moving").
static void a_column_outlives_its_batch(fs_store *store) {
    fs_table *table = training_set(store, 1);
    struct ArrowArrayStream stream;
    struct ArrowSchema schema;
    struct ArrowArray array;
    FINE(fs_table_stream(table, 0, &stream, &error));
    CHECK(stream.get_schema(&stream, &schema) == 0 && stream.get_next(&stream, &array) == 0);
    stream.release(&stream);
    fs_table_free(table);
    struct ArrowArray column = *array.children[2];
    array.children[2]->release = NULL;
    array.release(&array);
    CHECK(sum(schema.children[2], &column) > 0);
    column.release(&column);
    struct ArrowSchema moved = *schema.children[0];
    schema.children[0]->release = NULL;
    schema.release(&schema);
    CHECK(strcmp(moved.name, "driver_id") == 0);
    moved.release(&moved);
    nothing_is_alive();
}

static void a_stream_is_released_when_the_call_fails(fs_store *store, fs_reader *reader) {
    char *error;
    fs_table *table = NULL;
    struct ArrowArrayStream dry = rows(3, 1, true);
    CHECK(fs_store_training_set(store, "eta_v1", &dry, "rows", NULL, true, false, NULL, &table, NULL, &error) == FS_ERROR);
    CHECK(table == NULL && strcmp(error, "rows: the Arrow stream could not give its next rows: the well is dry") == 0);
    fs_string_free(error);
    nothing_is_alive();
    struct ArrowArrayStream mute = rows(-1, -1, true);
    CHECK(fs_store_ingest(store, "driver_stats", &mute, "rows", false, NULL, NULL, NULL) == FS_ERROR);
    nothing_is_alive();
    struct ArrowArrayStream unknown = rows(1, -1, true);
    CHECK(fs_store_training_set(store, "eta_v9", &unknown, "rows", NULL, true, false, NULL, &table, NULL, NULL) == FS_ERROR);
    nothing_is_alive();
    struct ArrowArrayStream ruled = rows(1, -1, true);
    fs_rule rule = {.rows = &ruled, .split = "never"};
    CHECK(fs_store_training_set_by_rule(store, "eta_v1", &rule, true, false, NULL, &table, NULL, &error) == FS_ERROR);
    CHECK(table == NULL && strstr(error, "split takes time:0.8, time:2024-03-01 or key:0.8, not 'never'"));
    fs_string_free(error);
    nothing_is_alive();
    struct ArrowArrayStream keys = rows(1, -1, true);
    CHECK(fs_store_history(store, "driver_stats", &keys, NULL, INT64_MIN, INT64_MAX, FS_NOW, &table, NULL) == FS_ERROR);
    nothing_is_alive();
    int32_t stop = 1;
    struct ArrowArrayStream stopped = rows(1, -1, true);
    CHECK(fs_store_training_set(store, "eta_v1", &stopped, "rows", NULL, true, false, &stop, &table, NULL, NULL) ==
          FS_STOPPED);
    nothing_is_alive();
    struct ArrowArrayStream nobody = rows(1, -1, true);
    CHECK(fs_store_training_set(NULL, "eta_v1", &nobody, "rows", NULL, true, false, NULL, &table, NULL, NULL) == FS_ERROR);
    nothing_is_alive();
    struct ArrowArrayStream used = rows(1, -1, true);
    used.release(&used);
    CHECK(fs_store_ingest(store, "driver_stats", &used, "rows", false, NULL, NULL, &error) == FS_ERROR);
    CHECK(strstr(error, "the Arrow stream has been read already"));
    fs_string_free(error);
    struct ArrowArrayStream more = rows(1, -1, true);
    float few[8];
    CHECK(fs_reader_vectors_of_stream(reader, &more, FS_NOW, few, 8, NULL, &error) == FS_ERROR);
    CHECK(strstr(error, "'event_timestamp' is no join key"));
    fs_string_free(error);
    nothing_is_alive();
}

static void the_short_way_and_the_long_way_give_the_same(fs_reader *reader) {
    static float by_stream[2 * ROWS], by_array[2 * ROWS];
    int64_t keys[ROWS], count;
    struct ArrowArrayStream stream = rows(1, -1, false);
    FINE(fs_reader_vectors_of_stream(reader, &stream, SIX_O_CLOCK, by_stream, 2 * ROWS, &count, &error));
    CHECK(count == ROWS);
    for (int i = 0; i < ROWS; i++) keys[i] = i % 5;
    fs_read read = {.count = ROWS, .numbers = keys, .time = SIX_O_CLOCK, .answer = by_array, .capacity = sizeof by_array};
    CHECK(fs_reader_vectors(reader, &read) == FS_OK && read.error == NULL);
    CHECK(memcmp(by_stream, by_array, sizeof by_array) == 0);
    nothing_is_alive();
}

static void *read_in_a_thread(void *reader) {
    for (int round = 0; round < 500; round++) {
        int64_t keys[] = {1, 2, 3};
        float vectors[6];
        fs_read read = {.count = 3, .numbers = keys, .time = SIX_O_CLOCK, .answer = vectors, .capacity = sizeof vectors};
        CHECK(fs_reader_vectors(reader, &read) == FS_OK);
        CHECK(vectors[0] == 20 && vectors[2] == (float)((1LL << 40) + 1));
    }
    return NULL;
}

static void threads_share_a_reader(fs_reader *reader) {
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) CHECK(pthread_create(&threads[i], NULL, read_in_a_thread, reader) == 0);
    for (int i = 0; i < 4; i++) CHECK(pthread_join(threads[i], NULL) == 0);
}

static void all(const char *project) {
    fs_store *store;
    fs_reader *reader;
    FINE(fs_store_open(project, &store, &error));
    FINE(fs_reader_open(store, "driver_stats:trips,driver_stats:conv_rate", false, &reader, &error));
    lent_memory_lives_until_it_is_given_back(store);
    a_part_outlives_its_table(store);
    a_set_is_made_again_of_the_same_rows(store);
    a_column_outlives_its_batch(store);
    a_stream_is_released_when_the_call_fails(store, reader);
    the_short_way_and_the_long_way_give_the_same(reader);
    threads_share_a_reader(reader);
    fs_reader_close(reader);
    fs_store_close(store);
}

int main(int count, char **arguments) {
    CHECK(count == 2);
    // The first round makes what the library keeps for good, behind pointers that the search for leaks does not know.
    __lsan_disable();
    all(arguments[1]);
    __lsan_enable();
    all(arguments[1]);
    puts("fine");
    return 0;
}
