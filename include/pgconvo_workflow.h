/*
 * pgconvo: what a workflow engine keeps: runs with their snapshots, and scores.
 *
 * The conventions are those of pgconvo.h.
 */
#ifndef PGCONVO_WORKFLOW_H
#define PGCONVO_WORKFLOW_H

#include "pgconvo.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __cplusplus
}
#endif

#endif
