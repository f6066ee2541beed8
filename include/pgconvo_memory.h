/*
 * pgconvo: what an agent remembers beside its conversations: resources (working memory) and observations.
 *
 * The conventions are those of pgconvo.h.
 */
#ifndef PGCONVO_MEMORY_H
#define PGCONVO_MEMORY_H

#include "pgconvo.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __cplusplus
}
#endif

#endif
