'use strict';
/* Doing again what others got in the way of. */

const TRIES_AT_ONCE = 3; // after so many conflicts it is better to wait a little
const PAUSE_MAX_MS = 20;
const TRIES_MAX = 1000;

/* Runs `work` again as long as others are in its way. Each time that it must, somebody else has got on. */
async function untilUndisturbed(work) {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (error.code !== 'CONFLICT' || error.retry !== 'safe' || tries === TRIES_MAX) throw error;
      const pause = tries < TRIES_AT_ONCE ? 0 : Math.random() * PAUSE_MAX_MS;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}

module.exports = { untilUndisturbed };
