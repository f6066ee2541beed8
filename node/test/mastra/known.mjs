/* Tests that other stores do not pass, by name, for runs that compare them (see world.mjs). */
export const known = {
  peer: new Set([]),
  memory: new Set([]),
};
