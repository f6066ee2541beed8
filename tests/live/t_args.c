/*
 * Arguments: structs of older and newer headers, limits, choices, times, and what is missing.
 */
#include "base/utf8.h"
#include "live/world.h"
#include "pgconvo_workflow.h"

#include <stddef.h>

static const pgc_message_new one_message = {
    .role = {"user", 4}, .text = {"x", 1}, .created_at = PGC_NO_TIME};
static const pgc_revision one_revision = {.id = {"m", 1}};
static const pgc_anchor one_anchor = {.message_id = {"m", 1}};
static const pgc_str one_id = {"m", 1};

/* ---- Structs that know their size ---- */

static int create(const void *args) {
    return CALL(thread_create, args);
}
static int update(const void *args) {
    return CALL(thread_update, args);
}
static int list(const void *args) {
    return CALL(thread_list, args);
}
static int append(const void *args) {
    return CALL(message_append, args);
}
static int list_messages(const void *args) {
    return CALL(message_list, args);
}
static int save(const void *args) {
    return CALL(message_save, args);
}
static int rewrite(const void *args) {
    return CALL(message_rewrite, args);
}
static int copy(const void *args) {
    return CALL(thread_copy, args);
}
static int window(const void *args) {
    return CALL(message_window, args);
}
static int get(const void *args) {
    return CALL(message_get, args);
}
static int delete (const void *args) {
    return CALL(message_delete, args);
}
static int change(const void *args) {
    return CALL(message_update, args);
}
static int import_thread(const void *args) {
    return CALL(conversation_import, args, APPEND());
}
static int import_messages(const void *args) {
    return CALL(conversation_import, NEW_THREAD(), args);
}

static int run_put(const void *args) {
    return CALL(run_put, args);
}
static int run_list(const void *args) {
    return CALL(run_list, args);
}
static int run_step(const void *args) {
    return CALL(run_step, args);
}
static int run_state(const void *args) {
    return CALL(run_state, args);
}
static int score_put(const void *args) {
    return CALL(score_put, args);
}
static int score_list(const void *args) {
    return CALL(score_list, args);
}
static int prune(const void *args) {
    return CALL(prune, args);
}

static const pgc_run_new one_run = {
    .size = sizeof(pgc_run_new),
    .workflow_name = {"w", 1},
    .run_id = {"r", 1},
    .snapshot = {"{\"context\":{}}", 14},
    .created_at = PGC_NO_TIME,
    .updated_at = PGC_NO_TIME,
};
static const pgc_run_query all_runs = PGC_RUN_QUERY_INIT;
static const pgc_step one_step = {
    .size = sizeof(pgc_step),
    .workflow_name = {"w", 1},
    .run_id = {"r", 1},
    .step_id = {"s", 1},
    .result = {"1", 1},
};
static const pgc_state one_state = {
    .size = sizeof(pgc_state),
    .workflow_name = {"w", 1},
    .run_id = {"r", 1},
    .members = {"{}", 2},
};
static const pgc_score_new one_score = {
    .size = sizeof(pgc_score_new),
    .document = {"1", 1},
    .created_at = PGC_NO_TIME,
    .updated_at = PGC_NO_TIME,
};
static const pgc_score_query all_scores = PGC_SCORE_QUERY_INIT;
static const pgc_prune_options one_prune = {.size = sizeof(pgc_prune_options), .before = 0};

struct sized {
    int (*call)(const void *args);
    const void *args; /* good ones */
    size_t size;
    const char *name;
};

static void check_sizes(const struct sized *one) {
    size_t longer = one->size + 24;
    char *args = calloc(1, longer);
    memcpy(args, one->args, one->size);
    memcpy(args, &longer, sizeof longer);
    if (one->call != delete) {
        works(one->call(args), "%s: a longer struct whose surplus is zero", one->name);
    }
    args[longer - 1] = 1;
    refused(one->call(args), PGC_INVALID, one->name, "%s: one whose surplus is not", one->name);
    static const size_t bad[] = {0, 1, sizeof(size_t) - 1, 65537, SIZE_MAX};
    for (size_t k = 0; k < ARRAY_LENGTH(bad); k++) {
        memcpy(args, &bad[k], sizeof bad[k]);
        refused(one->call(args), PGC_INVALID, one->name, "%s: size %zu", one->name, bad[k]);
        ok(strstr(err.message, "size") != NULL, "the message names the size");
    }
    refused(one->call(NULL), PGC_INVALID, one->name, "%s: NULL", one->name);
    free(args);
}

