// SPDX-License-Identifier: MIT
// Prints every request that reaches a test server: a line when it arrives, another when its body is complete.
import { say } from './lines.mjs';

let count = 0;

/** Of a credential only the scheme is printed. */
function shown(rawHeaders) {
  const pairs = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const [name, value] = rawHeaders.slice(i, i + 2);
    pairs.push([name, name.toLowerCase() === 'authorization' ? `${value.split(' ')[0]} ...` : value]);
  }
  return pairs;
}

function recordHead(request) {
  const number = ++count;
  say({ arrived: number, method: request.method, url: request.url, headers: shown(request.rawHeaders) });
  return number;
}

/** Prints the request and returns its body, parsed if it is JSON. */
export async function record(request) {
  const number = recordHead(request);
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  const text = Buffer.concat(pieces).toString();
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  say({ complete: number, length: Buffer.byteLength(text), rpc: body?.method, tool: body?.params?.name });
  return body;
}

/** A handler that gives requests for `path` to `serve(request, response, body)`; every other path says "reached". */
export function onlyAt(path, serve) {
  return async (request, response) => {
    try {
      const body = await record(request);
      if (request.url.split('?')[0] === path) await serve(request, response, body);
      else response.writeHead(200, { 'Content-Type': 'text/plain' }).end('reached');
    } catch (error) {
      say({ error: error.message });
      response.destroy();
    }
  };
}

/** The same, but only the arrival is told: whoever serves reads the body. */
export function unreadAt(path, serve) {
  return (request, response) => {
    recordHead(request);
    if (request.url.split('?')[0] === path) return serve(request, response);
    return response.writeHead(200, { 'Content-Type': 'text/plain' }).end('reached');
  };
}

/** The same, with Express as the SDK sets it up: it unpacks, decodes and parses the body. */
export async function expressAt(path, serve) {
  const { createMcpExpressApp } = await import('@modelcontextprotocol/sdk/server/express.js');
  const app = createMcpExpressApp();
  app.all(path, (request, response) => serve(request, response, request.body));
  // Express knows a handler of errors by its four parameters, and prints what nobody handles.
  app.use((error, _request, response, _next) => {
    say({ error: error.message });
    response.status(error.status ?? 500).end();
  });
  return (request, response) => {
    recordHead(request);
    app(request, response);
  };
}

export const readers = { recorder: onlyAt, sdk: unreadAt, express: expressAt };
