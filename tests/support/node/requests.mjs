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

/**
 * A handler that gives requests for `path` to `serve(request, response, body)`; every other path says "reached". `unread`: the
 * body is left to whoever serves.
 */
export function onlyAt(path, serve, unread = false) {
  return async (request, response) => {
    try {
      const body = unread ? void recordHead(request) : await record(request);
      if (request.url.split('?')[0] === path) await serve(request, response, body);
      else response.writeHead(200, { 'Content-Type': 'text/plain' }).end('reached');
    } catch (error) {
      say({ error: error.message });
      response.destroy();
    }
  };
}
