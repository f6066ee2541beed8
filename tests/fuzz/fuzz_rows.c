/*
 * Answers of a hostile server: each operation decodes what the connection would let through, which
 * is any number of rows and columns of any bytes. Input: the operation, then an answer for each of
 * its statements. Columns are mostly of the types that the operation expects, or little would be
 * decoded.
 */
#include "engine/engine.h"
#include "fuzz.h"
#include "rows_operations.h"

#include "domain/result.h"
#include "pgconvo_memory.h"
#include "pgconvo_workflow.h"
#include "statement/wire.h"

static struct engine engine; /* of operations that are never run */

#define COLUMNS_MAX 40
#define ROWS_MAX 9
#define VALUE_MAX 64

/* ---- An answer ---- */

struct answer {
    PGresult *rows;
    const char *types; /* as in struct rows_operation */
    int columns;
};

static void put(struct answer *answer, int row, int column, const char *value, int size) {
    char room[VALUE_MAX];
    memcpy(room, value, (size_t)(size < 0 ? 0 : size)); /* PQsetvalue's is not const */
    HOLDS(PQsetvalue(answer->rows, row, column, room, size) != 0);
}

static void put_bytes(struct answer *answer, struct fuzz_input *in, int row, int column,
                      const char *first) {
    char value[VALUE_MAX];
    size_t front = strlen(first);
    pgc_str bytes = fuzz_bytes(in, fuzz_byte(in) % (VALUE_MAX - 4));
    memcpy(value, first, front);
    memcpy(value + front, bytes.data, bytes.size);
    put(answer, row, column, value, (int)(front + bytes.size));
}

static void put_number(struct answer *answer, struct fuzz_input *in, int row, int column,
                       bool large) {
    char value[8];
    wire_put64(value, large ? fuzz_number(in, 8) : fuzz_byte(in));
    put(answer, row, column, value, 8);
}

/* A value of the expected type, or, one time in eight, of some other. */
static void put_value(struct answer *answer, struct fuzz_input *in, int row, int column) {
    static const char types[] = "tjib-ItQ";
    unsigned how = fuzz_byte(in);
    char type = (size_t)column < strlen(answer->types) ? answer->types[column] : 't';
    if (how % 8 == 7) {
        type = types[how / 8 % 8];
    } else if (how % 8 == 6) {
        type = '-';
    }
    switch (type) {
    case 'j': /* jsonb: its version stands in front */
        put_bytes(answer, in, row, column, "\1");
        break;
    case 'Q':
        put_bytes(answer, in, row, column, "\1\"\xef\xb7\x90");
        break;
    case 'i':
    case 'I':
        put_number(answer, in, row, column, type == 'I' || how % 8 == 5);
        break;
    case 'b':
        put(answer, row, column, how / 8 % 2 == 0 ? "\0" : "\1", 1);
        break;
    case '-':
        HOLDS(PQsetvalue(answer->rows, row, column, NULL, -1) != 0);
        break;
    default:
        put_bytes(answer, in, row, column, "");
    }
}

/* How many columns there are, and whether all are in binary form. */
static void set_columns(struct answer *answer, struct fuzz_input *in) {
    static char name[] = "?";
    PGresAttDesc columns[COLUMNS_MAX] = {{.name = NULL}};
    unsigned how = fuzz_byte(in);
    answer->columns = (int)strlen(answer->types);
    if (how % 8 == 7) {
        answer->columns = (int)(how / 8);
    }
    for (int i = 0; i < answer->columns; i++) {
        columns[i] = (PGresAttDesc){.name = name, .format = how % 64 != 6, .typlen = -1};
    }
    HOLDS(answer->columns == 0 || PQsetResultAttrs(answer->rows, answer->columns, columns) != 0);
}

static PGresult *make_answer(struct fuzz_input *in, const char *types) {
    unsigned how = fuzz_byte(in);
    struct answer answer = {.types = types};
    answer.rows = PQmakeEmptyPGresult(NULL, how >= 250 ? PGRES_COMMAND_OK : PGRES_TUPLES_OK);
    HOLDS(answer.rows != NULL);
    set_columns(&answer, in);
    int rows = answer.columns == 0 || how >= 250 ? 0 : (int)(how % ROWS_MAX);
    for (int row = 0; row < rows; row++) {
        for (int column = 0; column < answer.columns; column++) {
            put_value(&answer, in, row, column);
        }
    }
    return answer.rows;
}

