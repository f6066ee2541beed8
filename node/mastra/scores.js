'use strict';
/* The scores domain. A score is kept as one document; what it can be found by stands beside it. */
const { MARKS } = require('../lib/scores.js');
const { readPage } = require('./pages.js');
const { makeDomain } = require('./domain.js');

const PER_PAGE = 100;

function scoreOf({ document, id, createdAt, updatedAt }) {
  return { ...document, id, createdAt, updatedAt };
}

function detailsOf(score) {
  return {
    scorer: String(score?.scorer?.id ?? 'unknown'),
    entityId: score?.entityId ?? 'unknown',
    entityType: score?.entityType ?? 'unknown',
    traceId: score?.traceId ?? '',
    spanId: score?.spanId ?? '',
  };
}

const isAbsent = (value) => value === undefined || value === null;

/* The filters of a list, or null if nothing can fit them: what must be given is not to mean "all" when it is absent. */
function queryOf(needed, optional, filters) {
  const { organizationId, projectId } = filters ?? {};
  if (Object.values(needed).some(isAbsent) || organizationId === null || projectId === null) return null;
  const query = { ...needed, organizationId, projectId, direction: 'descending' };
  for (const [name, value] of Object.entries(optional)) query[name] = value || undefined;
  return query;
}

function makeScores(core, errors) {
  const { normalizePerPage, calculatePagination } = core.storage;
  const Domain = makeDomain(core.storage.ScoresStorage, core, {
    domain: 'scores',
    what: 'scores',
    tables: { scorers: { table: 'scores', column: 'created_at', indexed: true } },
  });

  return class ScoresPG extends Domain {
    async getScoreById({ id }) {
      if (!id) return null;
      return errors.guard('GET_SCORE_BY_ID', { id }, async () => {
        const score = await errors.orNull(this.reader.scores.get(id));
        return score === null ? null : scoreOf(score);
      });
    }

    #parse(score) {
      try {
        return core.evals.saveScorePayloadSchema.parse(score);
      } catch (cause) {
        throw errors.user('SAVE_SCORE', 'VALIDATION_FAILED', undefined, detailsOf(score), cause);
      }
    }

    async saveScore(score) {
      const { id, ...document } = this.#parse(score);
      return errors.guard('SAVE_SCORE', detailsOf(score), async () => {
        const marks = Object.fromEntries(MARKS.map((name) => [name, document[name]]));
        const saved = await this.store.scores.put({ id, ...marks, document });
        return { score: scoreOf({ ...saved, document }) };
      });
    }

    async #list(operation, query, pagination) {
      return errors.guard(operation, {}, async () => {
        const { page, perPage: given } = pagination;
        const size = normalizePerPage(given, PER_PAGE);
        const { offset, perPage } = calculatePagination(page, given, size);
        const wanted = { page, perPage: given === false ? Infinity : size };
        const read = (each) => this.reader.scores.list(each);
        const { rows, total } = query === null ? { rows: [], total: 0 } : await readPage('scores', read, query, wanted);
        const hasMore = given !== false && offset + size < total;
        return { scores: rows.map(scoreOf), pagination: { total, page, perPage, hasMore } };
      });
    }

    async listScoresByScorerId({ scorerId, entityId, entityType, source, filters, pagination }) {
      const query = queryOf({ scorerId }, { entityId, entityType, source }, filters);
      return this.#list('GET_SCORES_BY_SCORER_ID', query, pagination);
    }

    async listScoresByRunId({ runId, filters, pagination }) {
      return this.#list('GET_SCORES_BY_RUN_ID', queryOf({ runId }, {}, filters), pagination);
    }

    async listScoresByEntityId({ entityId, entityType, filters, pagination }) {
      return this.#list('GET_SCORES_BY_ENTITY_ID', queryOf({ entityId, entityType }, {}, filters), pagination);
    }

    async listScoresBySpan({ traceId, spanId, filters, pagination }) {
      return this.#list('GET_SCORES_BY_SPAN', queryOf({ traceId, spanId }, {}, filters), pagination);
    }
  };
}

module.exports = { makeScores };