static void test_sizes(void) {
    make_thread("t", NULL);
    put("t", "m");
    const struct sized cases[] = {
        {create, NEW_THREAD(), sizeof(pgc_thread_new), "thread"},
        {update, THREAD_CHANGE(.id = z("t")), sizeof(pgc_thread_change), "change"},
        {list, THREAD_QUERY(), sizeof(pgc_thread_query), "query"},
        {append, APPEND(.thread_id = z("t"), .messages = &one_message, .count = 1),
         sizeof(pgc_append), "append"},
        {save,
         (&(pgc_save){.size = sizeof(pgc_save),
                      .thread_id = z("t"),
                      .messages = &one_message,
                      .count = 1,
                      .message_size = sizeof one_message}),
         sizeof(pgc_save), "save"},
        {rewrite,
         (&(pgc_rewrite){.size = sizeof(pgc_rewrite),
                         .revisions = &one_revision,
                         .count = 1,
                         .revision_size = sizeof one_revision}),
         sizeof(pgc_rewrite), "rewrite"},
        {copy,
         (&(pgc_copy){.size = sizeof(pgc_copy),
                      .source_id = z("t"),
                      .from = PGC_NO_TIME,
                      .until = PGC_NO_TIME}),
         sizeof(pgc_copy), "copy"},
        {list_messages, MESSAGE_QUERY(.thread_id = z("t")), sizeof(pgc_message_query), "query"},
        {window, WINDOW(.anchors = &one_anchor, .count = 1), sizeof(pgc_window), "window"},
        {get, (&(pgc_ids){.size = sizeof(pgc_ids), .ids = &one_id, .count = 1}), sizeof(pgc_ids),
         "ids"},
        {change, MESSAGE_CHANGE(.id = z("m")), sizeof(pgc_message_change), "change"},
        {import_thread, NEW_THREAD(), sizeof(pgc_thread_new), "thread"},
        {import_messages, APPEND(.messages = &one_message, .count = 1), sizeof(pgc_append),
         "append"},
        {run_put, &one_run, sizeof one_run, "run"},
        {run_list, &all_runs, sizeof all_runs, "query"},
        {run_step, &one_step, sizeof one_step, "step"},
        {run_state, &one_state, sizeof one_state, "state"},
        {score_put, &one_score, sizeof one_score, "score"},
        {score_list, &all_scores, sizeof all_scores, "query"},
        {prune, &one_prune, sizeof one_prune, "options"},
        {delete, (&(pgc_ids){.size = sizeof(pgc_ids), .ids = &one_id, .count = 1}), sizeof(pgc_ids),
         "ids"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        check_sizes(&cases[i]);
    }
}

/*
 * The first `size` bytes of a struct, in memory of just this size, so that reading further is an
 * error of its own.
 */
static void *older(const void *args, size_t size) {
    char *copy = malloc(size);
    memcpy(copy, args, size);
    memcpy(copy, &size, sizeof size);
    return copy;
}

/* A struct of an older header has fewer fields; what is behind it is not read. */
static void test_older(void) {
    void *args = older(NEW_THREAD(.id = z("old"), .resource_id = z("r"), .title = z("unread")),
                       offsetof(pgc_thread_new, title));
    works(CALL(thread_create, args), "a shorter thread");
    is_mem(pgc_result_thread(result, 0)->resource_id, z("r"), "its fields are read");
    ok(pgc_result_thread(result, 0)->title.data == NULL, "others have their defaults");
    ok(pgc_result_thread(result, 0)->created_at > AT(0), "times, too");
    free(args);
    args = older(THREAD_CHANGE(.id = z("old"), .title = z("new"), .resource_id = z("unread")),
                 offsetof(pgc_thread_change, resource_id));
    works(CALL(thread_update, args), "a shorter change");
    is_mem(pgc_result_thread(result, 0)->resource_id, z("r"), "changes less");
    free(args);
    args = older(MESSAGE_QUERY(.thread_id = z("t"), .from = AT(99999999999)),
                 offsetof(pgc_message_query, from));
    works(CALL(message_list, args), "a shorter query");
    ok(pgc_result_messages(result) > 0, "has no bounds");
    free(args);
    pgc_message_new two[] = {MESSAGE(.text = z("x")), MESSAGE(.text = z("y"))};
    args = older(
        APPEND(.thread_id = z("t"), .messages = two, .count = 2, .existing = (pgc_existing)77),
        offsetof(pgc_append, existing));
    works(CALL(message_append, args), "a shorter append");
    free(args);
    args = older(MESSAGE_CHANGE(.thread_id = z("t"), .id = z("m"), .role = z("tool")),
                 offsetof(pgc_message_change, role));
    works(CALL(message_update, args), "a shorter change of a message");
    is_mem(pgc_result_message(result, 0)->role, z("user"), "changes less");
    free(args);
}

/* Messages stand in an array, whose step is the size that the caller knows. */
static void test_message_size(void) {
    make_thread("step", NULL);
    size_t step = offsetof(pgc_message_new, metadata);
    char *array = malloc(3 * step);
    static const char *const texts[] = {"a", "b", "c"};
    for (size_t i = 0; i < 3; i++) {
        pgc_message_new message = MESSAGE(.text = z(texts[i]));
        memcpy(array + i * step, &message, step);
    }
    const void *messages = array;
    pgc_append *args =
        APPEND(.thread_id = z("step"), .messages = messages, .count = 3, .message_size = step);
    works(CALL(message_append, args), "messages of an older header");
    must(CALL(message_last, z("step"), 3));
    is_mem(pgc_result_message(result, 2)->text, z("c"), "each is read from its place");
    is_mem(pgc_result_message(result, 2)->metadata, z("{}"), "without what it does not have");
    free(array);

    step = sizeof(pgc_message_new) + 16;
    array = calloc(2, step);
    for (size_t i = 0; i < 2; i++)
        memcpy(array + i * step, &one_message, sizeof one_message);
    args->messages = messages = array;
    args->count = 2;
    args->message_size = step;
    works(CALL(message_append, args), "messages of a newer header");
    array[2 * step - 1] = 1;
    refused(CALL(message_append, args), PGC_INVALID, "messages[1]", "that have more to say");
    free(array);
    static const size_t bad[] = {0, 1, 15};
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        args->messages = &one_message;
        args->message_size = bad[i];
        refused(CALL(message_append, args), PGC_INVALID, "message_size", "step %zu", bad[i]);
    }
}

