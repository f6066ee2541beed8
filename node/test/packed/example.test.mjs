/* examples/mastra, as somebody who has installed the package runs it. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { folder, url } from '../world.mjs';

const run = promisify(execFile);
const source = fileURLToPath(new URL('../../../examples/mastra', import.meta.url));

test('the example remembers from one process to the next', async () => {
  const home = path.resolve(folder, '../../example');
  fs.cpSync(source, home, { recursive: true });
  const env = { ...process.env, DATABASE_URL: url };
  const say = async (words) => (await run(process.execPath, ['app.js', words], { cwd: home, env })).stdout;
  assert.match(await say('Hello, my name is Ada.'), /Thank you, Ada[\s\S]*2 messages are stored/);
  assert.match(await say('What is my name?'), /Your name is Ada\.[\s\S]*4 messages are stored/);
});
