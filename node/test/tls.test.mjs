/*
 * TLS, through libpq's OpenSSL beside the one inside Node.js, which plays the server's part in this very process: a proxy that
 * answers PostgreSQL's request for TLS and passes on what it deciphers.
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
import { failure, freshSchema, Store, url } from './world.mjs';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pgconvo-tls-'));
const file = (name) => path.join(folder, name);
const parts = Object.fromEntries(url.split(' ').map((part) => part.split('=')));

/* A certificate of its own for `localhost`; it is its own authority. */
function certificate(name) {
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const files = ['-keyout', file(`${name}.key`), '-out', file(`${name}.crt`)];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject, ...files], { stdio: 'ignore' });
}
certificate('server');
certificate('other');
const keys = { isServer: true, key: fs.readFileSync(file('server.key')), cert: fs.readFileSync(file('server.crt')) };

const proxy = net.createServer(async (raw) => {
  raw.on('error', () => {});
  await once(raw, 'readable');
  raw.read(8);
  raw.write('S');
  const deciphered = new tls.TLSSocket(raw, keys).on('error', () => {});
  const server = net.connect(path.join(parts.host, '.s.PGSQL.5432')).on('error', () => {});
  deciphered.on('close', () => server.destroy());
  deciphered.pipe(server).pipe(deciphered);
});
proxy.listen(0, '127.0.0.1');
await once(proxy, 'listening');
after(() => {
  proxy.close();
  fs.rmSync(folder, { recursive: true });
});

async function use(host, options) {
  const server = { host, port: proxy.address().port, user: parts.user, database: parts.dbname };
  const store = new Store({ ...server, schemaName: freshSchema(), ...options });
  try {
    const { id } = await store.threads.create();
    await store.messages.append({ threadId: id, messages: [{ role: 'user', text: 'x'.repeat(1_000_000) }] });
    return (await store.messages.last({ threadId: id, limit: 1 })).messages[0].text.length;
  } finally {
    await store.close();
  }
}

test('require: without a look at the certificate', async () => {
  assert.equal(await use('127.0.0.1', { sslMode: 'require' }), 1_000_000);
});

test('verify-full: the name counts, though the address was looked up before', async () => {
  const options = { sslMode: 'verify-full', sslRootCert: file('server.crt') };
  assert.equal(await use('localhost', options), 1_000_000);
  const error = await failure(use('127.0.0.1', options));
  assert.equal(error.code, 'CONNECT');
  assert.match(error.message + error.detail, /does not match host name/);
});

test('another authority is refused', async () => {
  const error = await failure(use('localhost', { sslMode: 'verify-full', sslRootCert: file('other.crt') }));
  assert.equal(error.code, 'CONNECT');
  assert.match(error.message + error.detail, /certificate verify failed/);
});
