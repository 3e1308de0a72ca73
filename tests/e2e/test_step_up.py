"""
A tool that needs a scope which the token has not: the client is told which, asks the provider for it on top of what it has,
and the call goes through. Real clients, a real provider, every front server.
"""

import pytest

from support.clients import McpRemote, run_client
from support.fronts import KINDS
from support.mcp_servers import McpServer
from support.processes import free_port
from support.providers import IdentityProvider
from support.site import start_site

INSPECT = KINDS[0]
SCOPES = ("mcp:read", "notes:read", "notes:write", "notes:admin")
READ, WRITE, PURGE = "notes.read", "notes.write", "notes.purge"

SETTINGS = """
ca_file {ca}
issuer {issuer}
resource URL/mcp {{
    require_scopes mcp:read
    allow group mcp-users
    rate off
    upstream_checks_headers on
    tool notes.read {{
        scope notes:read
    }}
    tool notes.write {{
        scope notes:write
    }}
    tool echo.me {{
        allow any
    }}
    tool notes.purge {{
        scope notes:admin
        allow group nobody
    }}
}}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with McpServer(tmp_path_factory.mktemp("mcp"), names=["echo.me", READ, WRITE, PURGE]) as running:
        yield running


@pytest.fixture(scope="module", params=KINDS)
def site(request, authority, server_pair, server, tmp_path_factory):
    directory, port = tmp_path_factory.mktemp("site"), free_port()
    with IdentityProvider(directory, {f"http://127.0.0.1:{port}/mcp": "ES256"}, tls=server_pair, scopes=SCOPES) as provider:
        settings = SETTINGS.format(ca=authority.certificate, issuer=provider.issuer)
        with start_site(request.param, directory / "site", settings, upstream_port=server.port, port=port) as running:
            running.provider, running.ca, running.server = provider, authority.certificate, server
            yield running


@pytest.fixture
def asked(site):
    """The scopes that came to the provider's authorization endpoint during the test, a set for each login."""
    site.server.forget()
    before = site.provider.count("/auth")
    # The clients ask for offline_access by themselves where the provider has it.
    return lambda: [set(one["scope"].split()) - {"offline_access"} for one in site.provider.requests("/auth")[before:]]


# One login to get in, one for each tool that needs more; each asks for all that there was, too.
STEPS = [{"mcp:read"}, {"mcp:read", "notes:read"}, {"mcp:read", "notes:read", "notes:write"}]


def travel(site, tool, calls=(), **settings):
    return run_client(f"{site.url}/mcp", ca=site.ca, client_id="mcp-client", calls=list(calls), tool=tool, **settings)


def answers(outcome, site):
    """The answers to the client that were no yes, in order."""
    return [step["status"] for step in outcome["steps"] if step["url"] == f"{site.url}/mcp" and step["status"] in (400, 401, 403)]


def assert_stepped_up(site, outcome, asked):
    assert outcome["ok"], outcome
    assert outcome["called"] == {"echo.me": "echo.me", READ: READ}
    assert asked() == STEPS
    assert answers(outcome, site) == [401, 403, 403]
    assert set(outcome["token_claims"]["scope"].split()) == STEPS[-1]
    assert site.server.ran() == ["echo.me", READ, WRITE]


def test_CH_08_CH_09_a_client_of_2026_07_28_steps_up_and_keeps_what_it_had(site, asked):
    outcome = travel(site, WRITE, ["echo.me", READ], era="modern")
    assert outcome["protocol"] == "2026-07-28"
    assert_stepped_up(site, outcome, asked)


@pytest.mark.parametrize("settings", [{"sdk": 1}, {"sdk": 2, "era": "legacy"}], ids=["sdk 1", "sdk 2"])
@pytest.mark.parametrize("site", [INSPECT], indirect=True)
def test_CH_08_CH_09_a_client_of_2025_11_25_steps_up_and_keeps_what_it_had(site, asked, settings):
    outcome = travel(site, WRITE, ["echo.me", READ], **settings)
    assert outcome["protocol"] == "2025-11-25"
    assert_stepped_up(site, outcome, asked)


@pytest.mark.parametrize("site", [INSPECT], indirect=True)
def test_CH_08_CH_09_mcp_remote_steps_up_and_keeps_what_it_had(site, asked, tmp_path):
    with McpRemote(f"{site.url}/mcp", tmp_path, ca=site.ca, client_id="mcp-client") as remote:
        for tool in ("echo.me", READ, WRITE):
            assert remote.call(tool) == tool
    assert asked() == STEPS
    assert site.server.ran() == ["echo.me", READ, WRITE]


def test_CH_11_who_no_scope_would_help_is_not_sent_to_log_in_again(site, asked):
    outcome = travel(site, PURGE, era="modern")
    assert "may not do that" in outcome["error"]["message"], outcome
    assert asked() == STEPS[:1]
    assert answers(outcome, site) == [401, 403]
    assert site.server.ran() == []
