/*
 * The option `ssl` and what connection strings say about TLS, of the engine (libpq) and of direct access (pg) alike, at
 * a proxy that speaks TLS before the test server.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import tls from 'node:tls';
import pg from 'pg';
import { failure, freshSchema, host, PostgresStore, socket, Store, works } from './entry.mjs';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pgconvo-tls-'));
const file = (name) => path.join(folder, name);
const text = (name) => fs.readFileSync(file(name), 'utf8');

function certificate(name, ...more) {
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const files = ['-keyout', file(`${name}.key`), '-out', file(`${name}.crt`)];
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject, ...files, ...more],
    { stdio: 'ignore' },
  );
}
certificate('server');
certificate('other');
certificate('client');
const keys = {
  isServer: true,
  key: text('server.key'),
  cert: text('server.crt'),
  requestCert: true,
  rejectUnauthorized: false,
};

/* What the proxy saw: of each connection whether it was ciphered, and whether the client had a certificate. */
const seen = [];

function passOn(from) {
  const server = net.connect(path.join(socket, '.s.PGSQL.5432')).on('error', () => {});
  from.on('error', () => {}).on('close', () => server.destroy());
  server.on('close', () => from.destroy());
  from.pipe(server).pipe(from);
}

const SSL_REQUEST = 80877103;

/* Speaks TLS if it `offers` it, else passes on what comes. */
function listen(offers) {
  const proxy = net.createServer(async (raw) => {
    raw.on('error', () => {});
    await once(raw, 'readable');
    const first = raw.read();
    if (first === null) return;
    if (first.length !== 8 || first.readUInt32BE(4) !== SSL_REQUEST) {
      seen.push('plain');
      raw.unshift(first);
      passOn(raw);
    } else if (!offers) {
      raw.write('N');
      await once(raw, 'readable');
      seen.push('plain');
      passOn(raw);
    } else {
      raw.write('S');
      const deciphered = new tls.TLSSocket(raw, keys);
      deciphered.on('secure', () => seen.push(deciphered.getPeerCertificate().subject ? 'known' : 'ciphered'));
      passOn(deciphered);
    }
  });
  return new Promise((resolve) => proxy.listen(0, '127.0.0.1', () => resolve(proxy)));
}

const [proxy, plain] = [await listen(true), await listen(false)];
after(() => {
  for (const one of [proxy, plain]) one.close();
  fs.rmSync(folder, { recursive: true });
});
const { port } = proxy.address();
const at = (query = '', name = 'localhost') => `postgresql://${host.user}:any@${name}:${port}/${host.database}${query}`;

/* What the proxy sees of the engine and of direct access. */
async function use(options) {
  const store = new PostgresStore({ schemaName: freshSchema(), ...options });
  try {
    seen.length = 0;
    await works(store);
    const engine = [...seen];
    seen.length = 0;
    await store.db.one('SELECT 1');
    return [engine[0], seen[0]];
  } finally {
    await store.close();
  }
}

const rest = { user: host.user, database: host.database, password: 'any' };
const ca = text('server.crt');
const client = { cert: text('client.crt'), key: text('client.key') };
const both = (what) => [what, what];

const good = [
  [
    'true by the system’s authorities',
    { connectionString: at(), ssl: true },
    'ciphered',
    { NODE_EXTRA_CA_CERTS: file('server.crt') },
  ],
  [
    'true in the string',
    { connectionString: at('?ssl=true') },
    'ciphered',
    { NODE_EXTRA_CA_CERTS: file('server.crt') },
  ],
  ['a ca', { connectionString: at(), ssl: { ca } }, 'ciphered'],
  ['a ca as bytes', { connectionString: at(), ssl: { ca: Buffer.from(ca) } }, 'ciphered'],
  ['several cas', { connectionString: at(), ssl: { ca: [text('other.crt'), ca] } }, 'ciphered'],
  ['a ca, and rejectUnauthorized', { connectionString: at(), ssl: { ca, rejectUnauthorized: true } }, 'ciphered'],
  ['without a look', { connectionString: at(), ssl: { rejectUnauthorized: false } }, 'ciphered'],
  [
    'without a look, though there is a ca',
    { connectionString: at(), ssl: { rejectUnauthorized: false, ca: text('other.crt') } },
    'ciphered',
  ],
  [
    'a ca but no name',
    { connectionString: at('', '127.0.0.1'), ssl: { ca, checkServerIdentity: () => undefined } },
    'ciphered',
  ],
  [
    'another name than the address',
    { host: '127.0.0.1', port, ...rest, ssl: { ca, servername: 'localhost' } },
    'ciphered',
  ],
  ['a certificate of one’s own', { connectionString: at(), ssl: { ca, ...client } }, 'known'],
  ['hosts', { host: 'localhost', port, ...rest, ssl: { ca } }, 'ciphered'],
  ['false', { connectionString: at(), ssl: false }, 'plain'],
  [
    'false, whatever the string says',
    { connectionString: at('?sslmode=verify-full&sslrootcert=/nowhere'), ssl: false },
    'plain',
  ],
  [
    'not verified, whatever the string says',
    { connectionString: at('?sslmode=verify-full'), ssl: { rejectUnauthorized: false } },
    'ciphered',
  ],
  ['nothing: if the server has it', { connectionString: at() }, 'ciphered'],
  ['nothing: the server has it not', { host: '127.0.0.1', port: plain.address().port, ...rest }, 'plain'],
  ['sslmode=require', { connectionString: at('?sslmode=require') }, 'ciphered'],
  ['sslmode=no-verify', { connectionString: at('?sslmode=no-verify') }, 'ciphered'],
  [
    'sslmode=require in the sense of libpq',
    { connectionString: at('?uselibpqcompat=true&sslmode=require') },
    'ciphered',
  ],
  ['sslmode=disable', { connectionString: at('?sslmode=disable') }, 'plain'],
  [
    'sslmode=verify-full with a file',
    { connectionString: at(`?sslmode=verify-full&sslrootcert=${file('server.crt')}`) },
    'ciphered',
  ],
  [
    'sslmode=verify-ca with a file',
    { connectionString: at(`?sslmode=verify-ca&sslrootcert=${file('server.crt')}`, '127.0.0.1') },
    'ciphered',
  ],
];
for (const [what, options, expected, environment = {}] of good) {
  test(`ssl: ${what}`, async (t) => {
    t.after(() => Object.keys(environment).forEach((key) => delete process.env[key]));
    Object.assign(process.env, environment);
    if ('NODE_EXTRA_CA_CERTS' in environment)
      return atEngineOnly(options, expected); /* Node reads that when it starts */
    assert.deepEqual(await use(options), both(expected));
  });
}

