"""A person with a browser that runs no scripts: keeps cookies, reads the forms of our pages and sends them."""

import html
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlencode, urlsplit

from support.credentials import register

FORM = "application/x-www-form-urlencoded"


class _Forms(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.forms, self.links = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        said = dict(attributes)
        if tag == "form":
            self.forms.append({"action": said["action"], "method": said.get("method", "get"), "fields": {}, "buttons": []})
        elif tag == "input" and self.forms:
            self.forms[-1]["fields"][said["name"]] = said.get("value", "")
        elif tag == "button" and self.forms:
            self.forms[-1]["buttons"].append((said.get("name"), said.get("value")))
        elif tag == "a":
            self.links.append(said.get("href"))


@dataclass
class Step:
    """What the browser shows now, or where it would go."""

    answer: object

    @property
    def text(self):
        return self.answer.body.decode()

    @property
    def forms(self):
        return _Forms(self.text).forms

    @property
    def goes_to(self):
        """A redirect's target, or that of a page that goes on by itself."""
        if (place := self.answer.header("Location")) is not None:
            return place
        found = re.search(r'http-equiv="refresh" content="\d+;\s*url=([^"]*)"', self.text)
        return html.unescape(found[1]) if found else None

    @property
    def parameters(self):
        """Of where it goes to; each came once."""
        found = parse_qs(urlsplit(self.goes_to).query, keep_blank_values=True, strict_parsing=True)
        assert all(len(values) == 1 for values in found.values()), found
        return {name: values[0] for name, values in found.items()}


class Person:
    """`ask(target, method, headers, body)` brings a request to our programs and gives an Answer of support.programs."""

    def __init__(self, ask):
        self.ask, self.cookies = ask, {}

    def _send(self, target, method="GET", headers=(), body=b""):
        pairs = list(headers)
        if self.cookies:
            pairs.append(("Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items())))
        answer = self.ask(target, method, pairs, body)
        for cookie in answer.all("Set-Cookie"):
            name, _, rest = cookie.partition("=")
            value = rest.split(";")[0]
            if "Max-Age=0" in cookie:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = register(value, "cookie")
        return Step(answer)

    def open(self, target, **parameters):
        return self._send(f"{target}?{urlencode(parameters)}" if parameters else target)

    def follow(self, step):
        parts = urlsplit(step.goes_to)
        return self._send(f"{parts.path}?{parts.query}" if parts.query else parts.path)

    def post(self, target, fields, headers=(("Sec-Fetch-Site", "same-origin"),)):
        return self._send(target, "POST", [("Content-Type", FORM), *headers], urlencode(fields).encode())

    def send(self, step, form=0, button=None, **more):
        """Sends a form of the page by one of its buttons (name, value)."""
        one = step.forms[form]
        fields = {**one["fields"], **(dict([button]) if button else {}), **more}
        return self.post(one["action"], fields)

    def allow(self, step):
        return self.send(step, button=("decision", "allow"))

    def deny(self, step):
        return self.send(step, button=("decision", "deny"))
