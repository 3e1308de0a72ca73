"""An HTTP server in the place of an MCP server: answers anything and remembers every request that reached it."""

import http.server
import threading
from dataclasses import dataclass, field

EVENT = "data: {}\n\n"


@dataclass
class Seen:
    """One request, as it came over the wire. `complete` once the whole body was there."""

    line: str
    headers: list = field(default_factory=list)
    body: bytes = b""
    complete: bool = False

    def all(self, name) -> list:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name):
        values = self.all(name)
        assert len(values) < 2, f"{name} came {len(values)} times: {values}"
        return values[0] if values else None


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60
    disable_nagle_algorithm = True

    def parse_request(self):
        # Here, so that a request is remembered even if it turns out to be none.
        self.seen = Seen(self.raw_requestline.decode("latin-1").rstrip("\r\n"))
        self.server.recorder.requests.append(self.seen)
        if not super().parse_request():
            return False
        self.seen.headers = list(self.headers.items())
        return True

    def __getattr__(self, name):
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def answer(self):
        self.read_body()
        if self.path.startswith("/stream"):
            self.stream()
            return
        content = b"" if self.command == "HEAD" else b"reached"
        self.head([("Content-Type", "text/plain"), ("Content-Length", len(content))])
        self.wfile.write(content)

    def head(self, headers):
        self.send_response(200)
        more = [("X-From", "mcp"), ("Vary", "Accept"), ("Access-Control-Allow-Origin", "*"),
                ("Access-Control-Allow-Credentials", "true"), ("Mcp-Session-Id", "session-1")]
        for name, value in [*headers, *more]:
            self.send_header(name, str(value))
        self.end_headers()

    def read_body(self):
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while size := int(self.rfile.readline(), 16):
                self.seen.body += self.rfile.read(size)
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass
        else:
            length = int(self.headers.get("Content-Length") or 0)
            self.seen.body = self.rfile.read(length)
            if len(self.seen.body) < length:
                raise ConnectionError("the body broke off")
        self.seen.complete = True

    def stream(self):
        """Two events; the second only after somebody set `release`."""
        self.close_connection = True
        self.head([("Content-Type", "text/event-stream"), ("Cache-Control", "no-cache"), ("Connection", "close")])
        self.wfile.write(EVENT.format("first").encode())
        if self.server.recorder.release.wait(60):
            self.wfile.write(EVENT.format("second").encode())

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_):
        """A connection that broke off: what came of it is remembered, that is enough."""


class Recorder:
    """`requests` is what reached it since the last forget(); `release` lets /stream send its second event."""

    def __init__(self):
        self.requests = []
        self.release = threading.Event()
        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.recorder = self
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def forget(self):
        self.requests = []
        self.release.clear()

    def only(self) -> Seen:
        """The one request that reached it."""
        assert len(self.requests) == 1, [seen.line for seen in self.requests]
        return self.requests[0]

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.release.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
