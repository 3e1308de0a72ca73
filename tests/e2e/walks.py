"""What the tests of our authorization server's pages share: the world behind them, a client, and a browser that people sit at."""

import base64
import hashlib
import http.client
import json
import ssl
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from support.broker_world import start_broker
from support.credentials import register
from support.mcp_servers import McpServer
from support.pages import Site
from support.walk import Chromium

CLIENTS = """
client notes {
    client_name "Notes for tests"
    redirect_uri http://127.0.0.1/callback
}
client other {
    client_name "Another program"
    redirect_uri http://127.0.0.1/callback
}
client editor {
    client_name "An editor"
    redirect_uri editor-of-tests://notes/callback
}
"""
AUTHORIZE, CONSENT, CALLBACK, ACCESS = "/oauth/authorize", "/oauth/consent", "/oauth/callback", "/oauth/access"
VERIFIER = "verifier-" + "0123456789" * 4
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with McpServer(tmp_path_factory.mktemp("mcp")) as running:
        yield running


@pytest.fixture(scope="module")
def chromium(server_pair, tmp_path_factory):
    with Chromium(tmp_path_factory.mktemp("chromium"), [server_pair.certificate]) as running:
        yield running


@pytest.fixture(scope="module")
def listener():
    with Site() as running:
        yield running


@pytest.fixture
def client(listener):
    """Where the client waits for the answer."""
    listener.forget()
    return listener


@pytest.fixture
def person(chromium):
    with chromium.person() as one:
        yield one


@pytest.fixture(scope="module")
def world(authority, server_pair, server, tmp_path_factory):
    def start(kind):
        return start_broker(kind, tmp_path_factory.mktemp("broker"), authority=authority, server_pair=server_pair,
                            upstream_port=server.port, more=CLIENTS)
    return start


@pytest.fixture(scope="module")
def site(world):
    with world("nginx-inspect") as running:
        yield running


# ---- what a client does --------------------------------------------------------------------------------------------

def question(site, client, **changes) -> str:
    """The URL that a client opens in the browser."""
    parameters = {"response_type": "code", "client_id": "notes", "redirect_uri": f"{client.url}/callback", "state": "state-1",
                  "code_challenge": CHALLENGE, "code_challenge_method": "S256", "scope": "mcp:read", "resource": site.resource, **changes}
    return f"{site.url}{AUTHORIZE}?{urlencode({name: value for name, value in parameters.items() if value is not None})}"


def heard(client) -> list:
    """What came to the client's callback; each parameter came once."""
    found = []
    for target in client.asked:
        assert urlsplit(target).path == "/callback", target
        values = parse_qs(urlsplit(target).query, strict_parsing=True)
        assert all(len(one) == 1 for one in values.values()), values
        found.append({name: one[0] for name, one in values.items()})
        if "code" in values:
            register(values["code"][0], "code")
    return found


def send(site, method, path, headers, body=""):
    context = ssl.create_default_context(cafile=str(site.ca))
    connection = http.client.HTTPSConnection("127.0.0.1", site.port, timeout=20, context=context)
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def redeem(site, **fields):
    status, body = send(site, "POST", "/oauth/token", FORM, urlencode({"client_id": "notes", **fields}))
    given = json.loads(body)
    for name in ("access_token", "refresh_token"):
        if name in given:
            register(given[name], name)
    return status, given


def redeem_code(site, client, code):
    status, given = redeem(site, grant_type="authorization_code", code=code, redirect_uri=f"{client.url}/callback", code_verifier=VERIFIER)
    assert status == 200, given
    return given


def enters(site, token) -> bool:
    """Does auth-check let the token through to the MCP server?"""
    status, _ = send(site, "GET", "/mcp", {"Authorization": f"Bearer {token}", "Accept": "text/event-stream", "MCP-Protocol-Version": "2025-11-25"})
    assert status != 503
    return status != 401


def path(site, place) -> str:
    return site.url + place
