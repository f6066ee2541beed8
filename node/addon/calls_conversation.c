/* Threads, messages and metadata. */
#include "calls.h"

static int init(struct start *start) {
    return pgc_store_init_start(start->store, store_done, start->call, &start->op, start->err);
}

/* ---- Threads --------------------------------------------------------------------------------- */

/* id, resourceId, title, metadata, createdAt, updatedAt */
static pgc_thread_new read_thread(struct args *args) {
    pgc_thread_new thread = PGC_THREAD_NEW_INIT;
    thread.id = args_str(args);
    thread.resource_id = args_str(args);
    thread.title = args_str(args);
    thread.metadata = args_str(args);
    thread.created_at = args_time(args);
    thread.updated_at = args_time(args);
    return thread;
}

/* a thread, existing */
static int thread_create(struct start *start) {
    pgc_thread_new thread = read_thread(start->args);
    thread.existing = (pgc_existing)args_u32(start->args);
    return CALL(start, pgc_thread_create, &thread);
}

/* id */
static int thread_get(struct start *start) {
    pgc_str id = args_str(start->args);
    return CALL(start, pgc_thread_get, id);
}

/* id, title, resourceId, metadata, clearTitle, clearResource, merge, expected, removed */
static int thread_update(struct start *start) {
    pgc_thread_change change = PGC_THREAD_CHANGE_INIT;
    change.id = args_str(start->args);
    change.title = args_str(start->args);
    change.resource_id = args_str(start->args);
    change.metadata = args_str(start->args);
    change.clear_title = args_bool(start->args);
    change.clear_resource = args_bool(start->args);
    change.merge = (pgc_merge)args_u32(start->args);
    change.expected = args_str(start->args);
    change.removed = args_optional_strs(start->args, &change.removed_count);
    return CALL(start, pgc_thread_update, &change);
}

/* id */
static int thread_delete(struct start *start) {
    pgc_str id = args_str(start->args);
    return CALL(start, pgc_thread_delete, id);
}

/* sourceId, id, resourceId, title, metadata, from, until, limit, ids */
static int thread_copy(struct start *start) {
    pgc_copy copy = PGC_COPY_INIT;
    copy.source_id = args_str(start->args);
    copy.id = args_str(start->args);
    copy.resource_id = args_str(start->args);
    copy.title = args_str(start->args);
    copy.metadata = args_str(start->args);
    copy.from = args_time(start->args);
    copy.until = args_time(start->args);
    copy.limit = args_u32(start->args);
    copy.ids = args_optional_strs(start->args, &copy.count);
    return CALL(start, pgc_thread_copy, &copy);
}

/* resourceId, metadata, order, direction, limit, cursor, page, withTotal */
static int thread_list(struct start *start) {
    pgc_thread_query query = PGC_THREAD_QUERY_INIT;
    query.resource_id = args_str(start->args);
    query.metadata = args_str(start->args);
    query.order = (pgc_thread_order)args_u32(start->args);
    query.direction = (pgc_direction)args_u32(start->args);
    query.limit = args_u32(start->args);
    query.cursor = args_str(start->args);
    query.page = args_u32(start->args);
    query.with_total = args_bool(start->args);
    return CALL(start, pgc_thread_list, &query);
}

/* ---- Writing messages ------------------------------------------------------------------------ */

/*
 * One message stands in the array as id, role, type, content, text, metadata, createdAt,
 * resourceId, threadId.
 */
#define MESSAGE_FIELDS 9

static void read_message(struct args *args, napi_value array, size_t i, pgc_message_new *message) {
    i *= MESSAGE_FIELDS;
    *message = (pgc_message_new)PGC_MESSAGE_NEW_INIT;
    message->id = args_str_of(args, args_element(args, array, i));
    message->role = args_str_of(args, args_element(args, array, i + 1));
    message->type = args_str_of(args, args_element(args, array, i + 2));
    message->content = args_str_of(args, args_element(args, array, i + 3));
    message->text = args_str_of(args, args_element(args, array, i + 4));
    message->metadata = args_str_of(args, args_element(args, array, i + 5));
    message->created_at = args_time_of(args, args_element(args, array, i + 6));
    message->resource_id = args_str_of(args, args_element(args, array, i + 7));
    message->thread_id = args_str_of(args, args_element(args, array, i + 8));
}

static const pgc_message_new *read_messages(struct args *args, size_t *count) {
    size_t length;
    napi_value array = args_array(args, &length);
    *count = length / MESSAGE_FIELDS;
    pgc_message_new *messages = args_alloc(args, *count, sizeof *messages);
    for (size_t i = 0; messages != NULL && i < *count; i++) {
        read_message(args, array, i, &messages[i]);
    }
    return messages;
}

/* threadId, messages, existing, elsewhere */
static int message_append(struct start *start) {
    pgc_append append = PGC_APPEND_INIT;
    append.thread_id = args_str(start->args);
    append.messages = read_messages(start->args, &append.count);
    append.existing = (pgc_existing)args_u32(start->args);
    append.elsewhere = (pgc_elsewhere)args_u32(start->args);
    return CALL(start, pgc_message_append, &append);
}

