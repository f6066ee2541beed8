/* Required, not imported: Node.js 20 ends the process when an imported CommonJS module throws, even if the import is caught. */
import { createRequire } from 'node:module';

export const { Store, PgconvoError, schemaGrants, schemaSql, libraryVersion } = createRequire(import.meta.url)('./store.js');
