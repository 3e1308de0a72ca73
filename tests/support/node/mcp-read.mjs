// SPDX-License-Identifier: MIT
// Reads bodies as an MCP server on Node does that minds nothing, and says for each what it sees: {"seen": null} when it is no
// JSON, else a list of [method, target, id, has an id]; and whether the TypeScript SDK takes it ("valid").
import { readFileSync, writeFileSync } from 'node:fs';
import { JSONRPCMessageSchema } from '@modelcontextprotocol/sdk/types.js';
import { settings } from './lines.mjs';

const MEMBERS = {
  'tools/call': 'name', 'prompts/get': 'name',
  'resources/read': 'uri', 'resources/subscribe': 'uri', 'resources/unsubscribe': 'uri',
  'tasks/get': 'taskId', 'tasks/update': 'taskId', 'tasks/cancel': 'taskId', 'tasks/result': 'taskId',
};

function look(message) {
  const { method, params, id: any } = message ?? {};
  const id = typeof any === 'object' && any !== null ? 'no id at all' : any;
  if (typeof method !== 'string') return [null, null, id ?? null, id !== undefined];
  const target = Object.hasOwn(MEMBERS, method) ? params?.[MEMBERS[method]] : undefined;
  return [method, typeof target === 'string' ? target : null, id ?? null, id !== undefined];
}

function read(body) {
  let value;
  try {
    value = JSON.parse(body.toString('utf8').replace(/^\uFEFF/, ''));
  } catch {
    return { seen: null, valid: false };
  }
  const messages = Array.isArray(value) ? value : [value];
  const valid = messages.length > 0 && messages.length <= 100 && messages.every((message) => JSONRPCMessageSchema.safeParse(message).success);
  return { seen: (Array.isArray(value) ? value.flat(Infinity) : [value]).map(look), valid };
}

const all = readFileSync(settings.bodies);
const lines = [];
for (let at = 0; at < all.length;) {
  const end = at + 4 + all.readUInt32BE(at);
  lines.push(JSON.stringify(read(all.subarray(at + 4, end))));
  at = end;
}
writeFileSync(settings.out, lines.map((line) => `${line}\n`).join(''));
