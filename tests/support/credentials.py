"""
Every credential that the tests use, and the search for them. The harness registers what it makes, sends or is given;
tests/lint/leaks looks for all of it in what the test run left behind.

A suite has a folder, that of the file which GATEHOUSE_TEST_CREDENTIALS names:
  credentials     one JSON object a line: kind, value
  pages/*.log     every answer with a status of 400 or more, and what programs said on the way of their answer
  kept/           files from folders that are gone by now
Without that variable nothing is written, and register() only checks.
"""

import base64
import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

SHORTEST = 12  # a shorter value stands somewhere by chance
PIECE = 24  # of a token's part: long enough to be its own, short enough that a cut one is found
OPAQUE = 128  # of any other value
TOKEN = re.compile(r"[\w-]+\.([\w-]+)\.([\w-]*)", re.ASCII)

_known = set()
_lock = threading.Lock()


# ---- what the harness writes down -------------------------------------------------------------------------------

def _register():
    named = os.environ.get("GATEHOUSE_TEST_CREDENTIALS")
    return Path(named) if named else None


def _append(file, data: bytes):
    """In one write, since threads and processes share the file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, data)
    finally:
        os.close(descriptor)


def register_many(values, kind):
    fresh = []
    for value in values:
        if len(value) < SHORTEST or "\n" in value:
            raise ValueError(f"a {kind} of {len(value)} characters, {value!r}: too short to be searched for, or more than one line; take another")
        with _lock:
            if value in _known:
                continue
            _known.add(value)
        fresh.append(json.dumps({"kind": kind, "value": value}) + "\n")
    if fresh and (file := _register()):
        _append(file, "".join(fresh).encode())


def register(value, kind) -> str:
    """Remembers a credential that may appear nowhere, and returns it."""
    register_many([value], kind)
    return value


def secret_file(file, value, kind="client secret", mode=0o600) -> Path:
    """Writes the secret into a file of its own, as settings name them."""
    file.write_text(register(value, kind) + "\n")
    file.chmod(mode)
    return file


def sent(name, value):
    """Registers what a header, or the query of a target, carries as a credential. Nonsense is none: short, or aaaa..."""
    found = []
    if name.lower().replace("_", "-") in ("authorization", "proxy-authorization"):
        words = re.split(r"[\s,]+", value)
        found = [(word, "credential of a request") for word in words]
        if words[0].lower() == "basic" and len(words) == 2:
            try:
                found.append((base64.b64decode(words[1], validate=True).decode().partition(":")[2], "password"))
            except ValueError:
                pass
    elif name == "target":
        found = [(word, "token in a query") for word in re.findall(r"[?&]access_token=([^&\s]*)", value)]
    for word, kind in found:
        if len(word) >= SHORTEST and len(set(word)) > 5:
            register(word, kind)


def seen_page(status, raw: bytes):
    """Keeps an answer if it is an error page."""
    if status >= 400:
        seen_words(raw)


def seen_words(raw: bytes):
    """Keeps what a program said where no log file is, as on its standard error."""
    if raw and (file := _register()):
        _append(file.parent / "pages" / f"{os.getpid()}.log", raw + b"\n")


def keep(directory):
    """Copies the files of a folder that is about to go; not sockets and pipes."""
    if not (register_file := _register()):
        return
    target = register_file.parent / "kept" / f"{Path(directory).name}-{os.urandom(4).hex()}"
    for file in Path(directory).rglob("*"):
        if file.is_file() and not file.is_symlink():
            copy = target / file.relative_to(directory)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)


# ---- the search -------------------------------------------------------------------------------------------------

class Finding(NamedTuple):
    file: str
    line: int
    kind: str


def read_register(file) -> dict:
    """{value: kind}"""
    known = {}
    with open(file, encoding="utf-8") as lines:
        for line in lines:
            entry = json.loads(line)
            known.setdefault(entry["value"], entry["kind"])
    return known


def pieces(value) -> list:
    """
    What of a credential is looked for. Of a token the signature, which makes it one, and the end of what it says: tokens
    begin alike, and so may what is public.
    """
    if token := TOKEN.fullmatch(value):
        payload, signature = token.groups()
        found = [piece for piece in (payload[-PIECE:], signature[:PIECE]) if len(piece) >= 16]
        if found:
            return found
    return [value[:OPAQUE]]


def _base64(raw: bytes) -> set:
    """What is always the same when the bytes stand anywhere in something encoded: the edges depend on the neighbours."""
    found = set()
    for before in range(3):
        text = base64.b64encode(b"\0" * before + raw).decode()[(before * 8 + 5) // 6:].rstrip("=")
        if (before + len(raw)) % 3:
            text = text[:-1]
        found |= {text, text.replace("+", "-").replace("/", "_")}
    return found


def spellings(piece) -> set:
    """As it is, percent-encoded (what must be, and everything; in both cases), as JSON, in base64 and base64url."""
    raw = piece.encode()
    encoded, everything = quote(piece, safe=""), "".join(f"%{byte:02X}" for byte in raw)
    as_json = json.dumps(piece)[1:-1]
    lower = re.sub("%..", lambda triplet: triplet[0].lower(), encoded)
    return {piece, encoded, lower, quote(piece), everything, everything.lower(), as_json, as_json.replace("/", "\\/"), *_base64(raw)}


def search(files, credentials: dict) -> list:
    """The Findings of {value: kind} in the files. What was found is never told, only its kind."""
    kinds = {}
    for value, kind in credentials.items():
        for piece in pieces(value):
            for spelling in spellings(piece):
                kinds.setdefault(spelling.encode(), kind)
    found, files = [], [str(file) for file in files]
    with tempfile.NamedTemporaryFile() as needles:
        needles.write(b"\n".join(kinds) + b"\n")
        needles.flush()
        for start in range(0, len(files) if kinds else 0, 1000):
            done = subprocess.run(["grep", "-aFonHZf", needles.name, "--", *files[start:start + 1000]], env={**os.environ, "LC_ALL": "C"},
                                  stdin=subprocess.DEVNULL, capture_output=True, check=False)
            if done.returncode > 1 or done.stderr:
                raise RuntimeError(f"grep failed: {done.stderr.decode(errors='replace')[:500]}")
            for line in done.stdout.splitlines():
                file, _, rest = line.partition(b"\0")
                number, _, needle = rest.partition(b":")
                found.append(Finding(os.fsdecode(file), int(number), kinds[needle]))
    return list(dict.fromkeys(found))
