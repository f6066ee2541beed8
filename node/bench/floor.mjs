/*
 * What a store can at best come near to: the least that a call has the server do, done by pgbench, which is C, libpq and prepared statements.
 * What is written goes to tables with a primary key and no other index, and it is not sent, since it is there already.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';

const run = promisify(execFile);

const page = (count) => ({ ours }) => `SELECT * FROM "${ours}".messages WHERE thread_id = 'small' ORDER BY created_at DESC, seq DESC LIMIT ${count};`;

/* The first so many rows of the thread that is copied; ids of one length, one behind the other. */
const save = (count) => ({ floor, ours }) => `\\set n random(100000000000000000, 900000000000000000)
  INSERT INTO "${floor}".messages SELECT 'target', (:n::int8 + seq)::text, seq, created_at, resource_id, role, type, content
  FROM "${ours}".messages WHERE thread_id = 'copied' ORDER BY created_at LIMIT ${count};`;

/* By the name of the call. */
const SCRIPTS = {
  getThreadById: ({ ours }) => `SELECT id, resource_id, title, created_at, updated_at FROM "${ours}".threads WHERE id = 'small';`,
  'listMessages(20)': page(20),
  'listMessages(200)': page(200),
  'saveMessages(2)': save(2),
  'saveMessages(1000)': save(1000),
  'copyThread of 5,000': save(5000),
  'warm init': () => 'SELECT 1;',
};
const CONNECTS = ['warm init']; // each time anew

/* The first call of a session makes plans and meets cold caches; so there are more of them than of ours, whose session is old. */
const TIMES = 5;

export class Floor {
  #names;
  #admin;
  #folder;
  #pgbench;

  /* `admin`: a pg.Client; `ours`: the schema of our store, filled. */
  constructor(admin, ours) {
    this.#names = { ours, floor: `floor_${process.pid}` };
    this.#admin = admin;
  }

  async open() {
    const { ours, floor } = this.#names;
    await this.#admin.query(`CREATE SCHEMA "${floor}"`);
    await this.#admin.query(`CREATE TABLE "${floor}".messages AS SELECT thread_id, id, seq, created_at, resource_id, role, type, content
      FROM "${ours}".messages`);
    await this.#admin.query(`ALTER TABLE "${floor}".messages ADD PRIMARY KEY (id)`);
    const { rows } = await this.#admin.query("SELECT setting FROM pg_config WHERE name = 'BINDIR'");
    this.#pgbench = join(rows[0].setting, 'pgbench');
    this.#folder = await mkdtemp(join(tmpdir(), 'pgconvo-floor-'));
    for (const [what, script] of Object.entries(SCRIPTS)) await writeFile(this.#file(what), script(this.#names));
  }

  #file(what) {
    return join(this.#folder, `${what.replaceAll(/\W/g, '_')}.sql`);
  }

  has(what) {
    return what in SCRIPTS;
  }

  /* As measure.mjs has it: microseconds a call. */
  async measure(host, what, calls) {
    const connects = CONNECTS.includes(what) ? ['-C'] : [];
    const times = ['-t', String(calls * TIMES)];
    const args = ['-n', '-M', 'prepared', ...connects, ...times, '-h', host, '-U', 'postgres', '-f', this.#file(what), 'postgres'];
    const { stdout } = await run(this.#pgbench, args);
    return { wall: Number(/^latency average = ([\d.]+) ms$/m.exec(stdout)[1]) * 1000 };
  }

  async close() {
    await this.#admin.query(`DROP SCHEMA "${this.#names.floor}" CASCADE`);
    await rm(this.#folder, { recursive: true });
  }
}