/* a thread, messages */
static int conversation_import(struct start *start) {
    pgc_append append = PGC_APPEND_INIT;
    pgc_thread_new thread = read_thread(start->args);
    append.messages = read_messages(start->args, &append.count);
    return CALL(start, pgc_conversation_import, &thread, &append);
}

/* messages, elsewhere */
static int message_save(struct start *start) {
    pgc_save save = PGC_SAVE_INIT;
    save.messages = read_messages(start->args, &save.count);
    save.elsewhere = (pgc_elsewhere)args_u32(start->args);
    return CALL(start, pgc_message_save, &save);
}

/*
 * One revision stands in the array as threadId, id, expected, role, type, content, text, metadata,
 * clearMetadata, resourceId, newThreadId.
 */
#define REVISION_FIELDS 11

static void read_revision(struct args *args, napi_value array, size_t i, pgc_revision *revision) {
    i *= REVISION_FIELDS;
    *revision = (pgc_revision){
        .thread_id = args_str_of(args, args_element(args, array, i)),
        .id = args_str_of(args, args_element(args, array, i + 1)),
        .expected = args_str_of(args, args_element(args, array, i + 2)),
        .role = args_str_of(args, args_element(args, array, i + 3)),
        .type = args_str_of(args, args_element(args, array, i + 4)),
        .content = args_str_of(args, args_element(args, array, i + 5)),
        .text = args_str_of(args, args_element(args, array, i + 6)),
        .metadata = args_str_of(args, args_element(args, array, i + 7)),
        .clear_metadata = args_bool_of(args, args_element(args, array, i + 8)),
        .resource_id = args_str_of(args, args_element(args, array, i + 9)),
        .new_thread_id = args_str_of(args, args_element(args, array, i + 10)),
    };
}

/* revisions */
static int message_rewrite(struct start *start) {
    pgc_rewrite rewrite = PGC_REWRITE_INIT;
    size_t length;
    napi_value array = args_array(start->args, &length);
    rewrite.count = length / REVISION_FIELDS;
    pgc_revision *revisions = args_alloc(start->args, rewrite.count, sizeof *revisions);
    for (size_t i = 0; revisions != NULL && i < rewrite.count; i++) {
        read_revision(start->args, array, i, &revisions[i]);
    }
    rewrite.revisions = revisions;
    return CALL(start, pgc_message_rewrite, &rewrite);
}

/* threadId, id, role, type, content, text, metadata */
static int message_update(struct start *start) {
    pgc_message_change change = PGC_MESSAGE_CHANGE_INIT;
    change.thread_id = args_str(start->args);
    change.id = args_str(start->args);
    change.role = args_str(start->args);
    change.type = args_str(start->args);
    change.content = args_str(start->args);
    change.text = args_str(start->args);
    change.metadata = args_str(start->args);
    return CALL(start, pgc_message_update, &change);
}

/* threadId, ids */
static pgc_ids read_ids(struct args *args) {
    pgc_ids ids = PGC_IDS_INIT;
    ids.thread_id = args_str(args);
    ids.ids = args_strs(args, &ids.count);
    return ids;
}

static int message_delete(struct start *start) {
    pgc_ids ids = read_ids(start->args);
    return CALL(start, pgc_message_delete, &ids);
}

/* ---- Reading messages ------------------------------------------------------------------------ */

/* threadId, ids, withoutMetadata, byTime */
static int message_get(struct start *start) {
    pgc_ids ids = read_ids(start->args);
    ids.without_metadata = args_bool(start->args);
    ids.by_time = args_bool(start->args);
    return CALL(start, pgc_message_get, &ids);
}

/* threadId, limit */
static int message_last(struct start *start) {
    pgc_str thread_id = args_str(start->args);
    uint32_t limit = args_u32(start->args);
    return CALL(start, pgc_message_last, thread_id, limit);
}

/* threadId, resourceId, from, until, metadata, direction, limit, cursor, page, withTotal */
static int message_list(struct start *start) {
    pgc_message_query query = PGC_MESSAGE_QUERY_INIT;
    query.thread_id = args_str(start->args);
    query.resource_id = args_str(start->args);
    query.from = args_time(start->args);
    query.until = args_time(start->args);
    query.metadata = args_str(start->args);
    query.direction = (pgc_direction)args_u32(start->args);
    query.limit = args_u32(start->args);
    query.cursor = args_str(start->args);
    query.page = args_u32(start->args);
    query.with_total = args_bool(start->args);
    return CALL(start, pgc_message_list, &query);
}

/* threadId, seq, limit */
static int message_tail(struct start *start) {
    pgc_str thread_id = args_str(start->args);
    int64_t seq = args_i64(start->args);
    uint32_t limit = args_u32(start->args);
    return CALL(start, pgc_message_tail, thread_id, seq, limit);
}

