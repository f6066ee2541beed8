#include "outcome_workflow.h"

#include "outcome_fields.h"

#include <pgconvo_workflow.h>

/* A step answers with the context only. */
static void add_run(struct text *text, const pgc_run *run, bool raw) {
    field_text(text, "{\"workflowName\":", run->workflow_name);
    field_text(text, ",\"runId\":", run->run_id);
    field_text(text, ",\"resourceId\":", run->resource_id);
    field_time(text, "createdAt", run->created_at);
    field_time(text, "updatedAt", run->updated_at);
    if (run->context.data != NULL) {
        field_json(text, raw, "context", run->context);
    } else {
        field_json(text, raw, "snapshot", run->snapshot);
    }
    text_literal(text, "}");
}

/* A put answers without the document. */
static void add_score(struct text *text, const pgc_score *score, bool raw) {
    field_text(text, "{\"id\":", score->id);
    field_text(text, ",\"scorerId\":", score->scorer_id);
    field_text(text, ",\"runId\":", score->run_id);
    field_text(text, ",\"entityId\":", score->entity_id);
    field_text(text, ",\"entityType\":", score->entity_type);
    field_text(text, ",\"source\":", score->source);
    field_text(text, ",\"traceId\":", score->trace_id);
    field_text(text, ",\"spanId\":", score->span_id);
    field_text(text, ",\"organizationId\":", score->organization_id);
    field_text(text, ",\"projectId\":", score->project_id);
    field_time(text, "createdAt", score->created_at);
    field_time(text, "updatedAt", score->updated_at);
    if (score->document.data != NULL) {
        field_json(text, raw, "document", score->document);
    }
    text_literal(text, "}");
}

void outcome_add_workflow(struct text *text, const pgc_result *result, bool raw) {
    size_t runs = pgc_result_runs(result);
    size_t scores = pgc_result_scores(result);
    for (size_t i = 0; i < runs; i++) {
        text_literal(text, i == 0 ? ",\"runs\":[" : ",");
        add_run(text, pgc_result_run(result, i), raw);
    }
    for (size_t i = 0; i < scores; i++) {
        text_literal(text, i == 0 ? ",\"scores\":[" : ",");
        add_score(text, pgc_result_score(result, i), raw);
    }
    text_literal(text, runs + scores > 0 ? "]" : "");
}
