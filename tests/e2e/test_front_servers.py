"""
What the shipped front-server configurations promise whatever the check does: nothing gets past it, a broken check is a
no. The proof is always what the MCP server itself saw.
"""

import json
import subprocess

import pytest

from support.fronts import start_front
from support.processes import until
from support.programs import Program, short_directory
from support.wire import ask, connect, exchange, request_bytes, send, until_close

CLOSE = ("Connection", "close")
GRANT = ("Authorization", "Bearer grant")
MIB = 1024 * 1024


def assert_unavailable(reply):
    assert reply.status == 503, reply
    assert int(reply.header("Retry-After")) > 0
    assert reply.header("Content-Type") == "application/json"
    assert reply.header("Cache-Control") == "no-store"
    assert json.loads(reply.body)["error"] == "temporarily_unavailable"


def assert_still_serves(front, mcp):
    """The control of every "nothing came through": the same front server lets a granted request through."""
    mcp.forget()
    assert ask(front.port, "grant").header("X-From") == "mcp"
    # What broke off before may come only now.
    assert [seen.complete for seen in mcp.requests].count(True) == 1


# --- nothing gets past the check ------------------------------------------------------------------------------------

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "REPORT", "LOCK", "TRACE", "get",
           "CONNECT", "PURGE"]
TARGETS = [
    "/", "/mcp", "/mcp/", "//mcp", "/mcp//", "/./mcp", "/x/../mcp", "/x/%2e%2e/mcp", "/x/..%2fmcp", "/%6dcp", "/MCP", "/Mcp",
    "/mcp;a=b", "/mcp;", "/mcp%20", "/mcp%09", "/mcp%00", "/mcp%0a", "/mcp%0d%0aX:%20y", "/mcp.", "/mcp.json", "/mcp?", "/mcp%3fa",
    "/mcp%23", "/\\mcp", "/mcp\\", "/%5cmcp", "/%2fmcp", "/%252fmcp", "//x.example/mcp", "///mcp", "/mcp/../mcp", "/sse", "/messages",
    "/.well-known/../mcp", "/.well-known/oauth-protected-resource/../../mcp", "/.well-known/oauth-protected-resource/..%2f..%2fmcp",
    "/.well-known/oauth-protected-resource/%2e%2e/%2e%2e/mcp", "/.well-known/oauth-protected-resourcemcp",
    "/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration/x", "/.well-known/security.txt", "/oauth/register", "/oauth/register/", "/oauth/register/../../mcp",
    "/oauth/registerx", "/oauth/jwks", "/oauth/jwks/", "/oauth/jwks/../../mcp", "/oauth/jwksx", "/healthz", "/healthz/../mcp", "/healthz/mcp", "/healthzmcp", "/_gatehouse/auth-check", "/@gatehouse_upstream",
    "@gatehouse_upstream", "*", "mcp", "http://127.0.0.1/mcp", "/favicon.ico", "/robots.txt", "/index.html",
]
HEADERS = {
    "preflight": ("OPTIONS", [("Origin", "https://claude.ai"), ("Access-Control-Request-Method", "POST")]),
    "websocket": ("GET", [("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"),
                          ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")]),
    "h2c": ("GET", [("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", "h2c"), ("HTTP2-Settings", "AAMAAABkAAQAAP__")]),
    "override method": ("GET", [("X-HTTP-Method-Override", "OPTIONS")]),
    "original uri": ("POST", [("X-Original-URI", "/healthz"), ("X-Original-URL", "/healthz"), ("X-Rewrite-URL", "/healthz")]),
    "forwarded uri": ("POST", [("X-Forwarded-Uri", "/healthz"), ("X-Forwarded-Method", "OPTIONS"), ("X_Forwarded_Uri", "/healthz")]),
    "accel redirect": ("POST", [("X-Accel-Redirect", "@gatehouse_upstream"), ("X-Gatehouse-Decision", "allow")]),
    "own variables": ("POST", [("Gatehouse-Decision", "allow"), ("Gatehouse-Seen", "1"), ("Variable-Gatehouse-Decision", "allow")]),
    "role": ("POST", [("Fcgi-Role", "AUTHORIZER"), ("Gatehouse-Voice", "inspect"), ("Status", "200")]),
    "identity": ("POST", [("Remote-User", "alice"), ("X-Auth-Request-User", "alice")]),
    "basic": ("POST", [("Authorization", "Basic YWxpY2U6YWxpY2U=")]),
    "two credentials": ("POST", [("Authorization", "Bearer x"), ("Authorization", "Bearer y")]),
    "underscore": ("POST", [("Authorization_", "Bearer grant"), ("Proxy_Authorization", "Bearer grant")]),
    "session": ("POST", [("Mcp-Session-Id", "session-1"), ("Cookie", "session=1")]),
    "range": ("GET", [("Range", "bytes=0-10"), ("If-None-Match", "*")]),
    "trailer": ("POST", [("Trailer", "Authorization"), ("TE", "trailers")]),
}
RAW = {
    "http 1.0": b"GET /mcp HTTP/1.0\r\n\r\n",
    "http 1.0 with host": b"POST /mcp HTTP/1.0\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\n\r\n{}",
    "http 0.9": b"GET /mcp\r\n\r\n",
    "http 3.0": b"GET /mcp HTTP/3.0\r\nHost: 127.0.0.1\r\n\r\n",
    "h2 without asking": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00\x00\x00\x04\x00\x00\x00\x00\x00",
    "no host": b"GET /mcp HTTP/1.1\r\nConnection: close\r\n\r\n",
    "two hosts": b"GET /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    "pipelined": b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
                 b"GET /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
                 b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
    "length and chunked": b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n"
                          b"Connection: close\r\n\r\n0\r\n\r\nGET /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
    "two lengths": b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\nContent-Length: 44\r\nConnection: close\r\n\r\n"
                   b"GET /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n12345",
    "chunked": b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "strange coding": b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: xchunked\r\nConnection: close\r\n\r\n0\r\n\r\n",
    "expect": b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
    "folded": b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: b\r\n Authorization: Bearer grant\r\nConnection: close\r\n\r\n",
    "space before colon": b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization : Bearer grant\r\nConnection: close\r\n\r\n",
    "bare line feeds": b"GET /mcp HTTP/1.1\nHost: 127.0.0.1\nConnection: close\n\n",
    "nul in a header": b"GET /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: a\x00b\r\nConnection: close\r\n\r\n",
    "huge header": b"GET /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: " + b"a" * 200_000 + b"\r\nConnection: close\r\n\r\n",
}


@pytest.mark.parametrize("method", METHODS)
def test_CH_20_no_method_gets_past_the_check(front, mcp, method):
    reply = exchange(front.port, request_bytes(method, "/mcp", [CLOSE]))
    assert reply.status >= 400, reply
    assert mcp.requests == []
    assert_still_serves(front, mcp)


@pytest.mark.parametrize("target", TARGETS)
def test_DISC_12_no_spelling_of_the_path_gets_past_the_check(front, mcp, target):
    for method in ("GET", "POST"):
        reply = exchange(front.port, request_bytes(method, target, [CLOSE]))
        assert reply.status >= 400, reply
    assert mcp.requests == []
    assert_still_serves(front, mcp)


@pytest.mark.parametrize("case", HEADERS)
def test_SV_01_no_header_gets_past_the_check(front, mcp, case):
    method, headers = HEADERS[case]
    reply = exchange(front.port, request_bytes(method, "/mcp", headers))
    assert reply.status >= 400 or reply.status == 101 and case == "h2c", reply
    assert mcp.requests == []
    assert_still_serves(front, mcp)


@pytest.mark.parametrize("case", RAW)
def test_SEC_16_no_framing_gets_past_the_check(front, mcp, case):
    received = until_close(front.port, RAW[case])
    assert b"reached" not in received
    assert b" 200 " not in received.split(b"\r\n", 1)[0], received
    assert mcp.requests == []
    assert_still_serves(front, mcp)


def test_OR_03_another_host_is_not_served(front, mcp):
    for host in ("evil.example", "localhost", "127.0.0.1.evil.example"):
        reply = exchange(front.port, request_bytes("POST", "/mcp", [CLOSE, GRANT], b"{}", host=host))
        assert reply.header("X-From") is None
    assert mcp.requests == []
    target = exchange(front.port, request_bytes("POST", "http://evil.example/mcp", [CLOSE, GRANT], b"{}"))
    assert target.header("X-From") is None
    assert mcp.requests == []
    assert_still_serves(front, mcp)


@pytest.mark.parametrize("target", ["/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp", "/healthz",
                                    "/.well-known/oauth-authorization-server", "/.well-known/oauth-authorization-server/x",
                                    "/.well-known/openid-configuration", "/.well-known/openid-configuration/x", "/oauth/register", "/oauth/jwks"])
def test_SV_06_HD_22_public_paths_go_to_their_program_and_never_to_the_mcp_server(front, mcp, target):
    # Even a grant is of no use there: these programs are not asked for one.
    reply = ask(front.port, "grant", "GET", target, body=b"")
    assert reply.header("X-From") is None
    assert mcp.requests == []
    denied = ask(front.port, "deny.404", "GET", target, body=b"")
    assert (denied.status, json.loads(denied.body)) == (404, {"error": "scripted", "status": 404})


# --- a no arrives whole -----------------------------------------------------------------------------------------

@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 429, 503])
def test_CH_26_a_refusal_arrives_whole(front, mcp, status):
    reply = ask(front.port, f"deny.{status}", headers=[("Origin", "https://claude.ai")])
    assert (reply.status, json.loads(reply.body)) == (status, {"error": "scripted", "status": status})
    challenge = 'Bearer resource_metadata="https://a.example/b", scope="c"' if status in (401, 403) else None
    assert reply.header("WWW-Authenticate") == challenge
    assert reply.header("Retry-After") == ("7" if status in (429, 503) else None)
    assert reply.header("Content-Type") == "application/json"
    assert reply.header("Cache-Control") == "no-store"
    assert reply.header("Access-Control-Allow-Origin") == "https://claude.ai"
    assert "WWW-Authenticate" in reply.header("Access-Control-Expose-Headers")
    assert reply.header("Vary") == "Origin"
    assert not [name for name, _ in reply.headers if name.lower().startswith(("x-gatehouse", "remote-", "status"))]
    assert mcp.requests == []