/* ---- What came of it ---- */

/* Reads all of a string, and the NUL behind it. */
static void touch(pgc_str text) {
    uint64_t sum = 0;
    if (text.data != NULL) {
        for (size_t i = 0; i < text.size; i++) {
            sum += (unsigned char)text.data[i];
        }
        HOLDS(sum <= UINT64_C(255) * text.size && text.data[text.size] == '\0');
    } else {
        HOLDS(text.size == 0);
    }
}

static void touch_threads(const pgc_result *result) {
    for (size_t i = 0; i < pgc_result_threads(result); i++) {
        const pgc_thread *thread = pgc_result_thread(result, i);
        HOLDS(thread->id.data != NULL && thread->metadata.data != NULL);
        touch(thread->id);
        touch(thread->resource_id);
        touch(thread->title);
        touch(thread->metadata);
    }
}

static void touch_messages(const pgc_result *result) {
    HOLDS(pgc_result_page_rows(result) <= pgc_result_messages(result));
    for (size_t i = 0; i < pgc_result_messages(result); i++) {
        const pgc_message *message = pgc_result_message(result, i);
        HOLDS(message->id.data != NULL && message->thread_id.data != NULL);
        touch(message->id);
        touch(message->thread_id);
        touch(message->resource_id);
        touch(message->role);
        touch(message->type);
        touch(message->content);
        touch(message->text);
        touch(message->metadata);
        touch(message->source_id);
    }
}

static void touch_memory(const pgc_result *result) {
    const pgc_resource *resource = pgc_result_resource(result, 0);
    if (resource != NULL) {
        touch(resource->id);
        touch(resource->working_memory);
        touch(resource->metadata);
    }
    for (size_t i = 0; i < pgc_result_observations(result); i++) {
        const pgc_observation *o = pgc_result_observation(result, i);
        const pgc_str texts[] = {o->id,         o->thread_id, o->resource_id,
                                 o->active,     o->chunks,    o->buffered,
                                 o->reflection, o->timezone,  o->buffered_message_ids,
                                 o->config,     o->metadata,  o->observed_message_ids};
        for (size_t k = 0; k < sizeof texts / sizeof texts[0]; k++) {
            touch(texts[k]);
        }
    }
    touch(pgc_result_activated(result));
}

static void touch_workflow(const pgc_result *result) {
    for (size_t i = 0; i < pgc_result_runs(result); i++) {
        const pgc_run *run = pgc_result_run(result, i);
        HOLDS(run->run_id.data != NULL && run->workflow_name.data != NULL);
        touch(run->run_id);
        touch(run->workflow_name);
        touch(run->resource_id);
        touch(run->snapshot);
        touch(run->context);
    }
    for (size_t i = 0; i < pgc_result_scores(result); i++) {
        const pgc_score *score = pgc_result_score(result, i);
        HOLDS(score->id.data != NULL);
        touch(score->id);
        touch(score->scorer_id);
        touch(score->trace_id);
        touch(score->project_id);
        touch(score->document);
    }
}

static void touch_result(const pgc_result *result) {
    touch_threads(result);
    touch_messages(result);
    touch_memory(result);
    touch_workflow(result);
    touch(pgc_result_metadata(result));
    touch(pgc_result_next(result));
    touch(pgc_result_prev(result));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz_input in = {data, size};
    const struct rows_operation *operation =
        &rows_operations[fuzz_byte(&in) % rows_operation_count];
    pgc_error err = {.code = PGC_OK};
    pgc_op *op = op_new(&engine);
    HOLDS(op != NULL && operation->begin(op, &err) == 0);
    size_t count = op->segment.count;
    for (size_t i = 0; i < count; i++) {
        const char *types = i == count - 1 ? operation->last
                            : i == 0       ? operation->first
                                           : operation->middle;
        op->results[i] = make_answer(&in, types);
        op->segment.done++;
    }
    op_complete(op);
    if (op->error.code == PGC_OK) {
        pgc_result *result = op->result;
        HOLDS(result != NULL);
        op->result = NULL;
        op_free(op); /* the result outlives it */
        size_t messages = rows_operation_messages(operation);
        HOLDS(messages == SIZE_MAX || messages == pgc_result_messages(result));
        touch_result(result);
        pgc_result_free(result);
        return 0;
    }
    fuzz_check_error(-(int)op->error.code, &op->error);
    HOLDS(op->error.code != PGC_NOMEM);
    op_free(op);
    return 0;
}
