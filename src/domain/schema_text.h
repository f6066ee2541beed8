/*
 * The SQL about a schema: the probe, the block that migrates it, the scripts for people (tables,
 * privileges), the metadata index.
 */
#ifndef DOMAIN_SCHEMA_TEXT_H
#define DOMAIN_SCHEMA_TEXT_H

#include "base/arena.h"
#include "base/base.h"
#include "pgconvo.h"

/* All are in the arena, NULL when out of memory. `name` "" is the default schema. */
char *schema_text_probe(struct arena *arena, const char *name);
char *schema_text_migrate(struct arena *arena, const char *name, bool metadata_index);
char *schema_text_script(struct arena *arena, const char *name, bool metadata_index);

/* A default schema is one that its users may use already, so there is no word about the schema. */
char *schema_text_grants(struct arena *arena, const char *name, const char *role,
                         pgc_schema_role kind);

/*
 * Is metadata_data_idx there (a row), and is it valid? Drop it, make it, without locking writers
 * out.
 */
char *schema_text_index_state(struct arena *arena, const char *name);
char *schema_text_index_drop(struct arena *arena, const char *name);
char *schema_text_index_create(struct arena *arena, const char *name);

#endif
