"""Streams that are open: when they end, and what becomes of them when their person may no longer come in."""

from contextlib import contextmanager

import pytest

from support.fronts import KINDS, start_front
from support.processes import until
from support.scripted_provider import ScriptedProvider
from support.site import claims, start_site
from support.tokens import key_set
from support.wire import ask, connect, request_bytes, send

STREAM = [("Accept", "text/event-stream"), ("Connection", "close")]

SETTINGS = """
ca_file {ca}
issuer {issuer}
deny_list {deny_list}
resource URL/mcp {{
    allow any
    rate off
    also_path /stream
}}
"""


@contextmanager
def first_event(port, token):
    """A connection on which the first of two events has come; the second waits for the MCP server's `release`."""
    with connect(port) as connection:
        send(connection, request_bytes("POST", "/stream", [*STREAM, ("Authorization", f"Bearer {token}")], b"{}", host=f"127.0.0.1:{port}"))
        received = b""
        while b"first" not in received:
            piece = connection.recv(65536)
            assert piece, received
            received += piece
        yield connection


def rest(connection):
    received = b""
    while piece := connection.recv(65536):
        received += piece
    return received


@pytest.mark.parametrize("kind", KINDS)
def test_HD_19_a_stream_ends_when_nothing_comes(scripted_sockets, mcp, tmp_path, kind):
    mcp.forget()
    with start_front(kind, tmp_path, sockets_dir=scripted_sockets, upstream_port=mcp.port, idle=1) as front:
        with first_event(front.port, "grant") as connection:
            assert b"second" not in rest(connection)
        assert ask(front.port, "grant").header("X-From") == "mcp"


@pytest.mark.parametrize("kind", KINDS)
def test_HD_19_a_stream_that_is_open_stays_open_for_who_may_open_no_other(authority, server_pair, maker, mcp, tmp_path, kind):
    key, deny_list = maker.key(), tmp_path / "deny"
    deny_list.write_text("")
    mcp.forget()
    with ScriptedProvider(tls=server_pair) as provider:
        provider.behave(key_set(key))
        settings = SETTINGS.format(ca=authority.certificate, issuer=provider.url, deny_list=deny_list)
        with start_site(kind, tmp_path / "site", settings, upstream_port=mcp.port) as site:
            token = maker.sign(key, claims(provider.url, f"{site.url}/mcp"))
            with first_event(site.port, token) as connection:
                replacement = tmp_path / "deny.new"
                replacement.write_text("subject alice\n")
                replacement.rename(deny_list)
                until(lambda: ask(site.port, token).status == 403, "alice is denied")
                mcp.release.set()
                assert b"second" in rest(connection)
