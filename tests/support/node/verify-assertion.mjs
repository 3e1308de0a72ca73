// SPDX-License-Identifier: MIT
// What an MCP server does with X-Gatehouse-Assertion: verifies it with the published keys, by the package jose.
// Settings: { token, keys: JWK set, issuer, audience }. Prints one JSON object: { claims, header } or { error }.
import { createLocalJWKSet, jwtVerify } from 'jose';
import { say } from './lines.mjs';

const { token, keys, issuer, audience } = JSON.parse(process.argv[2]);

try {
  const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(keys), {
    issuer,
    audience,
    typ: 'gatehouse-assertion+jwt',
    algorithms: ['ES256'],
    requiredClaims: ['exp', 'iat', 'sub', 'jti'],
    maxTokenAge: '2m',
  });
  say({ claims: payload, header: protectedHeader });
} catch (problem) {
  say({ error: problem.code ?? String(problem) });
}
