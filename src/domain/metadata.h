/*
 * What other operations need of metadata: adding a merge to their statements.
 */
#ifndef DOMAIN_METADATA_H
#define DOMAIN_METADATA_H

#include "engine/op.h"
#include "pgconvo.h"

/*
 * Whose document: a thread's, or, with a message_id, a message's; then the thread's may be absent.
 */
struct owner {
    pgc_str thread_id;
    pgc_str message_id;
};

/*
 * A patch: a JSON object, not too deep to be merged in one go; it may be absent unless `required`.
 */
MUST_CHECK int metadata_check_patch(pgc_str patch, bool required, const char *field,
                                    pgc_error *err);

/* Adds the statements that merge a checked patch. */
MUST_CHECK int metadata_add_merge(pgc_op *op, const struct owner *owner, pgc_str patch,
                                  pgc_error *err);

/*
 * The same for one that is a JSON object of any kind, whose members are set as they are; those that
 * `removal` names go.
 */
MUST_CHECK int metadata_add_shallow(pgc_op *op, const struct owner *owner, pgc_str patch,
                                    pgc_str removal, pgc_error *err);

/*
 * Makes a document that names the members that are to go, or an absent one if there are none;
 * `field` is what the caller calls the names.
 */
MUST_CHECK int metadata_make_removal(struct arena *arena, const pgc_str *names, size_t count,
                                     const char *field, pgc_str *removal, pgc_error *err);

/* Adds a parameter: a checked document, in the form that jsonb takes. */
MUST_CHECK int metadata_bind(pgc_op *op, struct bind *bind, pgc_str document, pgc_error *err);

#endif
