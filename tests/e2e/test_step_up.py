"""
A tool that needs a scope which the token has not: the client is told which, asks the provider for it on top of what it has,
and the call goes through. Real clients, a real provider, every front server.
"""

from contextlib import contextmanager

import pytest

from support.clients import McpRemote, run_client
from support.fronts import KINDS
from support.mcp_servers import McpServer
from support.processes import free_port
from support.providers import IdentityProvider
from support.site import start_site

INSPECT, *OTHERS = KINDS
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

COARSE = """
ca_file {ca}
issuer {issuer}
resource URL/mcp {{
    require_scopes mcp:read
    allow group mcp-users
    legacy coarse
    upstream_checks_headers on
    tool notes.read {{
        scope notes:read
    }}
    tool notes.write {{
        scope notes:write
    }}
}}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with McpServer(tmp_path_factory.mktemp("mcp"), names=["echo.me", READ, WRITE, PURGE]) as running:
        yield running


@contextmanager
def running(kind, text, authority, server_pair, server, directory):
    port = free_port()
    with IdentityProvider(directory, {f"http://127.0.0.1:{port}/mcp": "ES256"}, tls=server_pair, scopes=SCOPES) as provider:
        settings = text.format(ca=authority.certificate, issuer=provider.issuer)
        with start_site(kind, directory / "site", settings, upstream_port=server.port, port=port) as site:
            site.provider, site.ca, site.server = provider, authority.certificate, server
            yield site


@pytest.fixture(scope="module", params=KINDS)
def site(request, authority, server_pair, server, tmp_path_factory):
    with running(request.param, SETTINGS, authority, server_pair, server, tmp_path_factory.mktemp("site")) as one:
        yield one


@pytest.fixture(scope="module", params=OTHERS)
def coarse(request, authority, server_pair, server, tmp_path_factory):
    """Where the body is not seen, older clients may do all or nothing."""
    with running(request.param, COARSE, authority, server_pair, server, tmp_path_factory.mktemp("coarse")) as one:
        yield one


def asked_since(site):
    """A function that tells the scopes which came to the provider's authorization endpoint since, a set for each login."""
    site.server.forget()
    before = site.provider.count("/auth")
    # The clients ask for offline_access by themselves where the provider has it.
    return lambda: [set(one["scope"].split()) - {"offline_access"} for one in site.provider.requests("/auth")[before:]]


@pytest.fixture
def asked(site):
    return asked_since(site)


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


@pytest.mark.parametrize("settings", [{"sdk": 1}, {"sdk": 2, "era": "legacy"}], ids=["sdk 1", "sdk 2"])
def test_HD_02_CH_09_an_older_client_that_is_judged_coarsely_steps_up_to_all_scopes_at_once(coarse, settings):
    asked = asked_since(coarse)
    outcome = travel(coarse, WRITE, [READ], **settings)
    assert (outcome["called"], outcome["result"]) == ({READ: READ}, WRITE), outcome
    assert asked() == [STEPS[0], STEPS[-1]]
    assert answers(outcome, coarse) == [401, 403]
    assert coarse.server.ran() == [READ, WRITE]


def test_HD_02_a_client_of_2026_07_28_is_judged_by_each_call_all_the_same(coarse):
    asked = asked_since(coarse)
    outcome = travel(coarse, READ, era="modern")
    assert (outcome["protocol"], outcome["result"]) == ("2026-07-28", READ), outcome
    assert asked() == STEPS[:2]
