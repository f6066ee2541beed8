/*
 * What other operations need of metadata: adding a merge to their statements.
 */
#ifndef DOMAIN_METADATA_H
#define DOMAIN_METADATA_H

#include "engine/op.h"
#include "pgconvo.h"

/*
 * Adds the statement that merges a checked patch; `thread_id` or `message_id` may be absent as in
 * sql/queries/metadata_merge.sql.
 */
MUST_CHECK int metadata_add_merge(pgc_op *op, pgc_str thread_id, pgc_str message_id, pgc_str patch,
                                  int64_t now, pgc_error *err);

/* Adds a parameter: a checked document, in the form that jsonb takes. */
MUST_CHECK int metadata_bind(pgc_op *op, struct bind *bind, pgc_str document, pgc_error *err);

#endif