def test_CORS_03_a_preflight_is_answered_and_goes_no_further(front, mcp):
    headers = [("Origin", "https://claude.ai"), ("Access-Control-Request-Method", "POST")]
    reply = ask(front.port, "deny.204", "OPTIONS", headers=headers, body=b"")
    assert (reply.status, reply.body) == (204, b"")
    assert reply.header("Access-Control-Allow-Origin") == "https://claude.ai"
    assert reply.header("Access-Control-Allow-Methods") == "POST, GET, DELETE, OPTIONS"
    assert reply.header("Access-Control-Allow-Headers") == "Authorization, Content-Type"
    assert reply.header("Access-Control-Max-Age") == "86400"
    assert reply.header("Vary") == "Origin"
    assert mcp.requests == []


def test_CORS_04_a_granted_answer_has_gatehouses_cors_and_not_the_mcp_servers(front, mcp):
    reply = ask(front.port, "origin", headers=[("Origin", "https://claude.ai")])
    assert reply.header("X-From") == "mcp"
    assert reply.header("Access-Control-Allow-Origin") == "https://claude.ai"
    assert "Mcp-Session-Id" in reply.header("Access-Control-Expose-Headers")
    assert "Origin" in ", ".join(reply.all("Vary")) and "Accept" in ", ".join(reply.all("Vary"))
    assert reply.all("Access-Control-Allow-Credentials") == []
    assert reply.header("Mcp-Session-Id") == "session-1"
    assert not [name for name, _ in reply.headers if name.lower().startswith(("x-gatehouse", "remote-", "status"))]


