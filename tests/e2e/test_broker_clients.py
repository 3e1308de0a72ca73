"""
Whole journeys of real MCP clients through our own authorization server: they register or name their document, a person agrees and
logs in at a provider that knows nothing of MCP, and the clients call a tool as that person.
"""

import hashlib
import json
import time

import pytest

from support.broker_world import seen_identity, start_broker
from support.clients import McpRemote, run_client, run_inspector
from support.fronts import KINDS
from support.mcp_servers import McpServer
from support.scripted_provider import Answer, ScriptedProvider

SDKS = [2, 1, "ai"]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with McpServer(tmp_path_factory.mktemp("mcp")) as running:
        yield running


@pytest.fixture(scope="module", params=KINDS)
def broker(request, authority, server_pair, server, tmp_path_factory):
    """Each front server in turn."""
    with start_broker(request.param, tmp_path_factory.mktemp("broker"), authority=authority, server_pair=server_pair,
                      upstream_port=server.port) as site:
        site.server = server
        yield site


@pytest.fixture(scope="module")
def documents(server_pair):
    """Where clients' metadata documents are."""
    with ScriptedProvider(tls=server_pair) as running:
        yield running


@pytest.fixture(scope="module")
def with_documents(documents, authority, server_pair, server, tmp_path_factory):
    more = f"cimd 127.0.0.1\ncimd_port {documents.port}\ncimd_allow_address 127.0.0.0/8\n"
    with start_broker("nginx-inspect", tmp_path_factory.mktemp("documents"), authority=authority, server_pair=server_pair,
                      upstream_port=server.port, more=more) as site:
        yield site


def publish(documents, name, *redirect_uris):
    """A client's document; its URL, which is the client's id."""
    url = f"{documents.url}/{name}.json"
    documents.script(f"/{name}.json", Answer(body={
        "client_id": url, "client_name": "A client with a document", "redirect_uris": redirect_uris, "grant_types": ["authorization_code",
        "refresh_token"], "response_types": ["code"], "token_endpoint_auth_method": "none"}))
    return url


def travel(site, **settings):
    return run_client(site.resource, ca=site.ca, **{"tool": "whoami", **settings})


def visited(outcome, status=None, method=None):
    return [step["url"] for step in outcome["steps"] if status in (None, step["status"]) and method in (None, step["method"])]


ALICE = {"remote-user": "alice", "remote-subject": "alice", "remote-email": "alice@example.com", "remote-name": "Alice Example",
         "remote-groups": "mcp-users,admins"}


def assert_alice(site, text, **more):
    seen, wanted = seen_identity(text), {**ALICE, "remote-issuer": site.url, **more}
    assert "mcp:read" in seen["remote-scopes"].split()
    assert {name: seen.get(name) for name in wanted} == wanted


@pytest.mark.parametrize("sdk", SDKS)
def test_BK_04_BK_11_RG_01_a_client_registers_logs_in_and_calls_a_tool(broker, sdk):
    broker.server.forget()
    asked = broker.provider.count("/auth")
    outcome = travel(broker, sdk=sdk)
    assert outcome["ok"], outcome
    # A registered client's id holds its registration; in tokens it has a short name.
    short = f"ghc_{hashlib.sha256(outcome['client_id'].encode()).hexdigest()}" if len(outcome["client_id"]) > 255 else outcome["client_id"]
    assert_alice(broker, outcome["result"], **{"remote-client": short})
    # Refused, told where to go, registered, asked, logged in, given a token.
    assert outcome["steps"][0] == {"method": "POST", "url": broker.resource, "status": 401}
    assert f"{broker.url}/oauth/register" in visited(outcome, 201)
    assert f"{broker.url}/oauth/authorize" in visited(outcome, 200)
    assert [step["status"] for step in outcome["steps"] if step["url"] == f"{broker.url}/oauth/consent"] in ([200], [303])
    assert f"{broker.url}/oauth/callback" in visited(outcome, 303)
    assert f"{broker.url}/oauth/token" in visited(outcome, 200)
    assert broker.provider.count("/auth") == asked + 1
    claims = outcome["token_claims"]
    assert (claims["iss"], claims["aud"], claims["client_id"]) == (broker.url, broker.resource, short)
    # The clients ask for offline_access too, since our metadata offers it; that is no scope of the resource.
    assert claims["scope"] == "mcp:read" and 0 < claims["exp"] - time.time() <= 15 * 60
    assert not [one for one in broker.server.requests() if one.all("Authorization") or one.all("Cookie")]


