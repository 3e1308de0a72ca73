// SPDX-License-Identifier: MIT
// Makes keys and tokens with node:crypto, good ones and bad ones; knows nothing of gatehouse's own code.
// One JSON object a line in, one out, in the same order; see tests/support/tokens.py.
import { constants, createHmac, generateKeyPairSync, sign } from 'node:crypto';
import readline from 'node:readline';
import { say } from './lines.mjs';

const CURVES = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' };
const keys = new Map();

function generate(algorithm, bits) {
  if (algorithm in CURVES) return generateKeyPairSync('ec', { namedCurve: CURVES[algorithm] });
  if (algorithm === 'EdDSA' || algorithm === 'Ed25519') return generateKeyPairSync('ed25519');
  if (algorithm === 'Ed448') return generateKeyPairSync('ed448');
  return generateKeyPairSync('rsa', { modulusLength: bits });
}

function signature(algorithm, data, { key, secret }) {
  const hash = `sha${algorithm.slice(2)}`;
  switch (algorithm.slice(0, 2)) {
    case 'no':
      return Buffer.alloc(0);
    case 'HS':
      return createHmac(hash, secret).update(data).digest();
    case 'RS':
      return sign(hash, data, key);
    case 'PS':
      return sign(hash, data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST });
    case 'ES':
      return sign(hash, data, { key, dsaEncoding: 'ieee-p1363' });
    default:
      return sign(null, data, key);
  }
}

/** A part that is a text is taken as it is: so a test can write JSON that no serializer would. */
const encode = (part) => Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');

const commands = {
  key({ name, algorithm, bits }) {
    const { privateKey, publicKey } = generate(algorithm, bits);
    keys.set(name, privateKey);
    return {
      public: publicKey.export({ format: 'jwk' }),
      private: privateKey.export({ format: 'jwk' }),
      pem: publicKey.export({ format: 'pem', type: 'spki' }),
      private_pem: privateKey.export({ format: 'pem', type: 'pkcs8' }),
    };
  },
  sign({ name, algorithm, secret, header, claims }) {
    const key = keys.get(name);
    const tokens = claims.map((one) => {
      const data = `${encode(header)}.${encode(one)}`;
      return `${data}.${signature(algorithm, data, { key, secret }).toString('base64url')}`;
    });
    return { tokens };
  },
};

for await (const line of readline.createInterface({ input: process.stdin })) {
  const { command, ...rest } = JSON.parse(line);
  try {
    say(commands[command](rest));
  } catch (error) {
    say({ error: error.message });
  }
}
