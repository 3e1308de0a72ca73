"""Runs gatehouse programs without a front server: behind a socket, as plain CGI, and a FastCGI client to talk to them."""

import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from support.credentials import keep, seen_page, seen_words, sent
from support.processes import ROOT, Process, environment, wait_for_socket

NAMES = ("protected-resource-metadata", "authorization-server-metadata", "client-registration", "auth-check")

# FastCGI 1.0, section 8.
BEGIN_REQUEST, ABORT_REQUEST, END_REQUEST, PARAMS, STDIN, STDOUT, STDERR = range(1, 8)
ROLES = {"responder": 1, "authorizer": 2}
PIECE = 65528  # the most that fits into one record, a multiple of eight


def program_path(name) -> Path:
    """Where the program is: GATEHOUSE_BIN (say, the sanitizer build) or the release build. A path stays as it is."""
    if os.sep in str(name):
        return Path(name)
    return Path(os.environ.get("GATEHOUSE_BIN", ROOT / "build" / "release" / "bin")) / name


@contextmanager
def short_directory():
    """A temporary directory with a short name: a unix socket's path has room for 107 bytes. Logs in it outlive it."""
    with tempfile.TemporaryDirectory(prefix="gh-") as name:
        try:
            yield Path(name)
        finally:
            keep(name)


@dataclass
class Answer:
    """What a program answered: as CGI (RFC 3875 6) or by FastCGI."""

    status: int
    headers: list
    body: bytes
    errors: str = ""
    raw: bytes = field(default=b"", repr=False)

    def all(self, name) -> list:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name):
        """The one value of that header, None if there is none; two of them are an error."""
        values = self.all(name)
        assert len(values) < 2, f"{name} came {len(values)} times"
        return values[0] if values else None


def parse_answer(raw: bytes, errors="") -> Answer:
    head, end, body = raw.partition(b"\r\n\r\n")
    assert end, f"no end of headers in {raw[:200]!r}; {errors}"
    headers = []
    for line in head.decode("latin-1").split("\r\n"):
        name, colon, value = line.partition(":")
        assert colon, f"not a header: {line!r}"
        headers.append((name, value.strip(" \t")))
    status = [value for name, value in headers if name.lower() == "status"]
    assert len(status) < 2, f"{len(status)} Status headers"
    answer = Answer(int(status[0].split()[0]) if status else 200, headers, body, errors, raw)
    seen_page(answer.status, raw)
    return answer


def _note_credentials(env):
    for name, value in env.items() if hasattr(env, "items") else env:
        if name.startswith("HTTP_"):
            sent(name[len("HTTP_"):], value)
        elif name == "REQUEST_URI":
            sent("target", value)


def run_cgi(program, env: dict, body: bytes = b"", arguments=()) -> Answer:
    """Runs the program once as plain CGI. CONTENT_LENGTH is set unless `env` has it."""
    variables = environment(GATEWAY_INTERFACE="CGI/1.1")
    if body:
        variables["CONTENT_LENGTH"] = str(len(body))
    variables.update(env)
    _note_credentials(env)
    done = subprocess.run([str(program_path(program)), *map(str, arguments)], input=body, env=variables,
                          capture_output=True, timeout=60, check=False)
    seen_words(done.stderr)
    errors = done.stderr.decode(errors="replace")
    assert done.returncode == 0, f"{program} ended with {done.returncode}: {errors}"
    return parse_answer(done.stdout, errors)


def run_command(program, *words, before=(), **variables) -> subprocess.CompletedProcess:
    """Runs the program as people do, say with -t; stdout and stderr are texts. `before` is a command that runs it."""
    done = subprocess.run([*before, program_path(program).resolve(), *words], env=environment(**variables), stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=60, check=False)
    seen_words(done.stdout + done.stderr)
    done.stdout, done.stderr = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    return done


def record(kind: int, content: bytes = b"") -> bytes:
    """One record of FastCGI; an empty one ends a stream."""
    return struct.pack(">BBHHBx", 1, kind, 1, len(content), 0) + content


