// SPDX-License-Identifier: MIT
// Drives an SDK client through login, tools/list and one tool call, and prints what came of it as one JSON object.
//
// settings: {
//   url,                                     of the MCP server
//   tool, arguments,                         the call; without `tool` only the list
//   calls: [names],                          calls without arguments before it; what each said is in `called`
//   control,                                 for two-events: where the first event is confirmed
//   client_id, client_secret,                else it registers itself
//   client_metadata_url,                     its document (CIMD), in the place of registration where the server knows that
//   decision,                                what the person presses where they are asked: "allow" (default) or "deny"
//   token,                                   a ready access token: no login unless it is refused
//   session,                                 goes on with that session instead of beginning one (SDK v1)
//   user,                                    who logs in: sent as login_hint
//   scope, redirect_uri
// }
import { say, settings } from './lines.mjs';
import { steps, tracedFetch, User } from './login.mjs';

/** `sdk` = { makeClient(), Transport, UnauthorizedError, finish(transport, callback), protocol(client, transport) } */
export async function drive(sdk) {
  const user = new User(settings);
  const events = [];
  let client;
  let transport;

  /** Repeats what was refused once the user has logged in; a second login is a step-up (403). */
  async function loggedIn(attempt) {
    for (let logins = 0; ; logins++) {
      try {
        return await attempt();
      } catch (error) {
        const callback = user.takeCallback();
        if (!callback || logins === 2) throw error;
        await sdk.finish(transport, callback);
      }
    }
  }

  function connect() {
    client = sdk.makeClient();
    transport = new sdk.Transport(new URL(settings.url), { authProvider: user, fetch: tracedFetch, sessionId: settings.session });
    return client.connect(transport);
  }

  async function onprogress({ message }) {
    events.push(message);
    if (message !== 'first') return;
    const confirmed = await fetch(`${settings.control}/confirm/${settings.arguments.id}`, { method: 'POST' });
    events.push(confirmed.status === 204 ? 'confirmed' : `not confirmed: ${confirmed.status}`);
  }

  const outcome = { ok: false, called: {} };
  try {
    await loggedIn(connect);
    const list = await loggedIn(() => client.listTools());
    outcome.tools = list.tools.map((tool) => tool.name);
    for (const name of settings.calls ?? []) {
      try {
        const result = await loggedIn(() => sdk.callTool(client, { name, arguments: {} }, {}));
        outcome.called[name] = result.content.map((part) => part.text).join('');
      } catch (error) {
        outcome.called[name] = `${error.name}: ${error.message}`;
      }
    }
    if (settings.tool) {
      const call = { name: settings.tool, arguments: settings.arguments ?? {} };
      const result = await loggedIn(() => sdk.callTool(client, call, settings.control ? { onprogress } : {}));
      outcome.result = result.content.map((part) => part.text).join('');
      outcome.ok = !result.isError;
    } else {
      outcome.ok = true;
    }
    outcome.protocol = sdk.protocol(client, transport);
    await client.close();
  } catch (error) {
    outcome.error = { name: error.name, message: error.message, cause: error.cause?.message };
  }
  say({ ...outcome, events, steps, callback: user.refusal, client_id: user.clientInformation()?.client_id, token_claims: user.claims() });
  process.exit(outcome.ok ? 0 : 1);
}
