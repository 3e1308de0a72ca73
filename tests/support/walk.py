"""A real browser, step by step: people with cookies of their own, and their tabs. See node/walk.mjs."""

import base64
import hashlib
import itertools
import json
import select
import subprocess

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from support.credentials import register
from support.node import node_environment, script_command
from support.pages import browser_settings

# Some answers come in two pieces, but a step takes no longer than this.
SECONDS = 40


def key_digest(certificate) -> str:
    """By which Chromium is told to trust that server's key, and no other that its authorities don't know."""
    key = x509.load_pem_x509_certificate(certificate.read_bytes()).public_key()
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(spki).digest()).decode()


class Chromium:
    """`trusted`: files of the certificates of servers that speak https. What it prints besides its answers goes to `log`."""

    def __init__(self, directory, trusted):
        self.log, self.numbers = directory / "chromium.log", itertools.count()
        command = script_command("walk.mjs", {**browser_settings(), "trusted": [key_digest(file) for file in trusted]})
        with open(self.log, "ab") as log:
            self.popen = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=node_environment())

    def do(self, act, **step):
        self.popen.stdin.write(json.dumps({"act": act, **step}).encode() + b"\n")
        self.popen.stdin.flush()
        ready, _, _ = select.select([self.popen.stdout], [], [], SECONDS)
        line = self.popen.stdout.readline() if ready else b""
        assert line, (act, step, self.log.read_text(errors="replace")[-2000:])
        answer = json.loads(line)
        assert "error" not in answer, (act, step, answer)
        return answer

    def person(self, **settings):
        return Surfer(self, next(self.numbers), settings)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.popen.stdin.close()
        try:
            self.popen.wait(10)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()


class Surfer:
    """A person with a browser that nobody else uses. `scripts`: False where they are switched off."""

    def __init__(self, chromium, number, settings):
        self.chromium, self.number = chromium, number
        chromium.do("person", person=number, **settings)

    def tab(self):
        return Tab(self)

    def do(self, act, **step):
        return self.chromium.do(act, person=self.number, **step)

    def cookies(self) -> dict:
        found = {cookie["name"]: cookie for cookie in self.do("cookies")["cookies"]}
        for cookie in found.values():
            register(cookie["value"], "cookie")
        return found

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.do("leave")


class Tab:
    """
    After each step: `url`, `status`, `title`, `text`, `frames`; `hops`, all addresses so far, `programs`, those of other schemes that
    a program on the device would open, and `complaints` of the browser.
    """

    def __init__(self, surfer):
        self.chromium, self.number = surfer.chromium, next(surfer.chromium.numbers)
        surfer.do("tab", tab=self.number)
        self.url = self.status = self.title = self.text = self.frames = self.complaints = self.hops = self.programs = None

    def ask(self, act, **step):
        return self.chromium.do(act, tab=self.number, **step)

    def _go(self, act, **step):
        vars(self).update(self.ask(act, **step))
        return self

    def open(self, url, wait=None):
        return self._go("open", url=url, wait=wait)

    def press(self, button, wait=None):
        return self._go("press", button=button, wait=wait)

    def press_twice(self, button, pause, wait):
        return self._go("twice", button=button, pause=pause, wait=wait)

    def follow(self, link, wait):
        return self._go("follow", link=link, wait=wait)

    def back(self, wait=None):
        return self._go("back", wait=wait)

    def show(self, wait=None):
        return self._go("show", wait=wait)

    def fields(self, **values) -> dict:
        """Of the page's forms, hidden ones too; `values` replaces some."""
        return self.ask("fields", values=values)["fields"]

    def look(self, name):
        """Keeps pictures, and finds nothing wrong with the page."""
        faults = [one for one in self.ask("look", name=name)["faults"] if one["impact"] in ("serious", "critical")]
        assert faults == [], (name, faults)
