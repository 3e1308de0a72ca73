// SPDX-License-Identifier: MIT
// The MCP client of the AI SDK; see drive.mjs.
import { auth, createMCPClient } from '@ai-sdk/mcp';
import { drive } from './drive.mjs';

/** What the other SDKs call a transport; here it is what createMCPClient is told. */
class Transport {
  constructor(url, { authProvider, fetch }) {
    this.config = { type: 'http', url: url.href, authProvider, fetch };
  }
}

class Client {
  async connect({ config }) {
    this.connected = await createMCPClient({ transport: config, clientName: 'gatehouse-tests' });
  }

  listTools() {
    return this.connected.listTools();
  }

  close() {
    return this.connected.close();
  }
}

await drive({
  makeClient: () => new Client(),
  Transport,
  finish: ({ config }, callback) =>
    auth(config.authProvider, {
      serverUrl: config.url,
      authorizationCode: callback.get('code'),
      callbackState: callback.get('state'),
      callbackIssuer: callback.get('iss') ?? undefined,
      fetchFn: config.fetch,
    }),
  callTool: (client, call) => client.connected.callTool(call),
  protocol: (client) => client.connected.initializeResult.protocolVersion,
});
