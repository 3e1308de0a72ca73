// SPDX-License-Identifier: MIT
// How the scripts talk to the tests: one JSON argument in, one JSON object a line out.
export const settings = JSON.parse(process.argv[2] ?? '{}');

export function say(event) {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

const CREDENTIALS = ['access_token', 'refresh_token', 'id_token', 'code', 'code_verifier', 'client_secret', 'registration_access_token'];

/** Tells the tests what may appear nowhere but here. `found` is any object, or the query of a URL. */
export function sayIssued(found) {
  const members = found instanceof URLSearchParams ? Object.fromEntries(found) : (found ?? {});
  const issued = Object.fromEntries(CREDENTIALS.filter((name) => typeof members[name] === 'string').map((name) => [name, members[name]]));
  if (Object.keys(issued).length) say({ issued });
}

/** The same of the place that an answer sends a browser to. */
export function sayIssuedIn(location) {
  if (location?.includes('?')) sayIssued(new URL(location, 'http://127.0.0.1').searchParams);
}

/** Opens a server on 127.0.0.1, or another address of ours, and returns its port: `port`, or one of the kernel's choice. */
export function listen(server, port = 0, host = '127.0.0.1') {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve(server.address().port));
  });
}
