"""
A forbidden tool under every disguise. nginx with inspect lets none of it through to the MCP server; behind the other front
servers, which do not show the body, a real server of 2026-07-28 may see it and never runs the tool.
"""

import json

import pytest

from support.fronts import KINDS
from support.mcp_servers import McpServer
from support.mcp_tricks import (
    ACCEPT, FORBIDDEN, JSON, MODERN, SAFE, Trick, bodies, call, headers_as_nothing, headers_as_safe, standard, types)
from support.scripted_provider import ScriptedProvider
from support.site import claims, start_site
from support.tokens import key_set
from support.wire import exchange, request_bytes

INSPECT, *OTHERS = KINDS
READERS = ("sdk", "express")

SETTINGS = """
ca_file {ca}
issuer {issuer}
resource URL/mcp {{
    allow any
    rate off
    upstream_checks_headers on
    tool safe {{
        allow any
    }}
}}
"""


@pytest.fixture(scope="module")
def start(authority, server_pair, maker, tmp_path_factory):
    """Starts a site; everybody with its `token` may call the tool safe and no other."""
    key = maker.key()
    with ScriptedProvider(tls=server_pair) as provider:
        provider.behave(key_set(key))

        def run(kind, server):
            settings = SETTINGS.format(ca=authority.certificate, issuer=provider.url)
            return start_site(kind, tmp_path_factory.mktemp("site"), settings, upstream_port=server.port)

        run.token = lambda site: maker.sign(key, claims(provider.url, f"{site.url}/mcp"))
        yield run


def opened(start, kind, server):
    with start(kind, server) as site:
        site.server, site.token = server, start.token(site)
        yield site


@pytest.fixture(scope="module", params=READERS)
def server(request, tmp_path_factory):
    """A server of both revisions (SDK v2); the SDK itself reads the body, or Express."""
    with McpServer(tmp_path_factory.mktemp("mcp"), names=[SAFE, FORBIDDEN], reader=request.param) as running:
        yield running


@pytest.fixture(scope="module")
def careless(tmp_path_factory):
    """A server of older revisions that minds no header but the version (SDK v1 with Express, no sessions)."""
    with McpServer(tmp_path_factory.mktemp("mcp"), sdk=1, names=[SAFE, FORBIDDEN], stateless=True, reader="express") as running:
        yield running


@pytest.fixture(scope="module", params=KINDS)
def site(request, start, server):
    yield from opened(start, request.param, server)


@pytest.fixture(scope="module")
def older_site(start, careless):
    yield from opened(start, INSPECT, careless)


def post(port, trick, token=None):
    """Sends the trick as it is on a connection of its own."""
    pairs = [("Authorization", f"Bearer {token}")] if token else []
    if not any(name == "Connection" for name, _ in trick.headers):
        pairs.append(("Connection", "close"))
    host = f"127.0.0.1:{port}"
    if trick.chunked:
        head = request_bytes(trick.method, "/mcp", [*pairs, *trick.headers, ("Transfer-Encoding", "chunked")], host=host)
        return exchange(port, head + b"".join(b"1\r\n%c\r\n" % byte for byte in trick.body) + b"0\r\n\r\n")
    return exchange(port, request_bytes(trick.method, "/mcp", [*pairs, *trick.headers], trick.body, host=host))


def plain(revision=None, name=SAFE):
    return Trick(call(name, revision).encode(), [JSON, ACCEPT, *(standard(name) if revision else [])])


def assert_passes(site, trick):
    """The control of every refusal: the same way is open to who goes it honestly."""
    site.server.forget()
    reply = post(site.port, trick, site.token)
    assert reply.status == 200 and b'"text":"safe"' in reply.body, reply
    assert site.server.ran() == [SAFE]


def assert_no_way(site, trick, control):
    site.server.forget()
    reply = post(site.port, trick, site.token)
    if site.kind == INSPECT:
        assert reply.status in (400, 403, 405, 413, 415), reply
        assert site.server.requests() == []
    # A server that runs it late has done so once it has answered the next request.
    ran = site.server.ran()
    assert_passes(site, control)
    assert FORBIDDEN not in ran + site.server.ran(), reply



# --- the honest ways, without which a refusal would prove nothing ---------------------------------------------------

CONTROLS = {
    "plain": plain(MODERN),
    "its name encoded": Trick(call(SAFE).encode(), [JSON, ACCEPT, *standard("=?base64?c2FmZQ==?=")]),
    "names of headers in small letters": Trick(call(SAFE).encode(), [JSON, ACCEPT, *[(name.lower(), value) for name, value in standard()]]),
    "chunked": Trick(call(SAFE).encode(), [JSON, ACCEPT, *standard()], chunked=True),
    "with a charset": Trick(call(SAFE).encode(), [("Content-Type", "application/json; charset=utf-8"), ACCEPT, *standard()]),
    "with argument headers": Trick(call(SAFE).encode(), [JSON, ACCEPT, *standard(), ("Mcp-Param-Role", "admin")]),
}
OLDER = {
    "plain": plain(),
    "a batch": Trick(f"[{call(SAFE, None)}]".encode()),
    "escapes": Trick(call(SAFE, None).replace("safe", "s\\u0061fe").encode()),
}
# What a careless server takes for a call of the forbidden tool indeed.
REAL = [
    "plain", "a batch", "a batch of one", "a second name", "a second name in escapes", "a second method", "second params",
    "the name in escapes", "the method in escapes", "a lone surrogate elsewhere", "nested deeply", "a byte order mark",
    "a byte that is no UTF-8 elsewhere"]
REAL_TYPES = ["UTF-7", "UTF-16", "gzip", "deflate", "chunked"]


