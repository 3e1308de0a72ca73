// SPDX-License-Identifier: MIT
// A person's browser without scripts and without a screen: it keeps cookies, follows redirects, and presses "Allow" (or
// "Deny") where it is asked.

const NAMED = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decode(text) {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (all, hex, number, name) =>
    name ? (NAMED[name] ?? all) : String.fromCodePoint(hex ? parseInt(hex, 16) : Number(number)));
}

function attributes(tag) {
  return Object.fromEntries([...tag.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name, value]) => [name, decode(value)]));
}

function tags(html, name) {
  return [...html.matchAll(new RegExp(`<${name}\\b[^>]*>`, 'g'))].map(([tag]) => attributes(tag));
}

/** The form with a button of that name, as it is sent by pressing the one with that value. */
function filledForm(html, button, value) {
  for (const [whole, head] of html.matchAll(/(<form\b[^>]*>)[\s\S]*?<\/form>/g)) {
    const pressed = tags(whole, 'button').find((one) => one.name === button && (value === undefined || one.value === value));
    if (!pressed) continue;
    const fields = new URLSearchParams(tags(whole, 'input').filter((one) => one.name).map((one) => [one.name, one.value ?? '']));
    fields.append(pressed.name, pressed.value);
    return { ...attributes(head), fields };
  }
  return undefined;
}

/** Where the page leads on by itself. */
function onward(html) {
  return tags(html, 'meta').find((one) => one['http-equiv'] === 'refresh')?.content?.replace(/^\d+;\s*url=/i, '');
}

/** Cookies as RFC 6265 has them: those of a host are for all its ports. */
class CookieJar {
  #cookies = new Map();

  header(url) {
    return [...this.#cookies.values()]
      .filter(({ host, path, secure }) => host === url.hostname && url.pathname.startsWith(path) && (!secure || url.protocol === 'https:'))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
  }

  keep(url, response) {
    for (const line of response.headers.getSetCookie()) {
      const [pair, ...rest] = line.split(/;\s*/);
      const at = pair.indexOf('=');
      const said = Object.fromEntries(rest.map((one) => one.split(/=(.*)/s)).map(([name, value]) => [name.toLowerCase(), value ?? '']));
      const cookie = { name: pair.slice(0, at), value: pair.slice(at + 1), host: url.hostname, path: said.path ?? '/', secure: 'secure' in said };
      if (cookie.name.startsWith('__Host-') && (cookie.path !== '/' || !cookie.secure || 'domain' in said || url.protocol !== 'https:'))
        throw new Error(`a browser would not take the cookie ${cookie.name}`);
      const key = [cookie.host, cookie.path, cookie.name].join(' ');
      const over = said['max-age'] !== undefined ? Number(said['max-age']) <= 0 : said.expires !== undefined && Date.parse(said.expires) <= Date.now();
      if (over) this.#cookies.delete(key);
      else this.#cookies.set(key, cookie);
    }
  }
}

export class Browser {
  #jar = new CookieJar();
  #fetch;

  /** What was done at pages: {url, button}. */
  pressed = [];

  constructor(fetch = globalThis.fetch) {
    this.#fetch = fetch;
  }

  /** Follows redirects, answers consent with `decision`. `end`: stops before a URL that starts so; no: at a page without a question. */
  async visit(start, { end, decision = 'allow' } = {}) {
    let url = new URL(start);
    let request = {};
    for (let hop = 0; hop < 30; hop++) {
      const headers = { ...request.headers, cookie: this.#jar.header(url) };
      const response = await this.#fetch(url, { redirect: 'manual', method: request.method ?? 'GET', body: request.body, headers });
      this.#jar.keep(url, response);
      const text = await response.text();
      const is_page = response.headers.get('content-type')?.startsWith('text/html');
      const form = is_page ? filledForm(text, 'decision', decision) : undefined;
      let next = response.headers.get('location') ?? (is_page ? onward(text) : undefined);
      request = {};
      if (form) {
        this.pressed.push({ url: url.origin + url.pathname, button: decision });
        next = form.action;
        // As the pages' "Referrer-Policy: no-referrer" makes browsers do.
        const site = { origin: 'null', 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' };
        request = { method: 'POST', body: form.fields.toString(), headers: site };
      }
      if (!next) return { url, status: response.status, text };
      url = new URL(next, url);
      if ((end && url.href.startsWith(end)) || !/^https?:$/.test(url.protocol)) return { url };
    }
    throw new Error('the browser went round in circles');
  }
}
