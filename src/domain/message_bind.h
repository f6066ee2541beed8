/*
 * Parameters that several statements on messages have.
 */
#ifndef DOMAIN_MESSAGE_BIND_H
#define DOMAIN_MESSAGE_BIND_H

#include "engine/op.h"
#include "pgconvo.h"

/* Two parameters: checked times, or what stands for no bound. */
void message_bind_range(struct bind *bind, int64_t from, int64_t until);

/* Checks the anchors and adds three parameters: their ids, counts before and counts after. */
MUST_CHECK int message_bind_anchors(struct bind *bind, const pgc_anchor *anchors, size_t count,
                                    pgc_error *err);

#endif
