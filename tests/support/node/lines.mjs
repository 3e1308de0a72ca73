// SPDX-License-Identifier: MIT
// How the scripts talk to the tests: one JSON argument in, one JSON object a line out.
export const settings = JSON.parse(process.argv[2] ?? '{}');

export function say(event) {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

/** Opens a server on 127.0.0.1 and returns its port: `port`, or one of the kernel's choice. */
export function listen(server, port = 0) {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server.address().port));
  });
}
