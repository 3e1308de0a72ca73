// SPDX-License-Identifier: MIT
// A real identity provider (oidc-provider) whose user is always there and always agrees.
//
// settings: {
//   host, port, certificate, key,  files for https; without them http
//   issuer,                        when a reverse proxy in front gives it another name
//   resources: {URL: "RS256" | "ES256" | "EdDSA" | "opaque"},   whom it makes access tokens for (RFC 8707, RFC 9068)
//   scopes: ["mcp:read", ...],     of every resource
//   users: {name: {claims}},       the first one logs in, unless the client sends login_hint
//   clients: [oidc-provider's client metadata], besides the public native client "mcp-client"; client_secret_file in the place of
//                                  client_secret is read
//   sends_iss: true,               RFC 9207
//   registration: false,           RFC 7591
//   initial_access_token_file,     without that token nobody registers
//   lifetime: 3600,                of an access token, in seconds
//   refreshes: false,              refresh tokens without the scope offline_access
//   resource_indicators: true,     RFC 8707; without, there are opaque access tokens for the provider's own endpoints only
// }
import http from 'node:http';
import https from 'node:https';
import { readFileSync } from 'node:fs';
import { exportJWK, generateKeyPair } from 'jose';
import Provider, { errors } from 'oidc-provider';
import { listen, say, sayIssued, sayIssuedIn, settings } from './lines.mjs';

const {
  resources = {},
  scopes = ['mcp:read', 'mcp:write'],
  users = {
    alice: { name: 'Alice Example', email: 'alice@example.com', email_verified: true, groups: ['mcp-users', 'admins'] },
    bob: { name: 'Bob Example', email: 'bob@example.com', email_verified: true, groups: ['guests'] },
  },
  clients = [],
  sends_iss: sendsIss = true,
  registration = false,
  initial_access_token_file: initialAccessTokenFile,
  lifetime = 3600,
  resource_indicators: resourceIndicators = true,
  refreshes = false,
} = settings;

// RFC 8252 section 7.3: any port of a loopback redirect URI.
const nativeClient = {
  client_id: 'mcp-client',
  application_type: 'native',
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  redirect_uris: ['127.0.0.1', 'localhost'].flatMap((host) => [`http://${host}/callback`, `http://${host}/oauth/callback`]),
};

async function makeKey(alg, kid, options = {}) {
  const { privateKey } = await generateKeyPair(alg, { extractable: true, ...options });
  return { ...(await exportJWK(privateKey)), kid, alg, use: 'sig' };
}

function withSecret({ client_secret_file: file, ...client }) {
  return file ? { ...client, client_secret: readFileSync(file, 'utf8').trim() } : client;
}

function resourceServer(_context, resource) {
  if (!(resource in resources)) throw new errors.InvalidTarget();
  return {
    audience: resource,
    scope: scopes.join(' '),
    accessTokenTTL: lifetime,
    ...(resources[resource] === 'opaque' ? { accessTokenFormat: 'opaque' } : { accessTokenFormat: 'jwt', jwt: { sign: { alg: resources[resource] } } }),
  };
}

/** Answers the provider's questions to the user: logs in, then grants all that was asked for. */
async function interact(provider, context) {
  const { prompt, params, session, grantId } = await provider.interactionDetails(context.req, context.res);
  const finish = (result, merge) =>
    provider.interactionFinished(context.req, context.res, result, { mergeWithLastSubmission: merge });
  if (prompt.name === 'login') {
    const accountId = params.login_hint ?? Object.keys(users)[0];
    return finish({ login: { accountId } }, false);
  }
  const grant = grantId
    ? await provider.Grant.find(grantId)
    : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  const { missingOIDCScope, missingOIDCClaims, missingResourceScopes = {} } = prompt.details;
  if (missingOIDCScope) grant.addOIDCScope(missingOIDCScope.join(' '));
  if (missingOIDCClaims) grant.addOIDCClaims(missingOIDCClaims);
  for (const [resource, missing] of Object.entries(missingResourceScopes)) grant.addResourceScope(resource, missing.join(' '));
  return finish({ consent: { grantId: await grant.save() } }, true);
}

/** What a provider without RFC 9207 would have answered. */
function withoutIss(context) {
  const { body } = context;
  if (body?.authorization_response_iss_parameter_supported) delete body.authorization_response_iss_parameter_supported;
  const target = context.response.get('location');
  if (!/[?&]iss=/.test(target)) return;
  const location = new URL(target, context.href);
  location.searchParams.delete('iss');
  context.set('location', location.href);
}

const keys = [await makeKey('RS256', 'rsa-1'), await makeKey('ES256', 'ec-1'), await makeKey('EdDSA', 'ed-1')];
const secure = settings.certificate !== undefined;
const server = secure
  ? https.createServer({ cert: readFileSync(settings.certificate), key: readFileSync(settings.key) })
  : http.createServer();
// The issuer holds the port, so the port comes first. Nothing below waits: no request can come before its handler.
const host = settings.host ?? '127.0.0.1';
const port = await listen(server, settings.port, host);
const url = `${secure ? 'https' : 'http'}://${host}:${port}`;

const provider = new Provider(settings.issuer ?? url, {
  jwks: { keys },
  clients: [nativeClient, ...clients.map(withSecret)],
  scopes: ['openid', 'offline_access', 'email', 'profile', 'groups', ...scopes],
  claims: { email: ['email', 'email_verified'], profile: ['name'], groups: ['groups'] },
  pkce: { required: () => true },
  enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256', 'EdDSA'] },
  cookies: { keys: [crypto.randomUUID()] },
  findAccount: (_context, id) => (id in users ? { accountId: id, claims: () => ({ sub: id, ...users[id] }) } : undefined),
  extraTokenClaims: (_context, token) => users[token.accountId],
  issueRefreshToken: (_context, client, source) => client.grantTypeAllowed('refresh_token') && (refreshes || source.scopes.has('offline_access')),
  interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
  ttl: { AuthorizationCode: 60, Grant: 3600, IdToken: 3600, Interaction: 600, RefreshToken: 86400, Session: 3600 },
  features: {
    devInteractions: { enabled: false },
    registration: {
      enabled: registration,
      ...(initialAccessTokenFile && { initialAccessToken: readFileSync(initialAccessTokenFile, 'utf8').trim() }),
    },
    introspection: { enabled: true },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: resourceIndicators,
      defaultResource: () => undefined,
      useGrantedResource: () => true,
      getResourceServerInfo: resourceServer,
    },
  },
});
provider.proxy = settings.issuer !== undefined;
provider.use(async (context, next) => {
  if (context.path.startsWith('/interaction/')) await interact(provider, context);
  else await next();
  if (!sendsIss) withoutIss(context);
  sayIssued(context.body);
  sayIssued(context.oidc?.params);
  sayIssuedIn(context.response.get('location'));
  for (const cookie of [context.response.get('set-cookie')].flat()) {
    const [, session] = /^_session=([^;]+)/.exec(cookie) ?? [];
    if (session) say({ issued: { session } });
  }
});
for (const event of ['server_error', 'authorization.error', 'grant.error', 'registration_create.error']) {
  provider.on(event, (_context, error) => say({ event, error: error.message, description: error.error_description }));
}

server.on('request', (request) => {
  const { pathname: path, searchParams } = new URL(request.url, url);
  say({ request: { method: request.method, path, scope: searchParams.get('scope') ?? undefined } });
});
server.on('request', provider.callback());
say({ ready: url, issuer: provider.issuer });
