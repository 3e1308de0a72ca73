"""
Whole journeys of real MCP clients: refused, told where to go, logged in at a real provider, and then at the MCP server as
the person they are, without their token.
"""

import http.client
import json
import ssl
from contextlib import ExitStack, contextmanager
from urllib.parse import urlencode, urlsplit

import pytest

from support.clients import McpRemote, run_client
from support.credentials import secret_file
from support.fronts import KINDS, start_front
from support.mcp_servers import McpServer
from support.processes import free_port
from support.programs import run_command
from support.providers import IdentityProvider, MockProvider
from support.site import start_site
from support.wire import ask

ALGORITHMS = dict(zip(KINDS, ("RS256", "ES256", "EdDSA", "RS256"), strict=True))
ALICE = {"remote-user": "alice", "remote-subject": "alice", "remote-email": "alice@example.com", "remote-name": "Alice Example",
         "remote-groups": "mcp-users,admins"}

DIRECT = """
ca_file {ca}
issuer {issuer}
resource URL/mcp {{
    require_scopes mcp:read
    allow group mcp-users
}}
"""

AUGMENT = """
authorization_server augment
ca_file {ca}
issuer {issuer} {{
    provider_metadata {origin}/.well-known/openid-configuration
    client_id mcp-client
}}
resource URL/mcp {{
    require_scopes mcp:read
    allow group mcp-users
}}
"""

FACADE = """
authorization_server facade
public_issuer URL
ca_file {ca}
issuer {issuer} {{
    provider_iss none
    client_id mcp-client
}}
resource URL/mcp {{
    require_scopes mcp:read
    allow any
}}
"""

