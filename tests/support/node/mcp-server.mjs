// SPDX-License-Identifier: MIT
// An MCP server of both revisions, 2025-11-25 and 2026-07-28, without sessions (SDK v2).
// settings: {
//   port, path: "/mcp",
//   names: [...],         of more tools
//   legacy: "stateless",  or "reject": nothing but 2026-07-28
//   reader: "recorder",   or "sdk" or "express": who reads the body; of those two it is not told what was in it
// }
import http from 'node:http';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { listen, say, settings } from './lines.mjs';
import { readers } from './requests.mjs';
import { control, makeTools } from './tools.mjs';

const { port, path = '/mcp', names, legacy = 'stateless', reader = 'recorder' } = settings;

function makeServer() {
  const server = new McpServer({ name: 'gatehouse-tests', version: '2' });
  for (const [name, { description, shape, run }] of makeTools(names)) {
    server.registerTool(name, { description, inputSchema: z.object(shape) }, async (input, context) => {
      const { _meta: meta, notify, signal } = context.mcpReq;
      const text = await run(input, {
        headers: context.http.req.headers,
        aborted: signal,
        notify: (progress, message) =>
          notify({ method: 'notifications/progress', params: { progressToken: meta.progressToken, progress, message } }),
      });
      return { content: [{ type: 'text', text }] };
    });
  }
  return server;
}

const handler = toNodeHandler(createMcpHandler(makeServer, { legacy, onerror: (error) => say({ error: error.message }) }));
const url = `http://127.0.0.1:${await listen(http.createServer(await readers[reader](path, handler)), port)}`;
say({ ready: url + path, control: `http://127.0.0.1:${await listen(control)}` });