@pytest.mark.parametrize("era, revision", [("legacy", "2025-11-25"), ("modern", "2026-07-28")])
def test_BK_04_both_revisions(broker, era, revision):
    outcome = travel(broker, era=era)
    assert outcome["ok"] and outcome["protocol"] == revision, outcome


def test_BK_04_mcp_remote_registers_logs_in_and_calls_a_tool(broker, tmp_path):
    with McpRemote(broker.resource, tmp_path, ca=broker.ca) as remote:
        assert_alice(broker, remote.call("whoami"))


def test_BK_04_inspector_registers_logs_in_and_calls_a_tool(broker, tmp_path):
    assert_alice(broker, run_inspector(broker.resource, tmp_path, ca=broker.ca))


def test_BK_05_BK_06_the_provider_hears_nothing_of_the_client(broker):
    """What it was asked is in its log, without queries; so is what it refused."""
    seen = len(broker.provider.lines())
    outcome = travel(broker)
    assert outcome["ok"], outcome
    told = broker.provider.lines()[seen:]
    assert not [line for line in told if "event" in line], "the provider found something wrong"
    # The scopes are the provider's, those of the MCP server are ours alone.
    assert [line["request"]["scope"] for line in told if line.get("request", {}).get("path") == "/auth"] == ["openid profile email groups"]
    mine = {line["issued"][kind] for line in told for kind in line.get("issued", {}) if kind in ("access_token", "id_token", "refresh_token")}
    assert mine and not [token for token in mine if token in json.dumps(outcome)]


def test_SEC_01_who_says_no_is_asked_nothing_more(broker):
    asked = broker.provider.count("/auth")
    outcome = travel(broker, decision="deny")
    assert not outcome["ok"], outcome
    assert outcome["callback"] == {"error": "access_denied", "iss": broker.url}, outcome
    assert broker.provider.count("/auth") == asked


def test_CH_11_PO_01_who_is_not_on_the_list_gets_no_token(authority, server_pair, server, tmp_path):
    users = {"bob": {"name": "Bob Example", "email": "bob@example.com", "email_verified": True, "groups": ["guests"]}}
    with start_broker("nginx-inspect", tmp_path, authority=authority, server_pair=server_pair, upstream_port=server.port, users=users) as site:
        outcome = travel(site)
        assert not outcome["ok"], outcome
        assert outcome["callback"] == {"error": "access_denied", "iss": site.url}, outcome
        assert f"{site.url}/oauth/token" not in visited(outcome)


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
def test_BK_05_gatehouse_proves_itself_with_a_key(authority, server_pair, server, maker, tmp_path, algorithm):
    with start_broker("nginx-inspect", tmp_path, authority=authority, server_pair=server_pair, upstream_port=server.port,
                      key=maker.key(algorithm, "gate-key")) as site:
        outcome = travel(site)
        assert outcome["ok"], outcome
        assert_alice(site, outcome["result"])


@pytest.mark.parametrize("sdk", [2, 1])
def test_CI_01_CI_02_a_client_with_a_document_logs_in(with_documents, documents, sdk):
    client = publish(documents, f"sdk-{sdk}", "http://127.0.0.1:3334/callback")
    outcome = travel(with_documents, sdk=sdk, client_metadata_url=client)
    assert outcome["ok"], outcome
    assert outcome["client_id"] == client
    assert f"{with_documents.url}/oauth/register" not in visited(outcome)
    assert_alice(with_documents, outcome["result"], **{"remote-client": client})
    assert documents.count(f"/sdk-{sdk}.json") == 1


def test_CI_01_the_inspector_with_a_document_logs_in(with_documents, documents, tmp_path):
    client = publish(documents, "inspector", "http://127.0.0.1/oauth/callback")
    text = run_inspector(with_documents.resource, tmp_path, ca=with_documents.ca, arguments=["--client-metadata-url", client])
    assert_alice(with_documents, text, **{"remote-client": client})
    assert documents.count("/inspector.json") == 1


def test_CI_03_a_document_of_another_redirect_uri_opens_nothing(with_documents, documents):
    client = publish(documents, "other", "https://127.0.0.1/elsewhere")
    asked = with_documents.provider.count("/auth")
    outcome = travel(with_documents, client_metadata_url=client)
    assert not outcome["ok"], outcome
    assert f"{with_documents.url}/oauth/authorize" in visited(outcome, 400)
    assert with_documents.provider.count("/auth") == asked