def test_CORS_04_without_an_origin_no_origin_is_allowed(front, mcp):
    reply = ask(front.port, "grant")
    assert reply.header("X-From") == "mcp"
    assert reply.all("Access-Control-Allow-Origin") == []
    assert "Origin" in ", ".join(reply.all("Vary"))


def test_SV_02_a_client_cannot_ask_the_check_itself(front):
    reply = ask(front.port, "grant", "GET", "/_gatehouse/auth-check", body=b"")
    assert reply.header("X-From") == "mcp" or reply.status == 404
    assert not [name for name, _ in reply.headers if name.lower().startswith(("x-gatehouse", "remote-"))]


# --- a broken check is a no ---------------------------------------------------------------------------------------

# "found", "no-content" and, in the inspect way, an answer without status are complete answers of their own; all the
# front server owes us there is that they lead nowhere.
OWN_ANSWER = {"found", "no-content", "blank", "typed", "abort"}


@pytest.mark.parametrize("fault", ["nothing", "garbage", "bad-status", "undecided", "exit", *sorted(OWN_ANSWER)])
def test_SEC_16_a_broken_check_is_a_no(front, mcp, fault):
    reply = ask(front.port, fault)
    assert reply.header("X-From") is None and reply.body != b"reached"
    if fault not in OWN_ANSWER:
        assert_unavailable(reply)
    assert mcp.requests == []
    assert_still_serves(front, mcp)


