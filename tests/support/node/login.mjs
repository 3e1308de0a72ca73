// SPDX-License-Identifier: MIT
// What the clients' drivers share: a fetch that remembers where it went, and a user who logs in without a browser.
import { randomBytes } from 'node:crypto';
import { Browser } from './browser.mjs';
import { sayIssued } from './lines.mjs';

export const steps = [];

/** fetch, but each request leaves a line in `steps`; queries are left out, they hold codes. No answer, no status. */
export async function tracedFetch(input, init) {
  const target = new URL(input.url ?? input);
  const step = { method: init?.method ?? 'GET', url: target.origin + target.pathname, status: null };
  steps.push(step);
  const response = await fetch(input, init);
  step.status = response.status;
  return response;
}

/** The OAuth side of a client (both SDKs ask the same questions). Nothing listens on redirectUrl: browse() stops there. */
export class User {
  #state = randomBytes(12).toString('hex');
  #client;
  #tokens;
  #verifier;
  #discovery;

  constructor({ client_id: id, client_secret: secret, client_metadata_url: document, redirect_uri: redirect, scope, token, user, decision } = {}) {
    this.redirectUrl = redirect ?? 'http://127.0.0.1:3334/callback';
    this.clientMetadata = {
      client_name: 'gatehouse tests',
      redirect_uris: [this.redirectUrl],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: secret ? 'client_secret_post' : 'none',
      ...(scope ? { scope } : {}),
    };
    this.#client = id ? { client_id: id, ...(secret ? { client_secret: secret } : {}) } : undefined;
    this.#tokens = token ? { access_token: token, token_type: 'Bearer' } : undefined;
    this.clientMetadataUrl = document;
    this.hint = user;
    this.decision = decision;
    this.browser = new Browser(tracedFetch);
  }

  state() {
    return this.#state;
  }

  clientInformation() {
    return this.#client;
  }

  saveClientInformation(client) {
    this.#client = client;
  }

  tokens() {
    return this.#tokens;
  }

  saveTokens(tokens) {
    sayIssued(tokens);
    this.#tokens = tokens;
  }

  saveCodeVerifier(verifier) {
    this.#verifier = verifier;
  }

  codeVerifier() {
    return this.#verifier;
  }

  saveDiscoveryState(discovery) {
    this.#discovery = discovery;
  }

  discoveryState() {
    return this.#discovery;
  }

  invalidateCredentials(which) {
    if (which === 'all' || which === 'tokens') this.#tokens = undefined;
    if (which === 'all' || which === 'client') this.#client = undefined;
    if (which === 'all' || which === 'discovery') this.#discovery = undefined;
  }

  async redirectToAuthorization(url) {
    if (this.hint) url.searchParams.set('login_hint', this.hint);
    const { url: back, status, text } = await this.browser.visit(url, { end: this.redirectUrl, decision: this.decision });
    if (!back.href.startsWith(this.redirectUrl)) throw new Error(`login ended with ${status} at ${back.origin}${back.pathname}: ${text}`);
    if (back.searchParams.get('state') !== this.#state) throw new Error('the state came back changed');
    sayIssued(back.searchParams);
    if (back.searchParams.has('error')) this.refusal = { error: back.searchParams.get('error'), iss: back.searchParams.get('iss') ?? undefined };
    this.callback = back.searchParams;
  }

  /** The parameters of the last login, once. */
  takeCallback() {
    const taken = this.callback;
    this.callback = undefined;
    return taken;
  }

  /** The claims of the access token, if it is a JWT. */
  claims() {
    const parts = this.#tokens?.access_token.split('.') ?? [];
    return parts.length === 3 ? JSON.parse(Buffer.from(parts[1], 'base64url')) : undefined;
  }
}
