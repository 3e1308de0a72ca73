// SPDX-License-Identifier: MIT
// An MCP client of SDK v1; see drive.mjs.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { drive } from './drive.mjs';

await drive({
  makeClient: () => new Client({ name: 'gatehouse-tests', version: '1' }),
  Transport: StreamableHTTPClientTransport,
  finish: (transport, callback) => transport.finishAuth(callback.get('code')),
  callTool: (client, call, options) => client.callTool(call, undefined, options),
  protocol: (_client, transport) => transport.protocolVersion,
});
