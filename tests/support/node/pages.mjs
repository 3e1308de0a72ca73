// SPDX-License-Identifier: MIT
// A browser without windows visits pages and says what it finds there, a line for each visit:
//   {url, width, height, scheme, scripts, measure, picture, audit, tabs, focused, click, press, wait, complaint, request}
// `picture` and `focused` are names of screenshots, before and after `tabs`, which presses Tab that often and tells where the focus
// is each time. `audit` lets axe judge the page. `click` is the name of a button, `press` a key. Then it waits for what is named of:
// a text (`wait`), what the browser complains of (`complaint`), the start of a URL that is asked for (`request`).
import { chromium } from 'playwright-core';
import { audit } from './judge.mjs';
import { say, settings } from './lines.mjs';

const describe = () => {
  const element = document.activeElement;
  const style = getComputedStyle(element);
  return { tag: element.tagName.toLowerCase(), name: element.textContent.trim(), outline: `${style.outlineStyle} ${style.outlineWidth}` };
};

async function tabs(page, times) {
  const stops = [];
  for (let i = 0; i < times; i += 1) {
    await page.keyboard.press('Tab');
    stops.push(await page.evaluate(describe));
  }
  return stops;
}

const measure = () => ({
  title: document.title,
  width: document.documentElement.scrollWidth,
  room: document.documentElement.clientWidth,
  // What sticks out of the page without making it wider is cut off, which is no better.
  outside: [...document.querySelectorAll('body *')].filter((element) => {
    const box = element.getBoundingClientRect();
    return !element.closest('.unseen') && (box.left < 0 || box.right > document.documentElement.clientWidth + 0.5);
  }).map((element) => element.outerHTML.slice(0, 80)),
  ground: getComputedStyle(document.body).backgroundColor,
  font: getComputedStyle(document.body).fontSize,
  elements: [...new Set([...document.querySelectorAll('*')].map((element) => element.tagName.toLowerCase()))],
  // Buttons and links that look like them, for fingers.
  heights: [...document.querySelectorAll('button, .button')].map((element) => element.getBoundingClientRect().height),
  styled: getComputedStyle(document.querySelector('main') ?? document.body).maxWidth,
});

async function act(page, visit) {
  if (visit.click) await page.getByRole('button', { name: visit.click }).click({ noWaitAfter: true });
  if (visit.press) await page.keyboard.press(visit.press);
  if (visit.wait) await page.getByText(visit.wait).first().waitFor();
}

/** What the visit ends with; asked for before it begins, so that nothing is missed. */
function awaited(page, visit) {
  const events = [];
  if (visit.complaint) events.push(page.waitForEvent('console', (message) => message.text().includes(visit.complaint)));
  if (visit.request) events.push(page.waitForRequest((request) => request.url().startsWith(visit.request)));
  return Promise.all(events);
}

async function visit(browser, wanted) {
  const context = await browser.newContext({
    viewport: { width: wanted.width ?? 1000, height: wanted.height ?? 800 },
    colorScheme: wanted.scheme ?? 'light',
    javaScriptEnabled: wanted.scripts ?? true,
    deviceScaleFactor: wanted.width && wanted.width < 500 ? 2 : 1,
  });
  const page = await context.newPage();
  const found = { url: wanted.url, complaints: [], requests: [] };
  page.setDefaultTimeout(15000);
  page.on('console', (message) => found.complaints.push(message.text()));
  page.on('pageerror', (error) => found.complaints.push(String(error)));
  page.on('dialog', (dialog) => { found.complaints.push(`dialog: ${dialog.message()}`); return dialog.dismiss(); });
  page.on('request', (request) => found.requests.push(request.url()));
  const end = awaited(page, wanted);
  await page.goto(wanted.url, { waitUntil: 'load' });
  if (wanted.measure) found.measure = await page.evaluate(measure);
  if (wanted.picture) await page.screenshot({ path: `${settings.pictures}/${wanted.picture}.png`, fullPage: true });
  if (wanted.tabs) found.stops = await tabs(page, wanted.tabs);
  if (wanted.focused) await page.screenshot({ path: `${settings.pictures}/${wanted.focused}.png`, fullPage: true });
  if (wanted.audit) found.audit = await audit(page);
  await act(page, wanted);
  await end;
  found.landed = page.url();
  await context.close();
  return found;
}

const browser = await chromium.launch({ executablePath: settings.browser, args: ['--no-sandbox', '--disable-gpu'] });
try {
  for (const wanted of settings.visits) say(await visit(browser, wanted));
} finally {
  await browser.close();
}
