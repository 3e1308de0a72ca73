"""
The real programs behind every front server when something is wrong with them or with the provider, and what they say of
themselves when nothing is. The proof is always what the MCP server saw.
"""

import json
import os
import re
import select
import signal
from contextlib import ExitStack, contextmanager

import pytest

from support.fronts import KINDS
from support.processes import until
from support.programs import Program
from support.scripted_provider import DISCOVERY, ScriptedProvider
from support.site import claims, start_site
from support.tokens import key_set
from support.wire import ask, connect, first_reply, request_bytes, send

TOKEN_BYTES = 8192

SETTINGS = """
ca_file {ca}
issuer {provider}
issuer {slow}
resource URL/mcp {{
    require_scopes mcp:read
    allow group mcp-users from {provider}
    rate off
    also_path /stream
}}
"""


@pytest.fixture(scope="module")
def key(maker):
    return maker.key()


@pytest.fixture(params=KINDS)
def site(request, authority, server_pair, maker, key, mcp, tmp_path):
    """A site of its own for each test, since each of them breaks something."""
    mcp.forget()
    with ScriptedProvider(tls=server_pair) as provider, ScriptedProvider(tls=server_pair) as slow:
        provider.behave(key_set(key))
        slow.script(DISCOVERY, slow.never())
        settings = SETTINGS.format(ca=authority.certificate, provider=provider.url, slow=slow.url)
        with start_site(request.param, tmp_path / "site", settings, upstream_port=mcp.port) as running:
            def token(subject="alice", issuer=provider.url, **more):
                return maker.sign(key, claims(issuer, f"{running.url}/mcp", subject, **more))

            running.token, running.provider, running.slow = token, provider, slow
            yield running


def assert_unavailable(reply, mcp):
    assert reply.status == 503, reply
    assert json.loads(reply.body)["error"] == "temporarily_unavailable"
    assert int(reply.header("Retry-After")) > 0
    assert mcp.requests == []


def assert_passes(site, mcp, token, user="alice"):
    mcp.forget()
    assert ask(site.port, token).header("X-From") == "mcp"
    assert mcp.only().header("Remote-User") == user
    mcp.forget()