# Registrations are passed on to a provider that wants a token for them.
RELAY = "registration_endpoint discover\n    upstream_registration_token_file {token}"
INITIAL_ACCESS_TOKEN = "initial-access-token-of-the-provider"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The MCP server of all journeys."""
    with McpServer(tmp_path_factory.mktemp("mcp")) as running:
        yield running


@pytest.fixture(scope="module", params=KINDS)
def direct(request, authority, server_pair, server, tmp_path_factory):
    """Each front server in turn; its clients go to the provider itself, where they are known already."""
    directory, port = tmp_path_factory.mktemp("direct"), free_port()
    resources = {f"http://127.0.0.1:{port}/mcp": ALGORITHMS[request.param]}
    with IdentityProvider(directory, resources, tls=server_pair) as provider:
        settings = DIRECT.format(ca=authority.certificate, issuer=provider.issuer)
        with start_site(request.param, directory / "site", settings, upstream_port=server.port, port=port) as site:
            site.provider, site.ca, site.server = provider, authority.certificate, server
            server.forget()
            yield site


@contextmanager
def augmented(directory, authority, server_pair, server, template=AUGMENT, **provider_settings):
    """nginx in front of both, the MCP server and the provider."""
    port, issuer_port = free_port(), free_port()
    issuer = f"https://127.0.0.1:{issuer_port}"
    with ExitStack() as stack:
        provider = stack.enter_context(IdentityProvider(directory, {f"http://127.0.0.1:{port}/mcp": "RS256"}, issuer=issuer, **provider_settings))
        settings = template.format(ca=authority.certificate, issuer=issuer, origin=provider.url)
        site = stack.enter_context(start_site("nginx-inspect", directory / "site", settings, upstream_port=server.port, port=port))
        provider_port = int(provider.url.rsplit(":", 1)[1])
        stack.enter_context(start_front("nginx-provider", directory / "provider", sockets_dir=site.sockets, port=issuer_port,
                                        upstream_port=provider_port, tls=server_pair))
        site.provider, site.ca, site.server = provider, authority.certificate, server
        server.forget()
        yield site


@pytest.fixture(scope="module")
def augment(authority, server_pair, server, tmp_path_factory):
    """The provider knows no registration."""
    with augmented(tmp_path_factory.mktemp("augment"), authority, server_pair, server) as site:
        yield site


@pytest.fixture(scope="module", params=["augment", pytest.param("facade", marks=pytest.mark.proves("oidc-provider", "facade"))])
def relay(request, authority, server_pair, server, tmp_path_factory):
    """The provider registers clients for whoever has a token, and gatehouse has it."""
    directory = tmp_path_factory.mktemp("relay")
    token = secret_file(directory / "token", INITIAL_ACCESS_TOKEN, "initial access token")
    registers = {"registration": True, "initial_access_token_file": str(token)}
    template = {"augment": AUGMENT, "facade": FACADE}[request.param].replace("client_id mcp-client", RELAY.replace("{token}", str(token)))
    if request.param == "augment":
        with augmented(directory, authority, server_pair, server, template, **registers) as site:
            yield site
        return
    port = free_port()
    with IdentityProvider(directory, {f"http://127.0.0.1:{port}/mcp": "RS256"}, tls=server_pair, sends_iss=False, **registers) as provider:
        settings = template.format(ca=authority.certificate, issuer=provider.issuer)
        with start_site("nginx-inspect", directory / "site", settings, upstream_port=server.port, port=port) as site:
            site.provider, site.ca, site.server = provider, authority.certificate, server
            server.forget()
            yield site


@pytest.fixture(scope="module")
def facade(authority, server, tmp_path_factory):
    """A provider that sends no iss, and gatehouse in its place."""
    directory = tmp_path_factory.mktemp("facade")
    with MockProvider(directory) as provider:
        settings = FACADE.format(ca=authority.certificate, issuer=provider.issuer)
        with start_site("nginx-inspect", directory / "site", settings, upstream_port=server.port) as site:
            site.provider, site.ca, site.server = provider, authority.certificate, server
            server.forget()
            yield site


def travel(site, **settings):
    return run_client(f"{site.url}/mcp", ca=site.ca, **{"tool": "whoami", **settings})


def assert_whoami(text, **expected):
    """What the MCP server saw of its caller."""
    seen = json.loads(text)
    assert seen["authorization"] is False, "the token reached the MCP server"
    assert {name: seen["identity"].get(name) for name in expected} == expected


def identity(**more):
    return {**ALICE, **{f"remote-{name}": value for name, value in more.items()}}


def assert_no_credential_arrived(server):
    assert server.requests()
    assert not [one for one in server.requests() if one.all("Authorization") or one.all("Cookie")]


def visited(outcome, status=None):
    return [step["url"] for step in outcome["steps"] if status in (None, step["status"])]


@pytest.mark.proves("oidc-provider", "direct")
@pytest.mark.parametrize("era, revision", [("legacy", "2025-11-25"), ("modern", "2026-07-28")])
def test_AUD_07_SEC_04_SV_05_a_client_logs_in_and_the_server_sees_who_it_is(direct, era, revision):
    direct.server.forget()
    outcome = travel(direct, client_id="mcp-client", era=era)
    assert outcome["ok"], outcome
    assert outcome["protocol"] == revision
    assert_whoami(outcome["result"], **identity(issuer=direct.provider.issuer, client="mcp-client"))
    assert_no_credential_arrived(direct.server)
    # 401, then the document that the challenge names, then the provider's.
    steps = visited(outcome)
    assert outcome["steps"][0] == {"method": "POST", "url": f"{direct.url}/mcp", "status": 401}
    assert steps[1] == f"{direct.url}/.well-known/oauth-protected-resource/mcp"
    assert [url for url in steps if url.startswith(f"{direct.provider.url}/.well-known/")]
    assert outcome["token_claims"]["aud"] == f"{direct.url}/mcp"


def test_HD_18_the_second_event_is_sent_only_after_the_client_has_seen_the_first(direct):
    outcome = travel(direct, client_id="mcp-client", tool="two-events", arguments={"id": f"events-{direct.kind}"},
                     control=direct.server.control, era="modern")
    assert outcome["ok"], outcome
    assert outcome["events"] == ["first", "confirmed", "second"]
    assert outcome["result"] == "both sent"


@pytest.mark.parametrize("region, header", [("eu-west", "eu-west"), ("été", "=?base64?w6l0w6k=?="), (" a", "=?base64?IGE=?=")])
def test_HD_14_an_argument_in_a_header_passes_unchanged(direct, region, header):
    outcome = travel(direct, client_id="mcp-client", tool="region", arguments={"region": region}, era="modern")
    assert outcome["ok"], outcome
    assert outcome["result"] == header


def test_CH_11_who_is_not_on_the_list_logs_in_and_is_told_no(direct):
    direct.server.forget()
    outcome = travel(direct, client_id="mcp-client", user="bob")
    assert not outcome["ok"], outcome
    assert outcome["token_claims"]["sub"] == "bob"
    assert f"{direct.url}/mcp" in visited(outcome, 403)
    assert direct.server.requests() == []


@pytest.mark.proves("oidc-provider", "augment")
@pytest.mark.parametrize("sdk", [2, 1])
def test_RG_02_ASM_07_augment_a_client_registers_with_us_and_logs_in_at_the_provider(augment, sdk):
    outcome = travel(augment, sdk=sdk)
    assert outcome["ok"], outcome
    assert outcome["client_id"] == "mcp-client"
    assert f"{augment.provider.issuer}/oauth/register" in visited(outcome, 201)
    assert_whoami(outcome["result"], **identity(issuer=augment.provider.issuer, client="mcp-client"))
    assert_no_credential_arrived(augment.server)
    # The provider was asked for all but the two documents and the registration.
    asked = {one["path"] for one in augment.provider.requests()}
    assert not asked & {"/oauth/register", "/.well-known/oauth-authorization-server"}


@pytest.mark.proves("oidc-provider", "relay")
@pytest.mark.parametrize("sdk", [2, 1])
def test_RG_20_RG_02_a_client_registers_through_us_with_a_provider_that_wants_a_token(relay, sdk):
    relay.server.forget()
    asked = relay.provider.count("/reg")
    outcome = travel(relay, sdk=sdk)
    assert outcome["ok"], outcome
    # The provider made it, and it is the client that logged in.
    assert outcome["client_id"] not in (None, "mcp-client") and relay.provider.count("/reg") == asked + 1
    assert [url for url in visited(outcome, 201) if url.endswith("/oauth/register")] and not [url for url in visited(outcome) if url.endswith("/reg")]
    assert_whoami(outcome["result"], **identity(issuer=relay.provider.issuer, client=outcome["client_id"]))
    assert_no_credential_arrived(relay.server)


def test_RG_06_augment_mcp_remote_registers_and_logs_in(augment, tmp_path):
    with McpRemote(f"{augment.url}/mcp", tmp_path, ca=augment.ca) as remote:
        assert_whoami(remote.call("whoami"), **identity(issuer=augment.provider.issuer))


@pytest.mark.parametrize("sdk", [2, 1])
def test_ISS_01_ISS_06_facade_a_strict_client_completes_with_a_provider_that_sends_no_iss(facade, sdk):
    outcome = travel(facade, sdk=sdk)
    assert outcome["ok"], outcome
    assert f"{facade.url}/oauth/register" in visited(outcome, 201)
    seen = {"remote-issuer": facade.provider.issuer, "remote-user": outcome["token_claims"]["sub"]}
    assert_whoami(outcome["result"], **seen)
    document = json.loads(ask(facade.port, None, "GET", "/.well-known/oauth-authorization-server", body=b"").body)
    assert document["issuer"] == facade.url
    assert "authorization_response_iss_parameter_supported" not in document


@pytest.mark.parametrize("arguments", [[], ["-t"]])
def test_ISS_07_facade_the_metadata_is_refused_for_a_provider_that_sends_iss(authority, server_pair, tmp_path, arguments):
    state, config = tmp_path / "state", tmp_path / "gatehouse.conf"
    state.mkdir(mode=0o700)
    with IdentityProvider(tmp_path, {}, tls=server_pair) as provider:
        settings = FACADE.format(ca=authority.certificate, issuer=provider.issuer).replace("URL", "http://127.0.0.1:9")
        config.write_text(f"dev on\nstate_directory {state}\n{settings}")
        done = run_command("authorization-server-metadata", "-c", config, *arguments)
    assert done.returncode == 100, done
    assert "RFC 9207" in done.stderr and "iss" in done.stderr


def request(url, ca, method="GET", body=None):
    """The answer as it comes, without following where it leads."""
    parts = urlsplit(url)
    connection = http.client.HTTPSConnection(parts.hostname, parts.port, context=ssl.create_default_context(cafile=str(ca))) \
        if parts.scheme == "https" else http.client.HTTPConnection(parts.hostname, parts.port)
    connection.request(method, f"{parts.path}?{parts.query}", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer, text


def test_SEC_03_neither_we_nor_the_provider_send_anybody_where_no_list_says(relay):
    places = [relay.url, relay.provider.issuer]
    document = next(json.loads(text) for answer, text in (request(f"{place}/.well-known/oauth-authorization-server", relay.ca) for place in places)
                    if answer.status == 200)
    evil, good = "https://evil.example/callback", "http://127.0.0.1/callback"

    def register(uri):
        return request(document["registration_endpoint"], relay.ca, "POST", json.dumps({"redirect_uris": [uri]}))
    answer, text = register(evil)
    assert answer.status == 400 and json.loads(text)["error"] == "invalid_redirect_uri"
    answer, text = register(good)
    assert answer.status == 201
    client = json.loads(text)["client_id"]
    # That a facade forwards nothing is enough only because the provider has a list too, and refuses without a redirect.
    for uri, statuses in ((evil, {400}), (good, {302, 303})):
        query = urlencode({"response_type": "code", "client_id": client, "redirect_uri": uri, "scope": "openid", "state": "s",
                           "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "code_challenge_method": "S256"})
        answer, text = request(f"{document['authorization_endpoint']}?{query}", relay.ca)
        assert answer.status in statuses, text
        assert "evil.example" not in (answer.getheader("Location") or "")
