/* What is wrong with the totals that threads tell; for the end of every live test. */
#ifndef TOTALS_H
#define TOTALS_H

/*
 * With the quoted schema, twice: a text, or null if all is well. Each thread knows how many
 * messages it has, and the highest of their seqs, of which none comes twice.
 */
#define WRONG_TOTALS                                                                       \
    "SELECT string_agg(format('%%s: %%s - %%s, not %%s of %%s seqs to %%s', t.id, "        \
    "t.last_seq, t.holes, c.count, c.seqs, c.last), ', ') FROM %s.threads t CROSS JOIN "   \
    "LATERAL (SELECT count(*), count(DISTINCT m.seq) AS seqs, coalesce(max(m.seq), 0) AS " \
    "last FROM %s.messages m WHERE m.thread_id = t.id) c "                                 \
    "WHERE t.last_seq - t.holes <> c.count OR c.seqs <> c.count OR c.last > t.last_seq"

#endif
