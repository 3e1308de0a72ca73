"""A provider that does exactly what a test says, above all what a good one never does; it counts what it is asked."""

import http.server
import json
import socket
import ssl
import threading
from collections import defaultdict
from dataclasses import dataclass, field

DISCOVERY = "/.well-known/openid-configuration"
KEYS = "/jwks"


@dataclass
class Answer:
    """
    What one request gets. A dict or list as `body` is sent as JSON, bytes as they are; anything else that can be
    iterated is sent piece by piece, without a length. The answer waits for the event `after`, if there is one.
    `cut`: the connection is closed after that many bytes of the body, though more were promised.
    """

    status: int = 200
    body: object = b""
    headers: dict = field(default_factory=dict)
    after: threading.Event = None
    cut: int = None


def html(text="<!doctype html><title>Log in</title>", status=200) -> Answer:
    """A login page in the place of a document."""
    return Answer(status, text.encode(), {"Content-Type": "text/html; charset=utf-8"})


def redirect(location, status=302) -> Answer:
    return Answer(status, b"", {"Location": location})


def endless(piece=b" " * 65536) -> Answer:
    """A body that never ends; it stops when the reader goes away."""
    return Answer(body=iter(lambda: piece, None), headers={"Content-Type": "application/json"})


@dataclass
class Request:
    method: str
    path: str
    headers: list
    body: bytes

    def header(self, name):
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class ScriptedProvider:
    """
    A context manager. `answers[path]` is a list of Answers: each is used once, the last one for ever; a path without
    answers is 404. `requests` is what was asked. `tls` is a certificates.Pair (https) or None (http).
    """

    def __init__(self, *, tls=None):
        self.answers = defaultdict(list)
        self.requests = []
        self.stopped = threading.Event()
        self._changed = threading.Condition()
        self._tls = None
        if tls:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(*tls)
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.provider = self
        self.port = self._server.server_address[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def script(self, path, *answers):
        """Replaces what `path` answers."""
        with self._changed:
            self.answers[path] = list(answers)

    def behave(self, key_set, **metadata):
        """Makes it a good provider: a discovery document (members replaced or added by `metadata`) and its keys."""
        document = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}{KEYS}",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
            **metadata,
        }
        self.script(DISCOVERY, Answer(body=document))
        self.script(KEYS, Answer(body=key_set))

    def never(self) -> Answer:
        """An answer that does not come while this provider runs."""
        return Answer(after=self.stopped)

    def count(self, path=None) -> int:
        return len([one for one in self.requests if path is None or one.path.split("?")[0] == path])

    def wait_for(self, path, count=1, timeout=20.0):
        """Returns as soon as `path` was asked for `count` times."""
        with self._changed:
            came = self._changed.wait_for(lambda: self.count(path) >= count, timeout)
        assert came, f"{path} was asked for {self.count(path)} times, not {count}"

    def take(self, request: Request) -> Answer:
        """Remembers the request and gives the answer whose turn it is."""
        with self._changed:
            self.requests.append(request)
            self._changed.notify_all()
            waiting = self.answers.get(request.path.split("?")[0])
            if not waiting:
                return Answer(404, b"not here", {"Content-Type": "text/plain"})
            return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    def wrap(self, connection) -> socket.socket:
        connection.settimeout(60)
        return self._tls.wrap_socket(connection, server_side=True) if self._tls else connection

    def stop(self):
        """From now on connections are refused."""
        if not self.stopped.is_set():
            self.stopped.set()
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.stop()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        # Here and not at accept(): a slow handshake must not keep the others waiting.
        self.request = self.server.provider.wrap(self.request)
        super().setup()

    def answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        request = Request(self.command, self.path, list(self.headers.items()), self.rfile.read(length))
        answer = self.server.provider.take(request)
        if answer.after:
            answer.after.wait()
        if self.server.provider.stopped.is_set():
            self.close_connection = True
            return
        self._send(answer)

    do_GET = do_POST = do_HEAD = do_PUT = do_DELETE = do_OPTIONS = answer

    def _send(self, answer):
        headers, body = dict(answer.headers), answer.body
        if isinstance(body, (dict, list)):
            headers.setdefault("Content-Type", "application/json")
            body = json.dumps(body).encode()
        whole = isinstance(body, bytes)
        if whole:
            headers.setdefault("Content-Length", len(body))
        if not whole or answer.cut is not None:
            headers.setdefault("Connection", "close")
            self.close_connection = True
        self.send_response(answer.status)
        for name, value in headers.items():
            self.send_header(name, str(value))
        self.end_headers()
        if self.command == "HEAD":
            return
        for piece in [body[:answer.cut]] if whole else body:
            self.wfile.write(piece)

    def log_message(self, *_):
        """`requests` is the log."""


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    # A handler may wait for ever on purpose; stop() does not wait with it.
    block_on_close = False

    def handle_error(self, *_):
        """A reader that went away, or a handshake that failed: both are what tests are for."""
