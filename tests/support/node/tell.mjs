// SPDX-License-Identifier: MIT
// Tells people what a client's driver (drive.mjs) did: the requests of client and browser, and what came of them.
import { text } from 'node:stream/consumers';

const outcome = JSON.parse((await text(process.stdin)).trim().split('\n').at(-1));

for (const { method, url, status } of outcome.steps) console.log(`${method} ${url} ${status}`);
console.log(outcome.ok ? outcome.result : `${outcome.error?.name}: ${outcome.error?.message}`);
process.exit(outcome.ok ? 0 : 1);
