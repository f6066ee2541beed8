#include "adopt.h"

#include "outcome.h"
#include "text.h"

#include <pgconvo_adopt.h>
#include <stdlib.h>

struct job {
    struct args args; /* holds the texts */
    pgc_store_options options;
    pgc_adopt_options adopt;
    napi_async_work work;
    napi_deferred deferred;
    int status;
    pgc_adopt_report *report;
    pgc_error error;
};

static void job_free(struct job *job) {
    pgc_adopt_report_free(job->report);
    args_free(&job->args);
    free(job);
}

/* On a thread of the pool: nothing of JavaScript here. */
static void execute(napi_env env, void *payload) {
    struct job *job = payload;
    pgc_store *store = NULL;
    (void)env;
    job->status = pgc_store_open(&job->options, &store, &job->error);
    if (job->status == 0) {
        job->status = pgc_adopt(store, &job->adopt, &job->report, &job->error);
    }
    pgc_store_free(store);
}

static napi_value value_of(napi_env env, struct job *job) {
    struct text text = {0};
    napi_value value = NULL;
    if (job->status == 0) {
        pgc_str json = pgc_adopt_report_json(job->report);
        napi_create_string_utf8(env, json.data, json.size, &value);
    } else {
        value = outcome_of_error(env, &job->error, &text);
    }
    text_free(&text);
    if (value == NULL) {
        napi_get_undefined(env, &value);
    }
    return value;
}

static void complete(napi_env env, napi_status status, void *payload) {
    struct job *job = payload;
    napi_value value = NULL;
    if (status == napi_cancelled) {
        job->status = -PGC_CANCELLED;
        job->error = (pgc_error){.code = PGC_CANCELLED, .message = "cancelled", .position = -1};
    }
    value = value_of(env, job);
    if (job->status == 0) {
        napi_resolve_deferred(env, job->deferred, value);
    } else {
        napi_reject_deferred(env, job->deferred, value);
    }
    napi_delete_async_work(env, job->work);
    job_free(job);
}

static bool queue(napi_env env, struct job *job, napi_value *promise) {
    napi_value name;
    return napi_create_promise(env, &job->deferred, promise) == napi_ok &&
           napi_create_string_latin1(env, "pgconvo.adopt", NAPI_AUTO_LENGTH, &name) == napi_ok &&
           napi_create_async_work(env, NULL, name, execute, complete, job, &job->work) == napi_ok &&
           napi_queue_async_work(env, job->work) == napi_ok;
}

napi_value adopt_begin(napi_env env, struct args *args, const pgc_store_options *options) {
    struct job *job = calloc(1, sizeof *job);
    napi_value promise = NULL;
    if (job == NULL) {
        args_free(args);
        napi_throw_error(env, NULL, "pgconvo: out of memory");
        return NULL;
    }
    job->options = *options;
    job->adopt = (pgc_adopt_options)PGC_ADOPT_OPTIONS_INIT;
    job->adopt.schema = args_str(args);
    job->adopt.time_zone = args_str(args);
    job->adopt.back = args_bool(args);
    job->adopt.dry_run = args_bool(args);
    job->args = *args;
    if (args->failed) {
        napi_throw_type_error(env, NULL, "pgconvo: an option is of the wrong type");
    } else if (queue(env, job, &promise)) {
        return promise;
    } else {
        napi_throw_error(env, NULL, "pgconvo: the call could not be queued");
    }
    job_free(job);
    return NULL;
}
