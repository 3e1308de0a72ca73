// SPDX-License-Identifier: MIT
// An MCP client of SDK v2; see drive.mjs. settings.era: "legacy" (2025-11-25, default) or "modern" (2026-07-28).
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { drive } from './drive.mjs';
import { settings } from './lines.mjs';

const versionNegotiation = { mode: settings.era === 'modern' ? 'auto' : 'legacy' };

await drive({
  makeClient: () => new Client({ name: 'gatehouse-tests', version: '2' }, { versionNegotiation }),
  Transport: StreamableHTTPClientTransport,
  finish: (transport, callback) => transport.finishAuth(callback),
  callTool: (client, call, options) => client.callTool(call, options),
  protocol: (client) => client.getNegotiatedProtocolVersion(),
});
