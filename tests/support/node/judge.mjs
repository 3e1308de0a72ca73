// SPDX-License-Identifier: MIT
// What axe says of a page (WCAG as far as a program can judge it).
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const packages = createRequire(new URL('../../../build/node/', import.meta.url));
const axe = readFileSync(packages.resolve('axe-core/axe.min.js'), 'utf8');

export async function audit(page) {
  await page.evaluate(axe);
  const { violations, passes, incomplete } = await page.evaluate('axe.run()');
  const brief = ({ id, impact, nodes }) => ({ id, impact, nodes: nodes.map((node) => node.html) });
  return { violations: violations.map(brief), incomplete: incomplete.map(brief), passes: passes.map((rule) => rule.id) };
}