async function atEngineOnly(options, expected) {
  const store = new PostgresStore({ schemaName: freshSchema(), ...options });
  seen.length = 0;
  await works(store);
  assert.equal(seen[0], expected);
  await store.db.one('SELECT 1');
  await store.close();
}

const bad = [
  ['true: an authority that nobody knows', { connectionString: at(), ssl: true }],
  ['an empty object: the same', { connectionString: at(), ssl: {} }],
  ['true in the string', { connectionString: at('?ssl=true') }],
  ['another ca', { connectionString: at(), ssl: { ca: text('other.crt') } }],
  ['another name', { connectionString: at('', '127.0.0.1'), ssl: { ca } }],
  ['verified, whatever the string says', { connectionString: at('?sslmode=disable'), ssl: { ca: text('other.crt') } }],
];
for (const [what, options] of bad) {
  test(`ssl refuses: ${what}`, async () => {
    const store = new PostgresStore({ schemaName: freshSchema(), ...options });
    const error = await failure(store.init());
    assert.equal(error.cause.code, 'CONNECT');
    assert.match(`${error.cause.message} ${error.cause.detail}`, /certificate verify failed|does not match host name/);
    await assert.rejects(store.db.one('SELECT 1'), /certificate|altnames/i);
    await store.close();
  });
}

test('a given pool’s ssl is the engine’s', async () => {
  const given = new pg.Pool({ host: 'localhost', port, ...rest, ssl: { ca, ...client } });
  after(() => given.end());
  assert.deepEqual(await use({ pool: given }), both('known'));
  const other = new pg.Pool({ host: 'localhost', port, ...rest, ssl: { ca: text('other.crt') } });
  const error = await failure(new PostgresStore({ pool: other }).init());
  assert.equal(error.cause.code, 'CONNECT');
});

test('texts lie in files that only this user reads, until the store closes', async () => {
  const folders = () =>
    fs
      .readdirSync(os.tmpdir())
      .filter((name) => /^pgconvo-\w{6}$/.test(name))
      .map((name) => path.join(os.tmpdir(), name));
  const before = new Set(folders());
  const store = new PostgresStore({ connectionString: at(), schemaName: freshSchema(), ssl: { ca, ...client } });
  await works(store);
  const made = folders().filter(
    (name) => !before.has(name) && fs.readFileSync(path.join(name, '2.pem'), 'utf8') === client.cert,
  );
  assert.equal(made.length, 1);
  assert.equal(fs.statSync(made[0]).mode & 0o777, 0o700);
  for (const name of fs.readdirSync(made[0])) assert.equal(fs.statSync(path.join(made[0], name)).mode & 0o777, 0o600);
  await store.close();
  assert.ok(!fs.existsSync(made[0]));
  assert.throws(() => new PostgresStore({ connectionString: at(), ssl: { ca, key: 5 } }));
});

test('the plain Store’s pool asks the server for TLS, too', async () => {
  const store = new Store({ connectionString: at() });
  seen.length = 0;
  await Promise.all([
    store.db.one('SELECT 1'),
    store.pool.query('SELECT 1'),
    store.pool.connect().then((one) => one.release()),
  ]);
  assert.ok(seen.length > 0 && seen.every((how) => how === 'ciphered'));
  await store.close();
  const nobody = new Store({ host: '127.0.0.1', port: 1, user: 'u' });
  await assert.rejects(nobody.db.one('SELECT 1'), { code: 'ECONNREFUSED' });
  await assert.rejects(nobody.pool.query('SELECT 1'), { code: 'ECONNREFUSED' });
  await nobody.close();
});