/* ---- Limits ---- */

static void test_ids(void) {
    char longest[PGC_ID_MAX + 2];
    memset(longest, 'x', sizeof longest);
    pgc_str good = {longest, PGC_ID_MAX}, bad = {longest, PGC_ID_MAX + 1};
    works(CALL(thread_create, NEW_THREAD(.id = good, .resource_id = good)), "ids of 255 bytes");
    is_mem(pgc_result_thread(result, 0)->id, good, "are kept");
    pgc_message_new message = MESSAGE(.id = good, .role = good, .type = good, .text = z("x"));
    works(CALL(message_append, APPEND(.thread_id = good, .messages = &message, .count = 1)),
          "a message whose strings are so long");
    must(CALL(message_last, good, 1));
    is_mem(pgc_result_message(result, 0)->role, good, "is kept");
    is_mem(pgc_result_message(result, 0)->type, good, "all of it");

    refused(CALL(thread_create, NEW_THREAD(.id = bad)), PGC_INVALID, "id: is 256", "a longer id");
    refused(CALL(thread_create, NEW_THREAD(.resource_id = bad)), PGC_INVALID, "resource_id: is 256",
            "a longer resource");
    refused(CALL(thread_get, bad), PGC_INVALID, "thread_id: is 256", "a longer thread");
    refused(CALL(message_list, MESSAGE_QUERY(.resource_id = bad)), PGC_INVALID, "resource_id",
            "a longer resource to read");
    const struct {
        pgc_message_new message;
        const char *words;
    } cases[] = {
        {MESSAGE(.id = bad, .text = z("x")), "messages[0].id: is 256"},
        {MESSAGE(.role = bad, .text = z("x")), "messages[0].role: is 256"},
        {MESSAGE(.type = bad, .text = z("x")), "messages[0].type: is 256"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        refused(CALL(message_append,
                     APPEND(.thread_id = z("t"), .messages = &cases[i].message, .count = 1)),
                PGC_INVALID, cases[i].words, "longer: %s", cases[i].words);
    }
    must(CALL(thread_create, NEW_THREAD(.id = z("é ' \" \\ % \n €"))));
    works(CALL(thread_get, z("é ' \" \\ % \n €")), "any other character may be in an id");
}

/* A long id of long characters is cut in the message at the end of a character. */
static void test_long_message(void) {
    char id[PGC_ID_MAX + 1] = "";
    for (int i = 0; i < 85; i++)
        memcpy(id + 3 * i, "\xe2\x82\xac", 4);
    put("t", id);
    pgc_message_new again = MESSAGE(.id = z(id), .text = z("x"));
    refused(CALL(message_append, APPEND(.thread_id = z("old"), .messages = &again, .count = 1)),
            PGC_EXISTS, "\xe2\x82\xac", "a long id in a message");
    ok(utf8_check(z(err.message), NULL), "the message is UTF-8");
    refused(CALL(conversation_import, NEW_THREAD(), APPEND(.messages = &again, .count = 1)),
            PGC_EXISTS, "\xe2\x82\xac", "a long id in a message about an import");
    ok(utf8_check(z(err.message), NULL), "the message is UTF-8");
}

static void test_titles(void) {
    size_t most = 1024 * 1024;
    char *title = malloc(most + 1);
    memset(title, 'x', most + 1);
    works(CALL(thread_update, THREAD_CHANGE(.id = z("t"), .title = {title, most})),
          "1 MiB of title");
    is_int(pgc_result_thread(result, 0)->title.size, most, "is kept");
    memset(title, '\0', most);
    works(CALL(thread_update, THREAD_CHANGE(.id = z("t"), .title = {title, most})),
          "of NUL bytes, too");
    is_int(pgc_result_thread(result, 0)->title.size, most, "is kept");
    refused(CALL(thread_update, THREAD_CHANGE(.id = z("t"), .title = {title, most + 1})),
            PGC_INVALID, "title: is 1048577", "a longer one is refused");
    refused(CALL(thread_create, NEW_THREAD(.title = {title, most + 1})), PGC_INVALID, "title",
            "for a new thread, too");
    free(title);
}

static void test_depth(void) {
    char json[1100];
    for (size_t depth = 512; depth <= 513; depth++) {
        memset(json, '[', depth);
        memset(json + depth, ']', depth);
        pgc_message_new message = MESSAGE(.content = {json, 2 * depth});
        pgc_append *args = APPEND(.thread_id = z("t"), .messages = &message, .count = 1);
        if (depth == 512) {
            works(CALL(message_append, args), "512 levels");
        } else {
            refused(CALL(message_append, args), PGC_INVALID, "messages[0].content", "513 levels");
            is_int(err.position, 512, "where");
        }
    }
}

/* ---- Choices, times, what is missing ---- */

static void test_choices(void) {
    static const int bad[] = {-1, 4, 99};
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        pgc_existing existing = (pgc_existing)bad[i];
        refused(CALL(thread_create, NEW_THREAD(.existing = existing)), PGC_INVALID, "existing",
                "thread, existing %d", bad[i]);
        refused(CALL(message_append, APPEND(.thread_id = z("t"), .messages = &one_message,
                                            .count = 1, .existing = existing)),
                PGC_INVALID, "existing", "append, existing %d", bad[i]);
        refused(CALL(message_append, APPEND(.thread_id = z("t"), .messages = &one_message,
                                            .count = 1, .elsewhere = (pgc_elsewhere)bad[i])),
                PGC_INVALID, "elsewhere", "append, elsewhere %d", bad[i]);
    }
}

