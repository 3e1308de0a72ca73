// SPDX-License-Identifier: MIT
// A browser without windows that does step by step what it is told: a JSON object a line in, {act, ...}, and one out. After a step in
// a tab that is what the tab shows then. Settings: {browser, pictures, trusted: digests of the keys that servers may have}.
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { audit } from './judge.mjs';
import { say, settings } from './lines.mjs';

const browser = await chromium.launch({
  executablePath: settings.browser,
  args: ['--no-sandbox', '--disable-gpu', `--ignore-certificate-errors-spki-list=${settings.trusted.join(',')}`],
});
const people = new Map();
const tabs = new Map();

/** What the tab shows, and all that the browser complained of in it so far. */
async function describe({ page, complaints, hops, programs, status }) {
  const frames = page.frames().filter((frame) => frame !== page.mainFrame());
  return {
    url: page.url(), status: status.last, title: await page.title(), text: await page.locator('body').innerText(), complaints, hops, programs,
    frames: await Promise.all(frames.map(async (frame) => ({ url: frame.url(), text: await frame.locator('body').innerText() }))),
  };
}

async function newTab({ person, tab }) {
  const page = await people.get(person).newPage();
  const found = { page, complaints: [], hops: [], programs: [], status: { last: undefined } };
  page.setDefaultTimeout(15000);
  // A page with a status of an error is none: the browser mentions it, in these words.
  page.on('console', (message) => message.text().startsWith('Failed to load resource') || found.complaints.push(message.text()));
  page.on('pageerror', (error) => found.complaints.push(String(error)));
  page.on('request', (request) => /^https?:/.test(request.url()) || found.programs.push(request.url()));
  page.on('response', (response) => {
    if (!response.request().isNavigationRequest() || response.frame() !== page.mainFrame()) return;
    const { origin, pathname } = new URL(response.url());
    found.hops.push(origin + pathname);
    found.status.last = response.status();
  });
  tabs.set(tab, found);
}

/** Pictures of the page, light and dark, wide and on a phone, and what axe has against each. */
async function look(page, name) {
  const faults = [];
  for (const colorScheme of ['light', 'dark']) {
    for (const width of [1000, 390]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 800 });
      await page.screenshot({ path: `${settings.pictures}/live-${name}-${colorScheme}-${width}.png`, fullPage: true });
      const { violations } = await audit(page);
      faults.push(...violations.map((one) => ({ ...one, colorScheme, width })));
      const room = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (room > 0) faults.push({ id: 'wider than the window', impact: 'serious', colorScheme, width });
    }
  }
  return { faults };
}

/** Takes note of what the page's form would send, or puts other values into its hidden fields. */
const fields = (values) => {
  const inputs = [...document.querySelectorAll('form input')];
  for (const input of inputs) if (values?.[input.name] !== undefined) input.value = values[input.name];
  return Object.fromEntries(inputs.map((input) => [input.name, input.value]));
};

const people_acts = {
  person: async ({ person, scripts = true }) => {
    people.set(person, await browser.newContext({ javaScriptEnabled: scripts, viewport: { width: 1000, height: 800 } }));
  },
  tab: newTab,
  cookies: async ({ person }) => ({ cookies: await people.get(person).cookies() }),
  forget: async ({ person }) => people.get(person).clearCookies(),
  leave: async ({ person }) => people.get(person).close(),
  // Whoever is sent there stays on the page before it (204).
  hold: async ({ person, url }) => people.get(person).route(`${url}/**`, (route) => route.fulfill({ status: 204 })),
  release: async ({ person }) => people.get(person).unrouteAll(),
};

const tab_acts = {
  open: (page, { url }) => page.goto(url, { waitUntil: 'load' }),
  press: (page, { button }) => page.getByRole('button', { name: button, exact: true }).first().click({ noWaitAfter: true }),
  // A double click: the second one `pause` milliseconds later at the same place.
  twice: async (page, { button, pause }) => {
    const { x, y } = await page.getByRole('button', { name: button, exact: true }).boundingBox();
    await page.mouse.click(x + 9, y + 9);
    await setTimeout(pause);
    await page.mouse.click(x + 9, y + 9);
  },
  follow: (page, { link }) => page.getByRole('link', { name: link }).click({ noWaitAfter: true }),
  back: (page) => page.goBack(),
  again: (page) => page.reload(),
  show: () => {},
};
// These answer something else than what the tab shows.
const questions = {
  look: (page, { name }) => look(page, name),
  fields: async (page, { values }) => ({ fields: await page.evaluate(fields, values) }),
};

async function perform(step) {
  if (step.act in people_acts) return people_acts[step.act](step);
  const tab = tabs.get(step.tab);
  if (step.act in questions) return questions[step.act](tab.page, step);
  await tab_acts[step.act](tab.page, step);
  if (step.wait) await tab.page.getByText(step.wait).first().waitFor();
  return describe(tab);
}

for await (const line of createInterface({ input: process.stdin })) {
  try {
    say((await perform(JSON.parse(line))) ?? {});
  } catch (error) {
    const shown = tabs.get(JSON.parse(line).tab);
    say({ error: String(error), shows: shown && (await describe(shown).catch(String)) });
  }
}
await browser.close();