@contextmanager
def hanging(program):
    """All processes of the program stand still, and go on at the end."""
    os.killpg(program.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(program.pid, signal.SIGCONT)


def test_SEC_16_a_killed_check_is_a_no_until_it_is_back(site, mcp):
    token = site.token()
    assert_passes(site, mcp, token)
    check = site.programs["auth-check"]
    os.killpg(check.pid, signal.SIGKILL)
    check.popen.wait()
    assert_unavailable(ask(site.port, token), mcp)
    check.socket.unlink()
    assert_unavailable(ask(site.port, token), mcp)
    with Program("auth-check", sockets_dir=site.sockets, config=site.config):
        # lighttpd leaves a program that was gone alone for a second (disable-time).
        until(lambda: ask(site.port, token).status == 200, "a good token passes again", process=site.front)
        assert_passes(site, mcp, token)


def test_SEC_16_a_hanging_check_is_a_no_until_it_goes_on(site, mcp):
    token = site.token()
    assert_passes(site, mcp, token)
    with hanging(site.programs["auth-check"]):
        assert_unavailable(ask(site.port, token), mcp)
    # What it says now to the request that was given up lets nothing through any more.
    assert_passes(site, mcp, token)


def test_SEC_16_without_the_other_programs_the_mcp_server_sees_nothing_of_theirs(site, mcp):
    for name in ("protected-resource-metadata", "authorization-server-metadata", "client-registration"):
        site.programs[name].stop()
    for target in ("/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-authorization-server", "/oauth/register", "/healthz"):
        assert ask(site.port, site.token(), "GET", target, body=b"").status in (502, 503)
    assert mcp.requests == []


def test_SV_08_TK_05_a_token_of_8_kib_passes_and_a_longer_one_does_not(site, mcp):
    short = site.token(filler="")
    # Three bytes of claims are four of the token.
    token = site.token(filler="a" * ((TOKEN_BYTES - len(short)) * 3 // 4 - 3))
    assert TOKEN_BYTES - 8 < len(token) <= TOKEN_BYTES
    assert_passes(site, mcp, token)
    assert ask(site.port, site.token(filler="a" * TOKEN_BYTES)).status in (400, 401, 431)
    assert mcp.requests == []


def test_SV_07_two_people_on_one_connection_keep_their_own_identity(site, mcp):
    people = {name: site.token(name, email=f"{name}@example.com", email_verified=True) for name in ("alice", "bob")}
    with connect(site.port) as connection:
        for name in ["alice", "bob"] * 4:
            send(connection, request_bytes("POST", "/mcp", [("Authorization", f"Bearer {people[name]}")], b"{}"))
            assert first_reply(connection, "POST").header("X-From") == "mcp"
            # In between comes somebody whom nobody knows; lighttpd closes the connection of a refused one.
            assert ask(site.port).status == 401
    assert [(seen.header("Remote-User"), seen.header("Remote-Email")) for seen in mcp.requests] == [
        (name, f"{name}@example.com") for name in ["alice", "bob"] * 4]


def test_SEC_12_a_hanging_provider_keeps_nobody_waiting_who_is_known(site, mcp):
    known = site.token()
    assert_passes(site, mcp, known)
    with connect(site.port) as waiting:
        stranger = site.token(issuer=site.slow.url)
        send(waiting, request_bytes("POST", "/mcp", [("Connection", "close"), ("Authorization", f"Bearer {stranger}")], b"{}"))
        site.slow.wait_for(DISCOVERY)
        assert_passes(site, mcp, known)
        assert select.select([waiting], [], [], 0)[0] == [], "the stranger was answered before the known one"
        site.slow.stop()
        assert_unavailable(first_reply(waiting, "POST"), mcp)


def test_SEC_12_HD_18_open_streams_keep_no_process_of_the_check(site, mcp):
    """Six times as many streams as processes: were each to hold one even for two seconds, the last would be given up."""
    token = site.token()
    with ExitStack() as stack:
        streams = [stack.enter_context(connect(site.port)) for _ in range(12)]
        for stream in streams:
            send(stream, request_bytes("GET", "/stream", [("Authorization", f"Bearer {token}"), ("Accept", "text/event-stream")]))
        for stream in streams:
            received = b""
            while b"data: first" not in received:
                piece = stream.recv(65536)
                assert piece and b" 503 " not in received, received
                received += piece
            assert received.startswith(b"HTTP/1.1 200 ")
        assert len(mcp.requests) == len(streams)
        assert ask(site.port, token).header("X-From") == "mcp"
        mcp.release.set()


def test_SEC_12_JK_04_a_provider_that_is_down_does_not_matter_to_known_people(site, mcp):
    token, another = site.token(), site.token("bob")
    assert_passes(site, mcp, token)
    site.provider.stop()
    assert_passes(site, mcp, token)
    # Neither to a process that has just begun: the keys are a file.
    site.programs["auth-check"].stop()
    with Program("auth-check", sockets_dir=site.sockets, config=site.config):
        assert_passes(site, mcp, token)
        assert_passes(site, mcp, another, "bob")


def test_CH_04_CH_05_PRM_03_SV_06_the_challenge_leads_to_the_document_of_the_address_in_use(site, mcp):
    refusal = ask(site.port)
    metadata = re.search(r'resource_metadata="([^"]*)"', refusal.header("WWW-Authenticate"))[1]
    assert metadata == f"{site.url}/.well-known/oauth-protected-resource/mcp"
    for token in (None, "broken"):
        reply = ask(site.port, token, "GET", metadata.removeprefix(site.url), body=b"")
        assert reply.status == 200
        assert reply.header("Content-Type") == "application/json"
        document = json.loads(reply.body)
        assert document["resource"] == f"{site.url}/mcp"
        assert document["authorization_servers"] == [site.provider.url, site.slow.url]
        assert document["scopes_supported"] == ["mcp:read"]
    assert json.loads(ask(site.port, None, "GET", "/.well-known/oauth-protected-resource", body=b"").body) == document
    assert ask(site.port, None, "GET", "/.well-known/oauth-protected-resource/other", body=b"").status == 404
    assert mcp.requests == []


def test_SV_08_SEC_04_no_log_has_a_token_or_a_query(site, mcp):
    good, broken = site.token(), site.token(exp=1_700_000_000, iat=1_699_999_000)
    assert_passes(site, mcp, good)
    assert ask(site.port, broken).status == 401
    assert ask(site.port, None, target="/mcp?access_token=secret-of-the-query").status == 401
    assert ask(site.port, None, target="/mark-of-the-last-line?access_token=secret-of-the-query").status == 404
    site.front.flush_logs("mark-of-the-last-line")
    logs = site.front.logged() + site.programs["auth-check"].log.read_text()
    assert "/mark-of-the-last-line" in site.programs["auth-check"].log.read_text()
    assert "secret-of-the-query" not in logs
    for token in (good, broken):
        assert not [part for part in token.split(".") if part in logs]
