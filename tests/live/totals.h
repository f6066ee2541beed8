/* What is wrong with the totals that the threads of a store tell; for the end of every live test. */
#ifndef TOTALS_H
#define TOTALS_H

/* With the quoted schema, twice: a text, or null if all is well. */
#define WRONG_TOTALS                                                                         \
    "SELECT string_agg(format('%%s: %%s, not %%s', t.id, t.last_seq - t.holes, c.count), ', ') " \
    "FROM %s.threads t CROSS JOIN LATERAL (SELECT count(*) FROM %s.messages m "              \
    "WHERE m.thread_id = t.id) c WHERE t.last_seq - t.holes <> c.count"

#endif