def test_SEC_16_a_hanging_check_is_a_no(front, mcp):
    assert_unavailable(ask(front.port, "hang"))
    assert mcp.requests == []
    assert_still_serves(front, mcp)


def test_SEC_16_a_missing_check_is_a_no_until_it_is_back(scripted_check_program, scripted_front, mcp, tmp_path):
    mcp.forget()
    with short_directory() as sockets:
        with start_front(scripted_front.kind, tmp_path, sockets_dir=sockets, upstream_port=mcp.port) as front:
            assert_unavailable(ask(front.port, "grant"))
            with Program(scripted_check_program, sockets_dir=sockets, name="auth-check") as check:
                # lighttpd asks a socket that failed no sooner than a second later.
                until(lambda: ask(front.port, "grant").header("X-From") == "mcp", "the check is asked again", process=front)
            assert not check.socket.exists() or check.popen.poll() is not None
            mcp.forget()
            assert_unavailable(ask(front.port, "grant"))
            assert mcp.requests == []


# --- bodies, streams, long tokens, logs -----------------------------------------------------------------------------

def test_HD_18_the_second_event_comes_after_the_first_was_seen(front, mcp):
    with connect(front.port) as connection:
        send(connection, request_bytes("POST", "/stream", [CLOSE, GRANT, ("Accept", "text/event-stream")], b"{}"))
        received = b""
        while b"first" not in received:
            piece = connection.recv(65536)
            assert piece, received
            received += piece
        assert b"second" not in received
        mcp.release.set()
        while piece := connection.recv(65536):
            received += piece
    assert received.index(b"data: first") < received.index(b"data: second")


def test_SV_08_a_token_of_8_kib_arrives(front, mcp):
    token = "length." + "a" * 8192
    assert ask(front.port, token).status == 200
    assert mcp.only().header("Remote-Name") == str(len("Bearer ") + len(token))


@pytest.mark.parametrize("size", [1, 100_000, 4 * MIB])
def test_SV_03_a_body_arrives_whole(front, mcp, size):
    body = bytes(i % 251 for i in range(size))
    assert ask(front.port, "body", body=body).status == 200
    seen = mcp.only()
    assert seen.body == body
    assert seen.header("Remote-Name") == (str(size) if front.kind == "nginx-inspect" else "0")


def test_SV_03_a_chunked_body_arrives_whole(front, mcp):
    head = request_bytes("POST", "/mcp", [CLOSE, GRANT, ("Transfer-Encoding", "chunked")])
    reply = exchange(front.port, head + b"3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n")
    assert (reply.status, mcp.only().body) == (200, b"abcdefg")


