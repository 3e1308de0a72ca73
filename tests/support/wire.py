"""HTTP as bytes, for requests that a polite client library would not send."""

import socket
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse

from support.credentials import seen_page, seen_words, sent


@dataclass
class Reply:
    """`status` is 0 when what came was no HTTP response at all."""

    status: int
    headers: list
    body: bytes

    def all(self, name) -> list:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name):
        values = self.all(name)
        assert len(values) < 2, f"{name} came {len(values)} times: {values}"
        return values[0] if values else None


def request_bytes(method="POST", target="/mcp", headers=(), body=b"", *, host="127.0.0.1", version="HTTP/1.1") -> bytes:
    """A request with exactly these headers in this order, Host first; Content-Length only if there is a body."""
    for name, value in [("target", target), *headers]:
        sent(name, value)
    lines = [f"{method} {target} {version}"]
    if host:
        lines.append(f"Host: {host}")
    lines += [f"{name}: {value}" for name, value in headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def connect(port: int, timeout=20.0) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout)
    return connection


def send(connection: socket.socket, data: bytes):
    """All of it, or as much as the server takes before it closes: a refusal may come before the end of the body."""
    try:
        connection.sendall(data)
    except (BrokenPipeError, ConnectionResetError):
        pass


def first_reply(connection: socket.socket, method="GET") -> Reply:
    try:
        response = HTTPResponse(connection, method=method)
        response.begin()
        reply = Reply(response.status, response.getheaders(), response.read())
        head = [f"{reply.status} {response.reason}", *(f"{name}: {value}" for name, value in reply.headers)]
        seen_page(reply.status, "\n".join([*head, "", ""]).encode("latin-1") + reply.body)
        return reply
    except (HTTPException, ConnectionError, ValueError):
        return Reply(0, [], b"")


def exchange(port: int, data: bytes) -> Reply:
    """Sends the bytes on a connection of their own and reads one reply."""
    with connect(port) as connection:
        send(connection, data)
        return first_reply(connection, data.split(b" ", 1)[0].decode("latin-1"))


def until_close(port: int, data: bytes) -> bytes:
    """Sends the bytes and reads all that comes until the server closes."""
    received = b""
    with connect(port) as connection:
        send(connection, data)
        try:
            while piece := connection.recv(65536):
                received += piece
        except ConnectionResetError:
            pass
    seen_words(received)  # several replies perhaps, or what is none
    return received


def ask(port: int, token=None, method="POST", target="/mcp", headers=(), body=b"{}") -> Reply:
    """An ordinary request."""
    credential = [("Authorization", f"Bearer {token}")] if token else []
    return exchange(port, request_bytes(method, target, [("Connection", "close"), *credential, *headers], body,
                                        host=f"127.0.0.1:{port}"))
