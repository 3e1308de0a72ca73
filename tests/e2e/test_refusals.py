"""
Every refusal of the real auth-check, behind every front server: what reaches the client is what auth-check says when it is
asked directly, and the MCP server sees nothing of it.
"""

import json
from dataclasses import dataclass, field

import pytest

from support.fronts import KINDS
from support.programs import fastcgi
from support.scripted_provider import ScriptedProvider
from support.site import claims, start_site
from support.tokens import key_set
from support.wire import ask, exchange, request_bytes

PAGE = "https://claude.ai"
EXPOSED = "WWW-Authenticate, Mcp-Session-Id, MCP-Protocol-Version, Retry-After, Last-Event-ID"
PREFLIGHT = [("Access-Control-Request-Method", "POST"),
             ("Access-Control-Request-Headers", "authorization,content-type,mcp-param-region")]
# All that a client can act upon.
TOLD = ("WWW-Authenticate", "Retry-After", "Cache-Control", "Vary", "Content-Type", "Access-Control-Allow-Origin",
        "Access-Control-Allow-Methods", "Access-Control-Allow-Headers", "Access-Control-Max-Age",
        "Access-Control-Expose-Headers", "Access-Control-Allow-Credentials")


@dataclass
class Case:
    """`token` names one of the tokens of the fixture; `challenge` is what the challenge must hold, None: there is none."""

    status: int
    error: str
    challenge: tuple = None
    token: str = None
    target: str = "/mcp"
    method: str = "POST"
    headers: list = field(default_factory=list)


CASES = {
    "nothing came": Case(401, "unauthorized", ("resource_metadata=", 'scope="mcp:read"')),
    "another scheme": Case(401, "unauthorized", ("resource_metadata=",), headers=[("Authorization", "Basic YWxpY2U6YQ==")]),
    "a token in the query": Case(401, "unauthorized", ("resource_metadata=",), target="/mcp?access_token=x"),
    "no token at all": Case(401, "invalid_token", ('error="invalid_token"',), headers=[("Authorization", "Bearer a b")]),
    "a bad signature": Case(401, "invalid_token", ('error="invalid_token"', "resource_metadata="), "forged"),
    "expired": Case(401, "invalid_token", ('error="invalid_token"', "resource_metadata="), "expired"),
    "another audience": Case(401, "invalid_token", ('error="invalid_token"',), "foreign"),
    "too large": Case(401, "invalid_token", ('error="invalid_token"',), headers=[("Authorization", "Bearer " + "a" * 8200)]),
    "not on the list": Case(403, "access_denied", None, "guest"),
    "too few scopes": Case(403, "insufficient_scope",
                           ('error="insufficient_scope"', 'scope="mcp:read"', "resource_metadata="), "narrow"),
    "two credentials": Case(400, "invalid_request", ('error="invalid_request"',), "good", "/mcp?access_token=x"),
    "no such resource": Case(404, "not_found", None, "good", "/nowhere"),
    "over the limit": Case(429, "too_many_requests", None, "limited", "/limited"),
    "the provider is down": Case(503, "temporarily_unavailable", None, "orphan", "/down"),
    "a GET": Case(401, "unauthorized", ("resource_metadata=",), method="GET"),
    "a DELETE": Case(401, "unauthorized", ("resource_metadata=",), method="DELETE"),
    "an OPTIONS that is no preflight": Case(401, "unauthorized", ("resource_metadata=",), method="OPTIONS"),
}

SETTINGS = """
ca_file {ca}
issuer {provider}
issuer {orphan}
resource URL/mcp {{
    require_scopes mcp:read
    allow group mcp-users
    issuer {provider}
}}
resource URL/limited {{
    allow any
    rate 1/h
    issuer {provider}
}}
resource URL/down {{
    allow any
    issuer {orphan}
}}
"""


@pytest.fixture(scope="module", params=KINDS)
def site(request, authority, server_pair, maker, mcp, tmp_path_factory):
    key, forger = maker.key(), maker.key()
    with ScriptedProvider(tls=server_pair) as provider, ScriptedProvider(tls=server_pair) as orphan:
        provider.behave(key_set(key))
        orphan.stop()
        settings = SETTINGS.format(ca=authority.certificate, provider=provider.url, orphan=orphan.url)
        with start_site(request.param, tmp_path_factory.mktemp("site"), settings, upstream_port=mcp.port) as running:
            def token(path="/mcp", subject="alice", signer=key, issuer=provider.url, **more):
                return maker.sign(signer, claims(issuer, running.url + path, subject, **more), {"kid": key.kid})

            running.token = token
            running.tokens = {
                "good": token(), "forged": token(signer=forger), "expired": token(exp=1_700_000_000, iat=1_699_999_000),
                "foreign": token(aud="https://other.example/mcp"), "guest": token(groups=["guests"]),
                "narrow": token(scope="other"), "orphan": token("/down", issuer=orphan.url),
            }
            yield running


@pytest.fixture(autouse=True)
def nothing_seen_yet(mcp):
    mcp.forget()


def ask_check(site, case, token, headers):
    """The direct answer: what Caddy gets, which passes it on as it is."""
    path, _, query = case.target.partition("?")
    names = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers}
    if token:
        names["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return fastcgi(site.sockets / "auth-check.sock", {
        "REQUEST_METHOD": case.method, "REQUEST_URI": case.target, "QUERY_STRING": query, "SCRIPT_NAME": path, "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": site.port, "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1", "REQUEST_SCHEME": "http", **names})


def ask_front(site, case, token, headers):
    return ask(site.port, token, case.method, case.target, headers, b"{}" if case.method == "POST" else b"")


