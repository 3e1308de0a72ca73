// SPDX-License-Identifier: MIT
// The tools of the test servers, without the words of one SDK: run(arguments, call) returns a text. Each says that it runs.
// call = { headers: Headers, verified, notify(progress, message), aborted: AbortSignal }
import http from 'node:http';
import { z } from 'zod';
import { say } from './lines.mjs';

const IDENTITY = /^(remote-|x-auth-request-|x-forwarded-|x-gatehouse-|x-remote-)/;

/** Somebody who saw the first event says so: POST /confirm/ID on the control port. */
const waiting = new Map();

export const control = http.createServer((request, response) => {
  const id = /^\/confirm\/(.+)$/.exec(request.url)?.[1];
  const confirm = request.method === 'POST' ? waiting.get(id) : undefined;
  confirm?.();
  response.writeHead(confirm ? 204 : 404).end();
});

function confirmation(id, aborted) {
  return new Promise((resolve, reject) => {
    waiting.set(id, resolve);
    aborted.addEventListener('abort', () => reject(new Error('the client went away')));
  }).finally(() => waiting.delete(id));
}

const known = {
  whoami: {
    description: 'The identity headers that arrived, what was verified of them, and whether a credential came',
    shape: {},
    run(_arguments, { headers, verified }) {
      const identity = Object.fromEntries([...headers].filter(([name]) => IDENTITY.test(name)));
      return JSON.stringify({ identity, verified, authorization: headers.has('authorization') });
    },
  },
  echo: {
    description: 'Returns the message',
    shape: { message: z.string() },
    run: ({ message }) => message,
  },
  region: {
    description: 'Returns the header Mcp-Param-Region, which a client of 2026-07-28 makes of the argument',
    shape: { region: z.string().meta({ 'x-mcp-header': 'Region' }) },
    run: (_arguments, { headers }) => headers.get('mcp-param-region') ?? 'none',
  },
  'two-events': {
    description: 'Sends one event, and the second only once the first was confirmed on the control port',
    shape: { id: z.string() },
    async run({ id }, { notify, aborted }) {
      const confirmed = confirmation(id, aborted);
      await notify(1, 'first');
      await confirmed;
      await notify(2, 'second');
      return 'both sent';
    },
  },
};

const named = (name) => ({ description: 'Says its name', shape: {}, run: () => name });

/** All of these, and one for each of `names` that does nothing but say its name. */
export function makeTools(names = []) {
  const all = { ...known, ...Object.fromEntries(names.map((name) => [name, named(name)])) };
  return Object.entries(all).map(([name, tool]) => [name, { ...tool, run: (input, call) => (say({ ran: name }), tool.run(input, call)) }]);
}
