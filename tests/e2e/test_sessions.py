"""
Sessions of revision 2025-11-25 behind every front server: a real client and a real MCP server go on as ever, and who has
somebody else's session id has nothing.
"""

import json

import pytest

from support.clients import run_client
from support.fronts import KINDS
from support.mcp_servers import McpServer
from support.site import claims, start_site
from support.tokens import key_set
from support.wire import ask

ISSUER = "http://127.0.0.1:1/idp"  # nobody asks it: its keys are a file
SESSION = "Mcp-Session-Id"
SETTINGS = """
issuer {issuer} {{ keys_file {keys}; }}
resource URL/mcp {{
    allow any
    bind_sessions on
}}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with McpServer(tmp_path_factory.mktemp("mcp"), sdk=1) as running:
        yield running


@pytest.fixture(scope="module", params=KINDS)
def running(request, server, maker, tmp_path_factory):
    directory, key = tmp_path_factory.mktemp("sessions"), maker.key("ES256")
    (directory / "keys.json").write_text(json.dumps(key_set(key)))
    settings = SETTINGS.format(issuer=ISSUER, keys=directory / "keys.json")
    with start_site(request.param, directory / "site", settings, upstream_port=server.port) as site:
        site.token = lambda subject="alice", **more: maker.sign(key, claims(ISSUER, f"{site.url}/mcp", subject, **more))
        yield site


@pytest.fixture
def site(running, server):
    server.forget()
    return running


def work(site, subject, **settings):
    return run_client(f"{site.url}/mcp", sdk=1, token=site.token(subject), tool="whoami", **settings)


def begin(site, server, subject="alice"):
    """That person's client works in a session of its own, and leaves it open."""
    outcome = work(site, subject)
    assert outcome["ok"] and outcome["protocol"] == "2025-11-25", outcome
    session, = {seen.header(SESSION) for seen in server.requests()} - {None}
    server.forget()
    return session


def list_tools(site, token, *sessions):
    headers = [("Content-Type", "application/json"), ("Accept", "application/json, text/event-stream"), ("MCP-Protocol-Version", "2025-11-25"),
               *((SESSION, session) for session in sessions)]
    return ask(site.port, token, headers=headers, body=b'{"jsonrpc":"2.0","id":1,"method":"tools/list"}')


def test_HD_17_a_stolen_session_is_of_no_use_and_its_owner_goes_on(site, server):
    session = begin(site, server)
    thief = work(site, "mallory", session=session)
    assert not thief["ok"] and [step["status"] for step in thief["steps"]] == [404] * len(thief["steps"]) != []
    for method in ("POST", "GET", "DELETE"):
        reply = ask(site.port, site.token("mallory"), method, headers=[(SESSION, session)], body=b"{}" if method == "POST" else b"")
        assert reply.status == 404 and json.loads(reply.body)["error"] == "session_not_found"
    assert server.requests() == []
    # The owner's client goes on in it, with a new token too; and who was refused begins a session of their own.
    again = work(site, "alice", session=session)
    assert again["ok"] and {seen.header(SESSION) for seen in server.requests()} == {session}
    server.forget()
    assert begin(site, server, "mallory") != session


def test_HD_17_a_session_is_bound_in_all_processes(site, server):
    session = begin(site, server)
    for _ in range(8):  # two processes
        assert list_tools(site, site.token("mallory"), session).status == 404
        assert list_tools(site, site.token(), session).status == 200
    assert len(server.requests()) == 8


def test_HD_07_HD_17_two_sessions_in_one_request_are_refused(site, server):
    mine, yours = begin(site, server), begin(site, server, "mallory")
    for sessions in ((mine, yours), (yours, mine), (mine, mine), (f"{yours}, {mine}",)):
        assert list_tools(site, site.token("mallory"), *sessions).status == 400
    assert server.requests() == []
    assert list_tools(site, site.token("mallory"), yours).status == 200


@pytest.mark.parametrize("name", ["Mcp_Session_Id", "Mcp-Session_Id", "MCP.SESSION.ID"])
def test_HD_08_HD_17_another_spelling_reaches_no_session(site, server, name):
    session = begin(site, server)
    reply = ask(site.port, site.token("mallory"), headers=[("Content-Type", "application/json"), (name, session)],
                body=b'{"jsonrpc":"2.0","id":1,"method":"tools/list"}')
    assert reply.status != 200 and b"whoami" not in reply.body
    assert [seen for seen in server.requests() if seen.header(SESSION) is not None] == []