#define YEAR_1 INT64_C(-62135596800000000)
#define YEAR_10000 INT64_C(253402300800000000)

static void test_times(void) {
    static const int64_t good[] = {YEAR_1, -1, 0, 1, YEAR_10000 - 1};
    static const int64_t bad[] = {YEAR_1 - 1, YEAR_10000, INT64_MIN + 1, INT64_MAX};
    make_thread("times", NULL);
    for (size_t i = 0; i < ARRAY_LENGTH(good); i++) {
        must(CALL(thread_create, NEW_THREAD(.created_at = good[i], .updated_at = good[i])));
        is_int(pgc_result_thread(result, 0)->created_at, good[i], "time %zu is kept", i);
        pgc_message_new message = MESSAGE(.text = z("x"), .created_at = good[i]);
        must(CALL(message_append,
                  APPEND(.thread_id = z("times"), .messages = &message, .count = 1)));
        is_int(pgc_result_message(result, 0)->created_at, good[i], "for a message, too");
        works(CALL(message_count, z("times"), good[i], good[i]), "and is a bound");
    }
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        pgc_message_new message = MESSAGE(.text = z("x"), .created_at = bad[i]);
        refused(CALL(thread_create, NEW_THREAD(.created_at = bad[i])), PGC_INVALID, "created_at",
                "time %zu of creation", i);
        refused(CALL(thread_create, NEW_THREAD(.updated_at = bad[i])), PGC_INVALID, "updated_at",
                "time %zu of change", i);
        refused(
            CALL(message_append, APPEND(.thread_id = z("times"), .messages = &message, .count = 1)),
            PGC_INVALID, "messages[0].created_at", "time %zu of a message", i);
    }
}