def told(answer):
    found = {name: answer.header(name) for name in TOLD if answer.header(name)}
    if "Access-Control-Allow-Origin" not in found:
        found.pop("Access-Control-Expose-Headers", None)  # says nothing where no page may read
    return found


def token_of(site, case, asker):
    """The limit is one request an hour, so each asker needs a person of its own who has used it up."""
    if case.token != "limited":
        return site.tokens.get(case.token)
    token = site.token("/limited", f"{asker}-{len(site.tokens)}")
    site.tokens[token] = token
    assert fastcgi(site.sockets / "auth-check.sock", {"REQUEST_METHOD": "POST", "REQUEST_URI": "/limited", "SERVER_NAME": "127.0.0.1",
                                                      "HTTP_AUTHORIZATION": f"Bearer {token}"}).status == 200
    return token


@pytest.mark.parametrize("name", CASES)
def test_CH_25_CH_26_SV_02_a_refusal_is_the_same_behind_every_front_server(site, mcp, name):
    case = CASES[name]
    headers = [("Origin", PAGE), *case.headers]
    direct = ask_check(site, case, token_of(site, case, "direct"), headers)
    reply = ask_front(site, case, token_of(site, case, "front"), headers)
    assert mcp.requests == []
    assert (reply.status, direct.status) == (case.status, case.status), reply
    assert json.loads(reply.body)["error"] == case.error
    assert reply.body == direct.body

    shown, meant = told(reply), told(direct)
    if case.status in (429, 503):
        # Two moments: a limit of one an hour is over within that hour.
        assert 0 < int(shown.pop("Retry-After")) <= 3600 and 0 < int(meant.pop("Retry-After")) <= 3600
    assert shown == meant
    challenge = reply.header("WWW-Authenticate")
    assert (challenge is None) == (case.challenge is None), challenge
    for part in case.challenge or ():
        assert part in challenge
    assert not [key for key, _ in reply.headers if key.lower().startswith(("x-gatehouse", "x-accel", "remote-", "status"))]


@pytest.mark.parametrize("name", CASES)
def test_CORS_04_CORS_06_CORS_07_a_page_may_read_the_refusal(site, name):
    case = CASES[name]
    reply = ask_front(site, case, token_of(site, case, "front"), [("Origin", PAGE), *case.headers])
    # Where there is no resource there is no list of its origins either.
    assert reply.header("Access-Control-Allow-Origin") == (None if case.status == 404 else PAGE)
    assert reply.header("Access-Control-Expose-Headers") == EXPOSED or case.status == 404
    assert reply.header("Access-Control-Allow-Credentials") is None
    assert reply.header("Vary") == "Origin"


@pytest.mark.parametrize("name", ["nothing came", "not on the list"])
def test_CORS_04_who_is_no_page_gets_no_origin(site, name):
    case = CASES[name]
    reply = ask_front(site, case, token_of(site, case, "front"), case.headers)
    assert reply.status == case.status
    assert reply.header("Access-Control-Allow-Origin") is None
    assert reply.header("Vary") == "Origin"


def test_CORS_03_CORS_05_a_preflight_needs_no_token_and_goes_no_further(site, mcp):
    case = Case(204, None, method="OPTIONS")
    headers = [("Origin", PAGE), *PREFLIGHT]
    direct, reply = ask_check(site, case, None, headers), ask_front(site, case, None, headers)
    assert (reply.status, direct.status, reply.body) == (204, 204, b"")
    assert told(reply) == told(direct)
    assert reply.header("Access-Control-Allow-Origin") == PAGE
    assert reply.header("Access-Control-Allow-Headers").endswith(", mcp-param-region")
    assert reply.header("Access-Control-Allow-Credentials") is None
    assert mcp.requests == []


def test_CORS_03_another_OPTIONS_goes_on(site, mcp):
    assert ask(site.port, site.tokens["good"], "OPTIONS", headers=[("Origin", PAGE)], body=b"").header("X-From") == "mcp"
    assert mcp.only().line.startswith("OPTIONS /mcp ")


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://claude.ai.evil.example", "http://claude.ai"])
@pytest.mark.parametrize("preflight", [False, True])
def test_OR_01_a_foreign_page_gets_nothing_whatever_it_knows(site, mcp, origin, preflight):
    headers = [("Origin", origin), *(PREFLIGHT if preflight else [])]
    case = Case(403, "origin_not_allowed", method="OPTIONS" if preflight else "POST")
    token = None if preflight else site.tokens["good"]
    direct, reply = ask_check(site, case, token, headers), ask_front(site, case, token, headers)
    assert (reply.status, json.loads(reply.body)["error"]) == (403, "origin_not_allowed")
    assert reply.body == direct.body
    assert reply.header("WWW-Authenticate") is None
    assert reply.header("Access-Control-Allow-Origin") is None
    assert mcp.requests == []


def test_OR_03_the_site_serves_no_other_host(site, mcp):
    for host in ("evil.example", "localhost"):
        headers = [("Connection", "close"), ("Authorization", f"Bearer {site.tokens['good']}")]
        assert exchange(site.port, request_bytes("POST", "/mcp", headers, b"{}", host=host)).header("X-From") is None
    assert mcp.requests == []


def test_CH_26_the_control_a_good_token_passes(site, mcp):
    assert ask(site.port, site.tokens["good"], headers=[("Origin", PAGE)]).header("X-From") == "mcp"
    assert mcp.only().header("Remote-User") == "alice"
    assert mcp.only().header("Authorization") is None
