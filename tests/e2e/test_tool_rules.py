"""
Rules for tools, as an operator of agentgateway brings them along, with real clients of both SDKs: nginx with inspect judges
every revision by the body, the other front servers judge 2026-07-28 by its headers and refuse what is older.
"""

import pytest

from support.clients import run_client
from support.fronts import KINDS
from support.mcp_servers import McpServer
from support.scripted_provider import ScriptedProvider
from support.site import claims, start_site
from support.tokens import key_set
from support.wire import ask

INSPECT, *OTHERS = KINDS
NOTES = ("obsidian.search", "obsidian.read")
WRITING = ("obsidian.write", "obsidian.delete")
HOME = ("home.light", "home.door.open")
UNLISTED = ("obsidian", "obsidian.search2", "Obsidian.read", "homely", "shell.run")
TOOLS = [*NOTES, *WRITING, *HOME, *UNLISTED]

# The rules of an mcpAuthorization section, each a line as it stands there.
SETTINGS = """
ca_file {ca}
issuer {issuer}
resource URL/mcp {{
    allow any
    rate off
    upstream_checks_headers on
    # Obsidian tools - require read:notes or write:notes
    rule 'mcp.tool.name == "obsidian.search" && jwt.scope.contains("read:notes")'
    rule 'mcp.tool.name == "obsidian.read" && jwt.scope.contains("read:notes")'
    rule 'mcp.tool.name == "obsidian.write" && jwt.scope.contains("write:notes")'
    rule 'mcp.tool.name == "obsidian.delete" && jwt.scope.contains("write:notes")'
    # Home Assistant tools - require execute:home
    rule 'mcp.tool.name.startsWith("home.") && jwt.scope.contains("execute:home")'
}}
"""

# What a token's scopes open.
OPENED = {
    "read:notes": NOTES,
    "write:notes": WRITING,
    "execute:home": HOME,
    "read:notes write:notes execute:home": (*NOTES, *WRITING, *HOME),
    "read:notes-of-others": NOTES,  # contains() searches a text, there as here
    "mcp:read": (),
}
CLIENTS = {  # by the revision that they speak
    "2025-11-25": {"sdk": 1},
    "2026-07-28": {"sdk": 2, "era": "modern"},
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with McpServer(tmp_path_factory.mktemp("mcp"), names=TOOLS) as running:
        yield running


@pytest.fixture(scope="module", params=KINDS)
def site(request, authority, server_pair, maker, server, tmp_path_factory):
    key = maker.key()
    with ScriptedProvider(tls=server_pair) as provider:
        provider.behave(key_set(key))
        settings = SETTINGS.format(ca=authority.certificate, issuer=provider.url)
        with start_site(request.param, tmp_path_factory.mktemp("site"), settings, upstream_port=server.port) as running:
            running.token = lambda scope: maker.sign(key, claims(provider.url, f"{running.url}/mcp", scope=scope))
            running.server = server
            yield running


def call_all(site, scope, revision):
    """What came of a call of each tool, and what the server saw."""
    site.server.forget()
    return run_client(f"{site.url}/mcp", token=site.token(scope), calls=TOOLS, **CLIENTS[revision])


def assert_decisions(site, scope, revision):
    outcome = call_all(site, scope, revision)
    assert outcome["protocol"] == revision, outcome
    assert set(TOOLS) < set(outcome["tools"])
    for tool in TOOLS:
        if tool in OPENED[scope]:
            assert outcome["called"][tool] == tool
        else:
            assert "may not do that" in outcome["called"][tool], outcome["called"]
    assert site.server.ran() == [tool for tool in TOOLS if tool in OPENED[scope]]
    # What is refused never got there, not even to be refused by the server.
    assert {one.tool for one in site.server.requests() if one.rpc == "tools/call"} == set(OPENED[scope])


@pytest.mark.parametrize("scope", OPENED)
def test_HD_09_the_rules_decide_for_a_client_of_2026_07_28_behind_every_front_server(site, scope):
    assert_decisions(site, scope, "2026-07-28")


@pytest.mark.parametrize("scope", OPENED)
@pytest.mark.parametrize("site", [INSPECT], indirect=True)
def test_HD_01_with_the_body_the_rules_decide_for_a_client_of_2025_11_25_too(site, scope):
    assert_decisions(site, scope, "2025-11-25")


@pytest.mark.parametrize("settings", [{"sdk": 1}, {"sdk": 2, "era": "legacy"}], ids=["sdk 1", "sdk 2"])
@pytest.mark.parametrize("site", OTHERS, indirect=True)
def test_HD_01_HD_02_without_the_body_an_older_client_is_refused_and_told_why(site, settings):
    site.server.forget()
    outcome = run_client(f"{site.url}/mcp", token=site.token("read:notes"), calls=["obsidian.read"], **settings)
    assert not outcome["ok"]
    assert "requests of other MCP revisions than 2026-07-28 do not tell this gate what they call" in outcome["error"]["message"], outcome
    assert [(step["method"], step["status"]) for step in outcome["steps"]] == [("POST", 403)]
    assert site.server.requests() == []


def test_HD_16_a_session_is_no_credential(site):
    site.server.forget()
    session = [("Mcp-Session-Id", "session-1"), ("MCP-Protocol-Version", "2026-07-28")]
    for method, body in (("POST", b"{}"), ("GET", b""), ("DELETE", b"")):
        assert ask(site.port, None, method, headers=session, body=body).status == 401
    assert site.server.requests() == []


def test_HD_20_a_get_is_judged_by_its_token_and_answered_by_the_mcp_server(site):
    site.server.forget()
    assert ask(site.port, None, "GET", body=b"").status == 401
    assert site.server.requests() == []
    headers = [("Accept", "text/event-stream"), ("MCP-Protocol-Version", "2026-07-28")]
    for method in ("GET", "DELETE"):
        assert ask(site.port, site.token("mcp:read"), method, headers=headers, body=b"").status == 405
    assert [one.method for one in site.server.requests()] == ["GET", "DELETE"]