static uint32_t read_count(struct args *args, napi_value array, size_t i) {
    uint32_t count = 0;
    if (napi_get_value_uint32(args->env, args_element(args, array, i), &count) != napi_ok) {
        args->failed = true;
    }
    return count;
}

/* An array of messageId, before, after of each anchor in turn; NULL if it is empty. */
static const pgc_anchor *read_anchors(struct args *args, size_t *count) {
    size_t length;
    napi_value array = args_array(args, &length);
    *count = length / 3;
    pgc_anchor *anchors = *count == 0 ? NULL : args_alloc(args, *count, sizeof *anchors);
    for (size_t i = 0; anchors != NULL && i < *count; i++) {
        anchors[i].message_id = args_str_of(args, args_element(args, array, i * 3));
        anchors[i].before = read_count(args, array, i * 3 + 1);
        anchors[i].after = read_count(args, array, i * 3 + 2);
    }
    return anchors;
}

/* threadId, anchors */
static int message_window(struct start *start) {
    pgc_window window = PGC_WINDOW_INIT;
    window.thread_id = args_str(start->args);
    window.anchors = read_anchors(start->args, &window.count);
    return CALL(start, pgc_message_window, &window);
}

/*
 * threadIds (empty: all of the resource), resourceId, from, until, metadata, direction, extent,
 * limit, offset, withTotal, anchors
 */
static int message_recall(struct start *start) {
    struct args *args = start->args;
    pgc_recall recall = PGC_RECALL_INIT;
    const pgc_str *threads = args_strs(args, &recall.thread_count);
    recall.thread_ids = recall.thread_count == 0 ? NULL : threads;
    recall.resource_id = args_str(args);
    recall.from = args_time(args);
    recall.until = args_time(args);
    recall.metadata = args_str(args);
    recall.direction = (pgc_direction)args_u32(args);
    recall.extent = (pgc_extent)args_u32(args);
    recall.limit = args_u32(args);
    recall.offset = (uint64_t)args_i64(args);
    recall.with_total = args_bool(args);
    recall.anchors = read_anchors(args, &recall.anchor_count);
    return CALL(start, pgc_message_recall, &recall);
}

/* threadId, from, until */
static int message_count(struct start *start) {
    pgc_str thread_id = args_str(start->args);
    int64_t from = args_time(start->args);
    int64_t until = args_time(start->args);
    return CALL(start, pgc_message_count, thread_id, from, until);
}

/* metadata, limit, cursor */
static int message_find(struct start *start) {
    pgc_str metadata = args_str(start->args);
    uint32_t limit = args_u32(start->args);
    pgc_str cursor = args_str(start->args);
    return CALL(start, pgc_message_find, metadata, limit, cursor);
}

/* ---- Metadata: threadId, messageId, and what each needs -------------------------------------- */

static int metadata_get(struct start *start) {
    pgc_str thread_id = args_str(start->args);
    pgc_str message_id = args_str(start->args);
    return CALL(start, pgc_metadata_get, thread_id, message_id);
}

static int metadata_merge(struct start *start) {
    pgc_str thread_id = args_str(start->args);
    pgc_str message_id = args_str(start->args);
    pgc_str patch = args_str(start->args);
    return CALL(start, pgc_metadata_merge, thread_id, message_id, patch);
}

static int metadata_replace(struct start *start) {
    pgc_str thread_id = args_str(start->args);
    pgc_str message_id = args_str(start->args);
    pgc_str document = args_str(start->args);
    return CALL(start, pgc_metadata_replace, thread_id, message_id, document);
}

static int metadata_remove(struct start *start) {
    size_t count;
    pgc_str thread_id = args_str(start->args);
    pgc_str message_id = args_str(start->args);
    const pgc_str *keys = args_strs(start->args, &count);
    return CALL(start, pgc_metadata_remove, thread_id, message_id, keys, count);
}

static const struct operation operations[] = {
    {"init", init},
    {"threadCreate", thread_create},
    {"threadGet", thread_get},
    {"threadUpdate", thread_update},
    {"threadDelete", thread_delete},
    {"threadList", thread_list},
    {"threadCopy", thread_copy},
    {"messageAppend", message_append},
    {"conversationImport", conversation_import},
    {"messageSave", message_save},
    {"messageRewrite", message_rewrite},
    {"messageUpdate", message_update},
    {"messageDelete", message_delete},
    {"messageGet", message_get},
    {"messageLast", message_last},
    {"messageList", message_list},
    {"messageTail", message_tail},
    {"messageWindow", message_window},
    {"messageRecall", message_recall},
    {"messageCount", message_count},
    {"messageFind", message_find},
    {"metadataGet", metadata_get},
    {"metadataMerge", metadata_merge},
    {"metadataReplace", metadata_replace},
    {"metadataRemove", metadata_remove},
};

const struct operation_group calls_conversation = {operations,
                                                   sizeof operations / sizeof *operations};
