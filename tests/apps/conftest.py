"""Fixtures of the program tests: each program by itself, as plain CGI and as FastCGI, with settings of the test's own."""

import json
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.programs import Program, fastcgi, run_cgi, short_directory  # noqa: E402
from support.tokens import TokenMaker, key_set  # noqa: E402

ISSUER = "https://idp.example.net/t1"
RESOURCE = "https://mcp.example.com/mcp"


@pytest.fixture(scope="session")
def maker():
    with TokenMaker() as tokens:
        yield tokens


@pytest.fixture(scope="session")
def key(maker):
    return maker.key("ES256", "key-1")


class Room:
    """A place for one set of settings: a state directory, a key file, and programs that are asked one request at a time."""

    def __init__(self, directory, key, maker, stack):
        self.directory, self.key, self.maker, self.stack = Path(directory), key, maker, stack
        self.state = self.directory / "state"
        self.state.mkdir(mode=0o700)
        self.keys = self.directory / "jwks.json"
        self.keys.write_text(json.dumps(key_set(key)))
        self.config = self.directory / "gatehouse.conf"
        self.running = {}
        self.settings(f"issuer {ISSUER} {{ keys_file {self.keys}; }}\nresource {RESOURCE} {{\n\trequire_scopes mcp:read\n\tallow any\n}}\n")

    def settings(self, text, **mode):
        self.config.write_text(f"state_directory {self.state}\n{text}")

    def token(self, header=None, key=None, algorithm=None, **changes):
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": RESOURCE, "sub": "alice", "client_id": "client-1", "iat": now, "exp": now + 3600, "scope": "mcp:read",
                  **changes}
        return self.maker.sign(key or self.key, {name: value for name, value in claims.items() if value is not None}, header, algorithm=algorithm)

    def program(self, name, processes=1):
        """The FastCGI process of that program, started when it is first wanted."""
        if name not in self.running:
            sockets = self.stack.enter_context(short_directory())
            self.running[name] = self.stack.enter_context(
                Program(name, sockets_dir=sockets, config=self.config, processes=processes, log=self.directory / f"{name}.log"))
        return self.running[name]

    def log(self, name="auth-check"):
        return (self.directory / f"{name}.log").read_text(errors="replace")

    def ask(self, program, target, method="GET", headers=(), body=b"", *, way="fastcgi", host="mcp.example.com", role="responder", **variables):
        """`headers` is a dict or a list of pairs; `variables` are further request variables."""
        pairs = list({"REQUEST_METHOD": method, "REQUEST_URI": target, "SERVER_NAME": host, "REMOTE_ADDR": "192.0.2.1", **variables}.items())
        for name, value in headers.items() if isinstance(headers, dict) else headers:
            variable = name.upper().replace("-", "_")
            pairs.append((variable if variable in ("CONTENT_TYPE",) else f"HTTP_{variable}", value))
        if body:
            pairs.append(("CONTENT_LENGTH", str(len(body))))
        if way == "cgi":
            return run_cgi(program, dict(pairs), body, ["-c", self.config])
        if role == "authorizer":
            pairs.append(("FCGI_ROLE", "AUTHORIZER"))
        process = self.program(program)
        try:
            return fastcgi(process.socket, pairs, body, role=role)
        except ConnectionError as broken:
            raise AssertionError(f"{program} gave no answer; its log: {process.tail()}") from broken

    def check(self, token=None, method="POST", target="/mcp", headers=(), **more):
        """Asks auth-check in the voice `forward` unless GATEHOUSE_VOICE says otherwise."""
        pairs = list(headers.items() if isinstance(headers, dict) else headers)
        if token is not None:
            pairs.append(("Authorization", f"Bearer {token}"))
        return self.ask("auth-check", target, method, pairs, **more)


@pytest.fixture
def room(tmp_path, key, maker):
    with ExitStack() as stack:
        yield Room(tmp_path, key, maker, stack)


@pytest.fixture(params=["cgi", "fastcgi"])
def way(request):
    return request.param