@pytest.mark.parametrize("control", CONTROLS)
def test_HD_05_HD_06_the_honest_ways_are_open(site, control):
    assert_passes(site, CONTROLS[control])


@pytest.mark.parametrize("control", OLDER)
def test_HD_01_the_honest_ways_of_older_clients_are_open_where_the_body_is_seen(older_site, control):
    assert_passes(older_site, OLDER[control])


@pytest.mark.parametrize("trick", [*REAL, *REAL_TYPES])
def test_HD_03_the_tricks_work_where_no_gate_is(careless, trick):
    careless.forget()
    post(careless.port, Trick(bodies(None)[trick]) if trick in REAL else types(None)[trick])
    assert FORBIDDEN in careless.ran()


# --- and the others are not -----------------------------------------------------------------------------------------

@pytest.mark.parametrize("trick", bodies())
@pytest.mark.parametrize("revision", [MODERN, None], ids=["its revision said", "not said"])
def test_HD_03_no_body_gets_the_forbidden_tool_run(site, revision, trick):
    assert_no_way(site, Trick(bodies(revision)[trick], [JSON, ACCEPT, *standard()]), CONTROLS["plain"])


# --- the five requests that tell whether a server may stand behind a gate that sees the headers only -------------------

MISMATCH = -32020
FIVE = {
    "another method": (Trick(call(FORBIDDEN).encode(), [JSON, ACCEPT, *standard(FORBIDDEN, "ping")]), MISMATCH),
    "another name": (Trick(call(FORBIDDEN).encode(), [JSON, ACCEPT, *standard(SAFE)]), MISMATCH),
    "no _meta": (Trick(call(FORBIDDEN, None).encode(), [JSON, ACCEPT, *standard(SAFE)]), None),
    "an array": (Trick(f"[{call(FORBIDDEN, None)}]".encode(), [JSON, ACCEPT, *standard(SAFE)]), None),
    "no method": (Trick(call(FORBIDDEN).encode(), [JSON, ACCEPT, *standard(SAFE, None)]), MISMATCH),
}


@pytest.fixture(scope="module", params=["stateless", "reject"])
def judged(request, start, tmp_path_factory):
    """A server of both revisions, or of 2026-07-28 only, that is asked without a gate."""
    with McpServer(tmp_path_factory.mktemp("mcp"), names=[SAFE, FORBIDDEN], reader="sdk", legacy=request.param) as running:
        yield running


def assert_refused(reply, code):
    assert 400 <= reply.status < 500, reply
    if code:
        assert json.loads(reply.body)["error"]["code"] == code, reply


@pytest.mark.parametrize("case", FIVE)
def test_HD_03_a_server_of_2026_07_28_refuses_the_five_requests_by_itself(judged, case):
    trick, code = FIVE[case]
    judged.forget()
    assert_refused(post(judged.port, trick), code)
    assert post(judged.port, CONTROLS["plain"]).status == 200
    assert judged.ran() == [SAFE]


@pytest.mark.parametrize("case", FIVE)
@pytest.mark.parametrize("site", OTHERS, indirect=True)
def test_HD_03_BD_02_the_five_requests_are_refused_behind_every_front_server(site, case):
    trick, code = FIVE[case]
    site.server.forget()
    assert_refused(post(site.port, trick, site.token), code)
    # What the headers do not tell is ours to refuse; what they tell wrongly, the server's.
    assert len(site.server.requests()) == (0 if case == "no method" else 1)
    assert_passes(site, CONTROLS["plain"])


@pytest.mark.parametrize("trick", bodies(None))
def test_HD_01_no_body_of_an_older_client_gets_to_the_mcp_server(older_site, trick):
    assert_no_way(older_site, Trick(bodies(None)[trick]), OLDER["plain"])


@pytest.mark.parametrize("trick", types())
def test_HD_03_no_type_and_no_framing_gets_the_forbidden_tool_run(site, trick):
    assert_no_way(site, types(standard_headers=standard())[trick], CONTROLS["plain"])


@pytest.mark.parametrize("trick", types(None))
def test_HD_01_no_type_and_no_framing_of_an_older_client_gets_to_the_mcp_server(older_site, trick):
    assert_no_way(older_site, types(None)[trick], OLDER["plain"])


@pytest.mark.parametrize("trick", headers_as_safe())
def test_HD_03_HD_08_HD_13_what_the_headers_hide_the_server_refuses(site, trick):
    assert_no_way(site, headers_as_safe()[trick], CONTROLS["plain"])
    post(site.port, headers_as_safe()[trick], site.token)
    # The control of the next test: these do pass where only headers are seen.
    assert len(site.server.requests()) == (1 if site.kind == INSPECT else 2)


@pytest.mark.parametrize("trick", headers_as_nothing())
def test_HD_04_HD_05_HD_06_HD_07_HD_15_what_the_headers_do_not_tell_plainly_is_refused(site, trick):
    site.server.forget()
    reply = post(site.port, headers_as_nothing()[trick], site.token)
    assert reply.status in (400, 403), reply
    assert site.server.requests() == []
    assert_passes(site, CONTROLS["plain"])


@pytest.mark.parametrize("pairs", [standard(FORBIDDEN), standard(SAFE, "ping"), standard("SAFE"), standard(None), standard(SAFE, None)])
@pytest.mark.parametrize("site", [INSPECT], indirect=True)
def test_BD_02_HD_03_headers_that_lie_about_an_allowed_body_are_refused_too(site, pairs):
    site.server.forget()
    reply = post(site.port, Trick(call(SAFE).encode(), [JSON, ACCEPT, *pairs]), site.token)
    assert (reply.status, json.loads(reply.body)["error"]["code"]) == (400, MISMATCH)
    assert site.server.requests() == []
    assert_passes(site, CONTROLS["plain"])
