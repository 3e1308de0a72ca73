// SPDX-License-Identifier: MIT
// The browser of a client that opens one. Settings: { url, decision: "allow" | "deny", port: waits until somebody listens there }.
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Browser } from './browser.mjs';
import { say, settings } from './lines.mjs';

function listens(port) {
  return new Promise((resolve) => {
    const probe = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
    probe.on('connect', () => probe.destroy());
  });
}

while (settings.port && !(await listens(settings.port))) await pause(50);
const browser = new Browser();
const end = await browser.visit(settings.url, { decision: settings.decision });
say({ end: end.url.origin + end.url.pathname, status: end.status, pressed: browser.pressed });
process.exit(end.status === undefined || end.status < 400 ? 0 : 1);
