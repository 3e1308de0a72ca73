// SPDX-License-Identifier: MIT
// An MCP server of revision 2025-11-25 with sessions (SDK v1).
// settings: { port, path: "/mcp", recipe, names: [of more tools], stateless: false, reader: "recorder" }; with `recipe`, a module,
// its whoIsAsking(request) must be content with a request; reader: see mcp-server.mjs
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { listen, say, settings } from './lines.mjs';
import { readers } from './requests.mjs';
import { control, makeTools } from './tools.mjs';

const { port, path = '/mcp', recipe, names, stateless = false, reader = 'recorder' } = settings;
const { whoIsAsking } = recipe ? await import(recipe) : {};
const sessions = new Map();

function makeServer() {
  const server = new McpServer({ name: 'gatehouse-tests', version: '1' });
  for (const [name, { description, shape, run }] of makeTools(names)) {
    server.registerTool(name, { description, inputSchema: shape }, async (input, extra) => {
      const text = await run(input, {
        headers: new Headers(Object.entries(extra.requestInfo.headers).map(([key, value]) => [key, [value].flat().join(', ')])),
        verified: extra.authInfo?.extra,
        aborted: extra.signal,
        notify: (progress, message) =>
          extra.sendNotification({
            method: 'notifications/progress',
            params: { progressToken: extra._meta.progressToken, progress, message },
          }),
      });
      return { content: [{ type: 'text', text }] };
    });
  }
  return server;
}

async function openSession() {
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: stateless ? undefined : randomUUID,
    onsessioninitialized: (id) => sessions.set(id, transport),
    onsessionclosed: (id) => sessions.delete(id),
  });
  await makeServer().connect(transport);
  return transport;
}

async function serve(request, response, body) {
  if (whoIsAsking) {
    try {
      const who = await whoIsAsking(request);
      request.auth = { token: '', clientId: who.client_id, scopes: who.scope?.split(' ') ?? [], extra: who };
    } catch (problem) {
      response.writeHead(401, { 'X-Problem': problem.code }).end();
      return;
    }
  }
  const id = request.headers['mcp-session-id'];
  const transport = id === undefined ? await openSession() : sessions.get(id);
  if (transport) await transport.handleRequest(request, response, body);
  else response.writeHead(404).end();
}

const url = `http://127.0.0.1:${await listen(http.createServer(await readers[reader](path, serve)), port)}`;
say({ ready: url + path, control: `http://127.0.0.1:${await listen(control)}` });
