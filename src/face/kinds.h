/*
 * The kinds of operations by which calls are counted and told apart in traces: every operation that
 * has public functions, by its name.
 */
#ifndef FACE_KINDS_H
#define FACE_KINDS_H

#define CALL_KINDS(X)                  \
    X(store_init)                      \
    X(lease_acquire)                   \
    X(adopt)                           \
    X(thread_create)                   \
    X(thread_get)                      \
    X(thread_update)                   \
    X(thread_delete)                   \
    X(thread_copy)                     \
    X(thread_list)                     \
    X(message_append)                  \
    X(message_save)                    \
    X(message_last)                    \
    X(message_list)                    \
    X(message_tail)                    \
    X(message_window)                  \
    X(message_recall)                  \
    X(message_get)                     \
    X(message_find)                    \
    X(message_count)                   \
    X(message_update)                  \
    X(message_rewrite)                 \
    X(message_delete)                  \
    X(conversation_import)             \
    X(metadata_get)                    \
    X(metadata_merge)                  \
    X(metadata_replace)                \
    X(metadata_remove)                 \
    X(resource_get)                    \
    X(resource_create)                 \
    X(resource_update)                 \
    X(observation_get)                 \
    X(observation_history)             \
    X(observation_clear)               \
    X(observation_init)                \
    X(observation_insert)              \
    X(observation_reflect)             \
    X(observation_activate_reflection) \
    X(observation_update)              \
    X(observation_mark)                \
    X(observation_config)              \
    X(observation_buffer)              \
    X(observation_buffer_reflection)   \
    X(observation_activate)            \
    X(run_put)                         \
    X(run_get)                         \
    X(run_list)                        \
    X(run_delete)                      \
    X(run_step)                        \
    X(run_state)                       \
    X(score_put)                       \
    X(score_get)                       \
    X(score_list)                      \
    X(prune)                           \
    X(clear)

enum call_kind {
#define CALL_KIND_ENUM(name) KIND_##name,
    CALL_KINDS(CALL_KIND_ENUM)
#undef CALL_KIND_ENUM
        KIND_COUNT
};

extern const char *const call_kind_names[KIND_COUNT];

#endif