static void test_missing(void) {
    const struct {
        pgc_message_new message;
        const char *words;
    } cases[] = {
        {{.text = z("x"), .created_at = PGC_NO_TIME}, "messages[1].role: is missing"},
        {MESSAGE(.role = z(""), .text = z("x")), "messages[1].role: is empty"},
        {MESSAGE(.id = z(""), .text = z("x")), "messages[1].id: is empty"},
        {MESSAGE(), "messages[1].content: is missing"},
        {MESSAGE(.text = z("x"), .content = z("1")), "messages[1].content"},
        {MESSAGE(.content = z("")), "messages[1].content"},
        {MESSAGE(.content = z(" ")), "messages[1].content"},
        {MESSAGE(.content = z("1 2")), "messages[1].content"},
        {MESSAGE(.content = z("undefined")), "messages[1].content"},
        {MESSAGE(.text = z("x"), .metadata = z("[]")), "messages[1].metadata"},
        {MESSAGE(.text = z("x"), .metadata = z("")), "messages[1].metadata"},
    };
    char *before = dump();
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        pgc_message_new two[] = {one_message, cases[i].message};
        refused(CALL(message_append, APPEND(.thread_id = z("t"), .messages = two, .count = 2)),
                PGC_INVALID, cases[i].words, "%s", cases[i].words);
        is_int(err.retry, PGC_RETRY_NO, "no use in trying again");
    }
    refused(CALL(message_append, APPEND(.messages = &one_message, .count = 1)), PGC_INVALID,
            "thread_id", "no thread");
    refused(CALL(message_append, APPEND(.thread_id = z("t"), .count = 1)), PGC_INVALID, "messages",
            "no array");
    refused(CALL(message_get, IDS(NULL, "")), PGC_INVALID, "ids", "no ids to get");
    refused(CALL(message_delete, IDS(NULL, "")), PGC_INVALID, "ids", "no ids to delete");
    pgc_str ids[] = {z("m"), pgc_none()};
    pgc_ids list_of = {.size = sizeof list_of, .ids = ids, .count = 2};
    refused(CALL(message_get, &list_of), PGC_INVALID, "ids", "an absent id to get");
    is_int(err.position, 1, "the position is its index");
    refused(CALL(message_delete, &list_of), PGC_INVALID, "ids", "an absent id to delete");
    is_int(err.position, 1, "the position is its index");
    unchanged(before, "and nothing is written");
}

/* Contents may have 256 MiB, those of a call 512 MiB together; the same bytes count each time. */
static void test_weight(void) {
    size_t size = 200 * 1024 * 1024;
    char *json = malloc(size);
    memset(json, '1', size);
    pgc_message_new three[3] = {MESSAGE(), MESSAGE(), MESSAGE()};
    for (size_t i = 0; i < 3; i++)
        three[i].content = (pgc_str){json, size};
    refused(CALL(message_append, APPEND(.thread_id = z("t"), .messages = three, .count = 3)),
            PGC_INVALID, "messages: are 629145600 bytes", "600 MiB of messages");
    three[0].content.size = 256 * 1024 * 1024 + 1;
    refused(CALL(message_append, APPEND(.thread_id = z("t"), .messages = three, .count = 1)),
            PGC_INVALID, "messages[0].content: is 268435457 bytes", "a content above its limit");
    free(json);
}