def test_SEC_12_a_body_over_4_mib_is_refused_and_does_not_arrive(front, mcp):
    reply = ask(front.port, "grant", body=b"a" * (4 * MIB + 1))
    assert reply.status == 413
    assert reply.header("Content-Type") == "application/json"
    assert json.loads(reply.body)["error"] == "invalid_request"
    assert mcp.requests == []
    assert_still_serves(front, mcp)


def test_SEC_12_a_chunked_body_over_4_mib_never_arrives_whole(front, mcp):
    head = request_bytes("POST", "/mcp", [CLOSE, GRANT, ("Transfer-Encoding", "chunked")])
    reply = exchange(front.port, head + (b"100000\r\n" + b"a" * MIB + b"\r\n") * 5 + b"0\r\n\r\n")
    assert reply.status >= 400 or reply.status == 0
    assert not [seen for seen in mcp.requests if seen.complete]
    if front.kind != "caddy":  # which passes on what it has, but never the end
        assert mcp.requests == []
    assert_still_serves(front, mcp)


def test_SV_08_no_log_has_the_query_or_the_token(front, mcp):
    for token in ("grant.logged-token", "deny.401.logged-token"):
        ask(front.port, token, target="/mcp?access_token=logged-query")
    ask(front.port, None, target="/mark-of-the-last-line?access_token=logged-query")
    front.flush_logs("mark-of-the-last-line")
    assert "logged-" not in front.logged()


# --- TLS ---------------------------------------------------------------------------------------------------------

def test_SEC_16_the_same_holds_over_tls_and_http_2(scripted_sockets, scripted_front, mcp, tmp_path):
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    mcp.forget()
    with start_front(scripted_front.kind, tmp_path, sockets_dir=scripted_sockets, upstream_port=mcp.port,
                     tls=(certificate, key)) as front:
        def curl(*arguments):
            done = subprocess.run(["curl", "-sS", "-i", "--http2", "--max-time", "20", "--cacert", certificate, *arguments,
                                   f"{front.url}/mcp"], capture_output=True, text=True, check=True)
            return done.stdout.lower()
        assert curl().startswith("http/2 401")
        assert mcp.requests == []
        assert "x-from: mcp" in curl("-H", "Authorization: Bearer grant", "-H", "Remote-User: evil", "-d", "{}")
        seen = mcp.only()
        assert (seen.header("Remote-User"), seen.header("X-Forwarded-Proto"), seen.body) == ("alice", "https", b"{}")


# --- a provider's own host (authorization_server augment) -----------------------------------------------------------

def test_SV_06_on_a_providers_host_metadata_and_registration_are_ours_and_the_rest_is_the_providers(scripted_sockets, mcp, tmp_path):
    ours = ["/.well-known/oauth-authorization-server", "/.well-known/oauth-authorization-server/realms/a",
            "/.well-known/openid-configuration", "/.well-known/openid-configuration/realms/a",
            "/application/o/mcp/.well-known/openid-configuration", "/oauth/register"]
    theirs = ["/", "/authorize?client_id=a", "/oauth/token", "/oauth/jwks", "/realms/a/jwks", "/.well-known/webfinger", "/.well-known/openid-configurationx",
              "/realms/a/.well-known/openid-configuration"]
    with start_front("nginx-provider", tmp_path, sockets_dir=scripted_sockets, upstream_port=mcp.port) as front:
        mcp.forget()
        for target in ours:
            reply = ask(front.port, "deny.404", "GET", target, body=b"")
            assert json.loads(reply.body) == {"error": "scripted", "status": 404}, target
        assert mcp.requests == []
        for target in theirs:
            assert ask(front.port, "deny.404", "GET", target, body=b"").header("X-From") == "mcp"
        # The provider reads its own credentials and sees the host that the client asked for.
        assert [seen.line.split(" ")[1] for seen in mcp.requests] == theirs
        assert {seen.header("Authorization") for seen in mcp.requests} == {"Bearer deny.404"}
        assert {seen.header("Host") for seen in mcp.requests} == {f"127.0.0.1:{front.port}"}
