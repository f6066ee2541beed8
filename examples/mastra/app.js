/* An agent that remembers: says one thing to it, in the one conversation of this user, and shows what is stored. */
import process from 'node:process';
import { Mastra } from '@mastra/core';
import { Agent } from '@mastra/core/agent';
import { Memory } from '@mastra/memory';
import { PostgresStore } from 'pgconvo';
import { model } from './model.js';

const storage = new PostgresStore({ id: 'example', connectionString: process.env.DATABASE_URL ?? 'local:', schemaName: 'mastra_example' });
const memory = new Memory({ storage, options: { lastMessages: 20 } });
const agent = new Agent({ id: 'listener', name: 'Listener', instructions: 'Listen well.', model, memory });
const mastra = new Mastra({ agents: { agent }, storage, logger: false });

const words = process.argv.slice(2).join(' ') || 'Hello';
const { text } = await mastra.getAgent('agent').generate(words, { memory: { thread: 'first', resource: 'me' } });
console.log(`you:   ${words}\nagent: ${text}`);

const { messages, total } = await memory.recall({ threadId: 'first', resourceId: 'me', perPage: 3, orderBy: { field: 'createdAt', direction: 'DESC' } });
console.log(`\n${total} messages are stored; the newest is of ${messages[0].createdAt.toISOString()}`);
await storage.close();
