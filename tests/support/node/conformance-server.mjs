// SPDX-License-Identifier: MIT
// An MCP server of SDK v1 that has what the scenarios of the conformance suite ask for: their names and texts are the
// suite's. Behind the gate it must do as well as without.
// settings: { port, path: "/mcp" }
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { McpServer, ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js';
import { completable } from '@modelcontextprotocol/sdk/server/completable.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import * as types from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import { listen, say, settings } from './lines.mjs';
import { onlyAt } from './requests.mjs';

const { port, path = '/mcp' } = settings;
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const SILENCE = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA=';
const sessions = new Map();

const text = (words) => ({ type: 'text', text: words });
const image = { type: 'image', data: PIXEL, mimeType: 'image/png' };
const audio = { type: 'audio', data: SILENCE, mimeType: 'audio/wav' };
const embedded = (uri, mimeType, words) => ({ type: 'resource', resource: { uri, mimeType, text: words } });

/** A question to the user at the other end: it travels on the event stream of the call, its answer as a POST. */
async function elicit(extra, message, properties, required) {
  const requestedSchema = { type: 'object', properties, ...(required ? { required } : {}) };
  const { action, content } = await extra.sendRequest(
    { method: 'elicitation/create', params: { message, requestedSchema } }, types.ElicitResultSchema);
  return { content: [text(`action=${action}, content=${JSON.stringify(content ?? {})}`)] };
}

const log = (extra, data) => extra.sendNotification({ method: 'notifications/message', params: { level: 'info', data } });

const titled = (...names) => names.map((name, index) => ({ const: `value${index + 1}`, title: name }));

const tools = {
  test_simple_text: () => ({ content: [text('This is a simple text response for testing.')] }),
  test_image_content: () => ({ content: [image] }),
  test_audio_content: () => ({ content: [audio] }),
  test_embedded_resource: () => ({ content: [embedded('test://embedded-resource', 'text/plain', 'An embedded resource.')] }),
  test_multiple_content_types: () => ({
    content: [text('Multiple content types test:'), image, embedded('test://mixed-content-resource', 'application/json', '{"test":"data"}')],
  }),
  async test_tool_with_logging(extra) {
    for (const words of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) await log(extra, words);
    return { content: [text('Three messages were sent.')] };
  },
  test_error_handling() {
    throw new Error('This tool intentionally returns an error for testing');
  },
  async test_tool_with_progress(extra) {
    const progressToken = extra._meta?.progressToken ?? 0;
    for (const progress of [0, 50, 100]) {
      await extra.sendNotification({ method: 'notifications/progress', params: { progressToken, progress, total: 100 } });
    }
    return { content: [text(String(progressToken))] };
  },
  test_elicitation_sep1034_defaults: (extra) =>
    elicit(extra, 'Please review the form', {
      name: { type: 'string', default: 'John Doe' },
      age: { type: 'integer', default: 30 },
      score: { type: 'number', default: 95.5 },
      status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
      verified: { type: 'boolean', default: true },
    }),
  test_elicitation_sep1330_enums: (extra) =>
    elicit(extra, 'Please choose', {
      untitledSingle: { type: 'string', enum: ['option1', 'option2', 'option3'] },
      titledSingle: { type: 'string', oneOf: titled('First', 'Second', 'Third') },
      legacyEnum: { type: 'string', enum: ['opt1', 'opt2', 'opt3'], enumNames: ['One', 'Two', 'Three'] },
      untitledMulti: { type: 'array', items: { type: 'string', enum: ['option1', 'option2', 'option3'] } },
      titledMulti: { type: 'array', items: { anyOf: titled('First', 'Second', 'Third') } },
    }),
};

const toolsWithArguments = {
  test_sampling: [{ prompt: z.string() }, async ({ prompt }, extra) => {
    const answer = await extra.sendRequest(
      { method: 'sampling/createMessage', params: { messages: [{ role: 'user', content: text(prompt) }], maxTokens: 100 } },
      types.CreateMessageResultSchema);
    return { content: [text(`LLM response: ${answer.content.text}`)] };
  }],
  test_elicitation: [{ message: z.string() }, ({ message }, extra) =>
    elicit(extra, message, { username: { type: 'string' }, email: { type: 'string' } }, ['username', 'email'])],
};

function addResources(server) {
  const fixed = (name, uri, mimeType, content) =>
    server.registerResource(name, uri, { mimeType }, () => ({ contents: [{ uri, mimeType, ...content }] }));
  fixed('static-text', 'test://static-text', 'text/plain', { text: 'This is the content of the static text resource.' });
  fixed('static-binary', 'test://static-binary', 'image/png', { blob: PIXEL });
  fixed('watched-resource', 'test://watched-resource', 'text/plain', { text: 'Watched.' });
  server.registerResource('template', new ResourceTemplate('test://template/{id}/data', { list: undefined }),
    { mimeType: 'application/json' },
    (uri, { id }) => ({ contents: [{ uri: uri.href, mimeType: 'application/json', text: JSON.stringify({ id, data: `Data for ID: ${id}` }) }] }));
  server.server.registerCapabilities({ resources: { subscribe: true } });
  for (const schema of [types.SubscribeRequestSchema, types.UnsubscribeRequestSchema]) server.server.setRequestHandler(schema, () => ({}));
}

function addPrompts(server) {
  const says = (...parts) => ({ messages: parts.map((content) => ({ role: 'user', content })) });
  const some = (word) => [`${word}1`, `${word}2`];
  server.registerPrompt('test_simple_prompt', { description: 'A prompt' }, () => says(text('This is a simple prompt for testing.')));
  server.registerPrompt('test_prompt_with_arguments',
    { description: 'A prompt', argsSchema: { arg1: completable(z.string(), some), arg2: completable(z.string(), some) } },
    ({ arg1, arg2 }) => says(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)));
  server.registerPrompt('test_prompt_with_embedded_resource', { description: 'A prompt', argsSchema: { resourceUri: z.string() } },
    ({ resourceUri }) => says(embedded(resourceUri, 'text/plain', 'Embedded resource content for testing.'), text('Please use it.')));
  server.registerPrompt('test_prompt_with_image', { description: 'A prompt' }, () => says(image, text('Please look at it.')));
}

function makeServer() {
  const server = new McpServer({ name: 'gatehouse-conformance', version: '1' }, { capabilities: { logging: {} } });
  for (const [name, run] of Object.entries(tools)) server.registerTool(name, { description: name }, run);
  for (const [name, [inputSchema, run]] of Object.entries(toolsWithArguments)) server.registerTool(name, { description: name, inputSchema }, run);
  addResources(server);
  addPrompts(server);
  return server;
}

async function openSession() {
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (id) => sessions.set(id, transport),
    onsessionclosed: (id) => sessions.delete(id),
  });
  await makeServer().connect(transport);
  return transport;
}

async function serve(request, response, body) {
  const id = request.headers['mcp-session-id'];
  const transport = id === undefined ? await openSession() : sessions.get(id);
  if (transport) await transport.handleRequest(request, response, body);
  else response.writeHead(404).end();
}

const url = `http://127.0.0.1:${await listen(http.createServer(onlyAt(path, serve)), port)}`;
say({ ready: url + path });