def _stream(kind: int, content: bytes) -> bytes:
    """The content in as many records as it takes, and the empty one that ends a stream."""
    pieces = [content[i:i + PIECE] for i in range(0, len(content), PIECE)]
    return b"".join(record(kind, piece) for piece in [*pieces, b""])


def _length(n: int) -> bytes:
    return struct.pack(">B", n) if n < 128 else struct.pack(">I", n | 0x80000000)


def _pairs(env) -> bytes:
    """Name-value pairs of a dict or of a list of pairs; a list may have a name twice."""
    out = []
    for name, value in env.items() if hasattr(env, "items") else env:
        key, text = str(name).encode("latin-1"), str(value).encode("latin-1")
        out.append(_length(len(key)) + _length(len(text)) + key + text)
    return b"".join(out)


def _exactly(stream, n: int) -> bytes:
    data = stream.read(n)
    if len(data) < n:
        raise ConnectionError("the program closed the connection before the end of its answer")
    return data


def fastcgi_head(env, role="responder") -> bytes:
    """A request up to its body."""
    _note_credentials(env)
    return record(BEGIN_REQUEST, struct.pack(">HB5x", ROLES[role], 0)) + _stream(PARAMS, _pairs(env))


def fastcgi_answer(connection: socket.socket) -> Answer:
    """All that the program answers to the one request of this connection."""
    out, errors = b"", b""
    with connection.makefile("rb") as stream:
        while True:
            _, kind, _, length, padding = struct.unpack(">BBHHBx", _exactly(stream, 8))
            content = _exactly(stream, length + padding)[:length]
            if kind == STDOUT:
                out += content
            elif kind == STDERR:
                errors += content
            elif kind == END_REQUEST:
                seen_words(errors)
                return parse_answer(out, errors.decode(errors="replace"))


def fastcgi(path, env, body: bytes = b"", role="responder", timeout=60) -> Answer:
    """One request over the unix socket `path`. An authorizer gets no STDIN at all, as front servers do it."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(timeout)
        connection.connect(str(path))
        stdin = _stream(STDIN, body) if role == "responder" else b""
        connection.sendall(fastcgi_head(env, role) + stdin)
        return fastcgi_answer(connection)


class Program(Process):
    """A program behind the unix socket `.socket`, run by spawn-fcgi and multiwatch in `processes` copies. `before` runs them."""

    def __init__(self, program, *, sockets_dir, config=None, processes=2, name=None, env=None, log=None, before=()):
        path = program_path(program)
        self.socket = Path(sockets_dir) / f"{name or path.name}.sock"
        assert path.is_file(), f"{path} is missing: build it first"
        # spawn-fcgi does not search PATH.
        multiwatch = shutil.which("multiwatch", path=environment()["PATH"])
        assert multiwatch, "multiwatch is missing: run bin/install-packages check"
        super().__init__(
            [*before, "spawn-fcgi", "-n", "-s", self.socket, "-M", "0660", "-b", "1024", "--",
             multiwatch, "-f", processes, "--", path, *(["-c", config] if config else [])],
            log=log or self.socket.with_suffix(".log"), env=environment(**(env or {})))
        try:
            wait_for_socket(self.socket, self)
        except BaseException:
            self.stop()
            raise


    def _signal(self, number):
        """
        Only multiwatch is asked to end, and ends its processes. Were all asked at once, it could see one of them end
        first, start another, and lose that one's signal between fork and exec.
        """
        if number == signal.SIGTERM:
            os.kill(self.pid, number)
        else:
            super()._signal(number)


class Programs:
    """Several programs on sockets in one directory; a mapping from name to Program."""

    def __init__(self, sockets_dir, config, names=NAMES, processes=2, env=None, before=()):
        self.sockets_dir = Path(sockets_dir)
        self._running = {}
        try:
            for name in names:
                self._running[name] = Program(name, sockets_dir=sockets_dir, config=config, processes=processes, env=env,
                                              before=before)
        except BaseException:
            self.stop()
            raise

    def __getitem__(self, name) -> Program:
        return self._running[name]

    def stop(self):
        for program in self._running.values():
            program.stop()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