/* ---- What a start call is given, it copies ---- */

static char *scratch; /* what arguments point to */
static size_t scratch_size;

/* A string in memory that is gone when the call has started. */
static pgc_str lent(const char *text) {
    char *at = scratch + scratch_size;
    scratch_size += strlen(text) + 1;
    memcpy(at, text, strlen(text) + 1);
    return z(at);
}

/* Spoils the memory behind the arguments before the operation runs. */
static void spoil_and_wait(int status, const char *name) {
    memset(scratch, 'Z', 4096);
    scratch_size = 0;
    works(status != 0 ? status : pgc_op_wait(world_op, &world_new, &err), "%s", name);
    world_take(0);
}

#define START(name, ...) \
    spoil_and_wait(pgc_##name##_start(store, __VA_ARGS__, NULL, NULL, &world_op, &err), #name)

static void test_copied(void) {
    scratch = malloc(4096);
    START(thread_create, NEW_THREAD(.id = lent("lent"), .resource_id = lent("r"),
                                    .title = lent("title"), .metadata = lent("{\"a\": 1}")));
    is_mem(pgc_result_thread(result, 0)->title, z("title"), "a thread as it was given");
    is_mem(pgc_result_thread(result, 0)->metadata, z("{\"a\": 1}"), "with its metadata");
    for (int i = 0; i < 2; i++) {
        pgc_message_new *message = (pgc_message_new *)(void *)(scratch + 2048);
        *message = MESSAGE(.id = lent("l1"), .role = lent("role"), .type = lent("type"),
                           .content = lent("[1]"), .metadata = lent("{\"b\": 2}"));
        START(message_append, APPEND(.thread_id = lent("lent"), .messages = message, .count = 1,
                                     .existing = PGC_EXISTING_KEEP));
        is_mem(pgc_result_message(result, 0)->id, z("l1"), "a message as it was given");
        is_mem(pgc_result_message(result, 0)->role, z("role"), "with its role");
        is_mem(pgc_result_message(result, 0)->type, z("type"), "and its type");
        is_mem(pgc_result_message(result, 0)->thread_id, z("lent"), "in its thread");
    }
    START(message_update,
          MESSAGE_CHANGE(.id = lent("l1"), .text = lent("text"), .metadata = lent("{\"c\": 3}")));
    is_mem(pgc_result_message(result, 0)->text, z("text"), "a change as it was given");
    START(message_list, MESSAGE_QUERY(.resource_id = lent("r"), .metadata = lent("{\"b\": 2}")));
    is_str(shown(), "l1", "a query as it was given");
    const char *cursor = form("%s", pgc_result_next(result).data);
    START(message_list, MESSAGE_QUERY(.resource_id = lent("r"), .metadata = lent("{\"b\": 2}"),
                                      .cursor = lent(cursor)));
    is_str(pgc_result_next(result).data, cursor, "an empty page repeats its cursor as given");
    START(metadata_merge, lent("lent"), pgc_none(), lent("{\"d\": 4}"));
    is_mem(pgc_result_metadata(result), z("{\"a\": 1, \"d\": 4}"), "a patch as it was given");
    START(message_find, lent("{\"c\": 3}"), 1, pgc_none());
    is_str(shown(), "l1", "a document as it was given");
    free(scratch);
}

/* Who does not want to know why may pass NULL. */
static void test_no_error(void) {
    pgc_result *found = NULL;
    ok(pgc_thread_get(store, z("nobody"), &found, NULL) == -PGC_NOT_FOUND, "from the server");
    ok(pgc_thread_get(store, z(""), &found, NULL) == -PGC_INVALID, "from the library");
    ok(found == NULL, "there is no result");
    ok(pgc_thread_get(store, z("t"), &found, NULL) == 0, "from nowhere");
    pgc_result_free(found);
    pgc_result_free(NULL);
}

static void tests(void) {
    test_sizes();
    test_older();
    test_message_size();
    test_ids();
    test_long_message();
    test_titles();
    test_depth();
    test_choices();
    test_times();
    test_missing();
    test_weight();
    test_copied();
    test_no_error();
}

int main(void) {
    return world_run("args", tests);
}
