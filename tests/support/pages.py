"""The pages that a person sees, served with their headers, and a real browser that looks at them."""

import http.server
import json
import ssl
import subprocess
import threading
from pathlib import Path
from urllib.parse import parse_qs

from support.building import built
from support.node import node_environment, script_command
from support.processes import ROOT, TOOLS

# What a run leaves to be looked at.
PICTURES = ROOT / "build" / "tests" / "pages"
BROWSERS = (TOOLS / "chromium-headless-shell", Path("/usr/bin/chromium-headless-shell"))


class Site:
    """
    A web server on 127.0.0.1: GET answers with the page of that name, POST with `answer`, (status, place or page). `forms` are
    the forms that came, as (path, fields, headers); `visits` the paths of all GETs, `asked` the same with their queries. `tls` is a
    certificates.Pair (https) or None.
    """

    def __init__(self, pages=None, tls=None):
        self.pages = Path(pages) if pages else None
        self.answer = (303, "/")
        self.forwards = {}  # path: place that a GET of it is sent on to
        self.forms, self.visits, self.asked = [], [], []
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                path = self.path.partition("?")[0]
                site.visits.append(path)
                site.asked.append(self.path)
                if path in site.forwards:
                    self.reply(302, [("Location", site.forwards[path])])
                else:
                    self.page(path.strip("/"))

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                site.forms.append((self.path, {name: values[0] for name, values in parse_qs(body).items()}, dict(self.headers)))
                status, where = site.answer
                if status == 200:
                    self.page(where)
                else:
                    self.reply(status, [("Location", where)])

            def page(self, name):
                file = site.pages / f"{name}.html" if site.pages else None
                if file and file.is_file():
                    headers = [line.split(": ", 1) for line in (site.pages / f"{name}.headers").read_text().splitlines()]
                    self.reply(200, headers, file.read_bytes())
                else:
                    self.reply(200, [("Content-Type", "text/html")], b"<!DOCTYPE html><html lang=en><title>arrived</title><h1>arrived</h1></html>")

            def reply(self, status, headers, body=b""):
                self.send_response(status)
                for name, value in [*headers, ("Content-Length", str(len(body)))]:
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def forget(self):
        self.forms.clear()
        self.visits.clear()
        self.asked.clear()
        self.forwards.clear()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def write_pages(directory, client, login):
    """Makes the pages, on the sanitized build."""
    subprocess.run([built("pages"), directory, client, login], check=True, timeout=60)


def browser_settings() -> dict:
    """What every script with a browser is told."""
    browser = next((file for file in BROWSERS if file.is_file()), None)
    assert browser, "the browser is missing: run bin/install-packages check"
    PICTURES.mkdir(parents=True, exist_ok=True)
    return {"browser": str(browser), "pictures": str(PICTURES)}


def browse(visits) -> list:
    """What the browser finds at each of the visits, in their order; see node/pages.mjs."""
    done = subprocess.run(script_command("pages.mjs", {**browser_settings(), "visits": visits}),
                          capture_output=True, text=True, check=False, env=node_environment(), timeout=240)
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert len(found) == len(visits), done.stdout
    return found
