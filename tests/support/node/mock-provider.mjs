// SPDX-License-Identifier: MIT
// A provider that sends no `iss` and knows no registration (oauth2-mock-server). Every login is a success.
//
// settings: { port, algorithm: "RS256", claims: {of every access token}, scope: "mcp:read", audience: URL }
// The audience of an access token is `audience`, else the `resource` that the client asked for.
import http from 'node:http';
import { Events, OAuth2Issuer, OAuth2Service } from 'oauth2-mock-server';
import { listen, say, sayIssued, sayIssuedIn, settings } from './lines.mjs';

const { port, algorithm = 'RS256', claims = {}, scope = 'mcp:read', audience } = settings;

const issuer = new OAuth2Issuer();
await issuer.keys.generate(algorithm);
const service = new OAuth2Service(issuer);
service.on(Events.BeforeTokenSigning, (token, request) => {
  // The ID token of the same answer has no scope.
  if (!('scope' in token.payload)) return;
  Object.assign(token.header, { typ: 'at+jwt' });
  Object.assign(token.payload, { aud: audience ?? request.body.resource, scope, client_id: request.body.client_id, ...claims });
});
service.on(Events.BeforeResponse, (answer, request) => {
  Object.assign(answer.body, { scope });
  sayIssued(answer.body);
  sayIssued(request.body);
});
service.on(Events.BeforeAuthorizeRedirect, ({ url }) => sayIssuedIn(url.href));

const server = http.createServer(service.requestHandler);
server.prependListener('request', (request) => say({ request: { method: request.method, path: request.url.split('?')[0] } }));
issuer.url = `http://127.0.0.1:${await listen(server, port)}`;
say({ ready: issuer.url, issuer: issuer.url });
