"""A real provider whose tokens say nothing by themselves: it is asked, what it says is remembered for a while, and what it revokes ends."""

import json
import urllib.parse

import pytest

from support.clients import run_client
from support.credentials import secret_file
from support.fronts import KINDS
from support.mcp_servers import McpServer
from support.processes import free_port, until
from support.providers import IdentityProvider
from support.site import start_site
from support.wire import ask

GATE = {"client_id": "gate", "client_secret": "secret-of-the-gate-itself", "redirect_uris": [], "response_types": [], "grant_types": []}

SETTINGS = """
ca_file {ca}
issuer {issuer} {{
    introspection_endpoint discover
    introspection_client gate
    {credentials}
    answer_lifetime {lifetime}
}}
resource URL/mcp {{
    require_scopes mcp:read
    allow group mcp-users
}}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with McpServer(tmp_path_factory.mktemp("mcp")) as running:
        yield running


@pytest.fixture(scope="module", params=KINDS)
def opaque(request, authority, server_pair, server, tmp_path_factory):
    directory, port = tmp_path_factory.mktemp("opaque"), free_port()
    with IdentityProvider(directory, {f"http://127.0.0.1:{port}/mcp": "opaque"}, tls=server_pair, clients=[GATE]) as provider:
        credentials = f"introspection_secret_file {secret_file(directory / 'secret', GATE['client_secret'])}"
        settings = SETTINGS.format(ca=authority.certificate, issuer=provider.issuer, credentials=credentials, lifetime="2s")
        with start_site(request.param, directory / "site", settings, upstream_port=server.port, port=port) as site:
            site.provider, site.ca, site.server = provider, authority.certificate, server
            yield site


def log_in(site, **more):
    """A client that logs in and asks who it is; the token that it got."""
    outcome = run_client(f"{site.url}/mcp", ca=site.ca, client_id="mcp-client", tool="whoami", **more)
    return outcome, site.provider.issued()[-1]


def revoke(site, token):
    """RFC 7009, by the client that got the token."""
    import ssl
    import urllib.request
    form = urllib.parse.urlencode({"token": token, "client_id": "mcp-client"}).encode()
    context = ssl.create_default_context(cafile=site.ca)
    assert urllib.request.urlopen(f"{site.provider.url}/token/revocation", form, context=context, timeout=20).status == 200


@pytest.mark.parametrize("era, revision", [("legacy", "2025-11-25"), ("modern", "2026-07-28")])
def test_IN_01_IN_03_a_client_with_an_opaque_token_is_who_the_provider_says(opaque, era, revision):
    outcome, token = log_in(opaque, era=era)
    assert outcome["ok"] and outcome["protocol"] == revision, outcome
    seen = json.loads(outcome["result"])
    assert seen["authorization"] is False and "." not in token
    expected = {"remote-user": "alice", "remote-groups": "mcp-users,admins", "remote-client": "mcp-client", "remote-issuer": opaque.provider.issuer}
    assert {name: seen["identity"].get(name) for name in expected} == expected


def test_CH_11_PO_01_who_is_not_on_the_list_stays_out(opaque):
    outcome, _ = log_in(opaque, user="bob")
    assert not outcome["ok"] and [step for step in outcome["steps"] if step["status"] == 403]


def test_IN_02_a_token_that_nobody_made_is_refused(opaque):
    refused = ask(opaque.port, "not-a-token-of-that-provider")
    assert refused.status == 401 and 'error="invalid_token"' in refused.header("WWW-Authenticate")


def test_IN_04_what_the_provider_revokes_is_refused_within_the_time_that_was_set(opaque):
    outcome, token = log_in(opaque)
    assert outcome["ok"] and ask(opaque.port, token).status != 401
    asked = opaque.provider.count("/token/introspection")
    revoke(opaque, token)
    until(lambda: ask(opaque.port, token).status == 401, "the revoked token is refused", process=opaque.front, timeout=30)
    assert opaque.provider.count("/token/introspection") > asked


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
def test_IN_01_private_key_jwt_at_a_real_provider(authority, server_pair, server, maker, tmp_path, algorithm):
    key, port = maker.key(algorithm, "gate-key"), free_port()
    client = {**GATE, "token_endpoint_auth_method": "private_key_jwt", "token_endpoint_auth_signing_alg": algorithm, "jwks": {"keys": [key.public]}}
    del client["client_secret"]
    pem = tmp_path / "key.pem"
    pem.write_text(key.private_pem)
    pem.chmod(0o600)
    with IdentityProvider(tmp_path, {f"http://127.0.0.1:{port}/mcp": "opaque"}, tls=server_pair, clients=[client]) as provider:
        settings = SETTINGS.format(ca=authority.certificate, issuer=provider.issuer, credentials=f"introspection_key_file {pem}", lifetime="60s")
        with start_site("nginx-inspect", tmp_path / "site", settings, upstream_port=server.port, port=port) as site:
            site.provider, site.ca = provider, authority.certificate
            outcome, _ = log_in(site)
            assert outcome["ok"], (outcome, site.programs["auth-check"].tail())
