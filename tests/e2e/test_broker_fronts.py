"""
The paths of our own authorization server behind every shipped configuration: they lead to their program with all that it
needs, are not found where it does not run, and leave no code in a log.
"""

import json
from contextlib import ExitStack

import pytest

from support.credentials import register
from support.fastcgi_recorder import FastcgiRecorder
from support.fronts import KINDS, start_front
from support.processes import until
from support.programs import NAMES, Program, short_directory
from support.wire import exchange, request_bytes

AUTHORIZE = ("/oauth/authorize", "/oauth/consent", "/oauth/callback", "/oauth/access", "/oauth/access/end", "/oauth/sign-out")
TOKEN = ("/oauth/token", "/oauth/revoke")
FORM = ("Content-Type", "application/x-www-form-urlencoded")
CLOSE = ("Connection", "close")


class Broker:
    """A front server with a recorder in the place of each program of the authorization server."""

    def __init__(self, kind, directory, check, mcp, stack):
        self.kind, self.mcp = kind, mcp
        self.sockets = stack.enter_context(short_directory())
        for name in NAMES:
            if name not in ("authorize", "token"):
                stack.enter_context(Program(check, sockets_dir=self.sockets, name=name, processes=1))
        self.front = stack.enter_context(start_front(kind, directory, sockets_dir=self.sockets, upstream_port=mcp.port))
        self.port = self.front.port
        self.programs = {}

    def start(self):
        self.programs = {name: FastcgiRecorder(self.sockets / f"{name}.sock") for name in ("authorize", "token")}
        # lighttpd asks a socket that was not there again after a second.
        for path, program in (("/oauth/authorize", self.programs["authorize"]), ("/oauth/token", self.programs["token"])):
            until(lambda path=path: self.ask("GET", path).status == 200, f"{path} is answered", process=self.front)
            program.seen.clear()

    def stop(self, remove=True):
        for program in self.programs.values():
            program.stop(remove)
        if not remove:
            return
        self.programs = {}

    def ask(self, method, target, headers=(), body=b""):
        return exchange(self.port, request_bytes(method, target, [CLOSE, *headers], body, host=f"127.0.0.1:{self.port}"))


@pytest.fixture(scope="module", params=KINDS)
def site(request, scripted_check_program, mcp, tmp_path_factory):
    with ExitStack() as stack:
        yield Broker(request.param, tmp_path_factory.mktemp("broker"), scripted_check_program, mcp, stack)


@pytest.fixture
def broker(site, mcp):
    mcp.forget()
    site.start()
    yield site
    site.stop()
    assert mcp.requests == []


@pytest.mark.parametrize("path", [*AUTHORIZE, *TOKEN])
def test_BK_18_a_path_leads_to_its_program_with_query_cookies_body_and_address(broker, path):
    name = "authorize" if path in AUTHORIZE else "token"
    headers = [FORM, ("Cookie", "a=1; __Host-b=2"), ("Sec-Fetch-Site", "same-origin"), ("Authorization", "Basic YWxpY2U6YQ=="),
               ("X-Forwarded-For", "192.0.2.9")]
    reply = broker.ask("POST", f"{path}?state=a%20b&iss=https%3A%2F%2Fx.example", headers, b"decision=allow&request=" + b"x" * 20000)
    assert (reply.status, reply.body) == (200, b"here"), reply
    variables, body = broker.programs[name].only()
    assert not broker.programs["token" if name == "authorize" else "authorize"].seen
    assert body == b"decision=allow&request=" + b"x" * 20000
    wanted = {"REQUEST_METHOD": "POST", "REQUEST_URI": f"{path}?state=a%20b&iss=https%3A%2F%2Fx.example", "SERVER_NAME": "127.0.0.1",
              "CONTENT_TYPE": FORM[1], "CONTENT_LENGTH": str(len(body)), "REMOTE_ADDR": "127.0.0.1", "HTTP_COOKIE": "a=1; __Host-b=2",
              "HTTP_SEC_FETCH_SITE": "same-origin", "HTTP_AUTHORIZATION": "Basic YWxpY2U6YQ==", "HTTP_X_FORWARDED_FOR": "192.0.2.9"}
    assert {key: variables.get(key) for key in wanted} == wanted
    assert broker.kind == "lighttpd" or len(variables["GATEHOUSE_REQUEST_ID"]) >= 32


@pytest.mark.parametrize("path", ["/oauth/authorize", "/oauth/callback", "/oauth/token"])
def test_BK_18_a_get_arrives_too(broker, path):
    assert broker.ask("GET", f"{path}?client_id=c&scope=a+b").status == 200
    variables, body = broker.programs["token" if path in TOKEN else "authorize"].only()
    assert (variables["REQUEST_METHOD"], variables["REQUEST_URI"], body) == ("GET", f"{path}?client_id=c&scope=a+b", b"")


def test_BK_17_a_page_and_a_redirect_go_to_the_browser_as_they_are(broker):
    program = broker.programs["authorize"]
    policy = "default-src 'none'; style-src 'sha256-x'; form-action 'self'; frame-ancestors 'none'"
    for status in (200, 400, 403, 429, 500, 502, 503):
        program.answer = (f"Status: {status} X\r\nContent-Type: text/html; charset=utf-8\r\nContent-Security-Policy: {policy}\r\n"
                          f"Referrer-Policy: no-referrer\r\nCache-Control: no-store\r\nSet-Cookie: a=1; Secure\r\nSet-Cookie: b=2\r\n\r\n"
                          "<!doctype html>a page").encode()
        reply = broker.ask("GET", "/oauth/authorize")
        assert (reply.status, reply.body) == (status, b"<!doctype html>a page"), reply
        assert reply.header("Content-Type") == "text/html; charset=utf-8"
        assert (reply.header("Content-Security-Policy"), reply.header("Referrer-Policy")) == (policy, "no-referrer")
        assert (reply.all("Set-Cookie"), reply.header("Cache-Control")) == (["a=1; Secure", "b=2"], "no-store")
        assert reply.header("Status") is None
    for target in ("http://127.0.0.1:3334/callback?code=x&state=y", "cursor://anysphere.cursor-mcp/oauth/callback?code=x"):
        program.answer = f"Status: 303 See Other\r\nLocation: {target}\r\nSet-Cookie: c=3\r\n\r\n".encode()
        reply = broker.ask("POST", "/oauth/consent", [FORM], b"a=b")
        assert (reply.status, reply.all("Location"), reply.header("Set-Cookie")) == (303, [target], "c=3")


def test_BK_10_a_token_answer_goes_to_the_client_as_it_is(broker):
    program = broker.programs["token"]
    for status in (200, 400, 401, 503):
        program.answer = (f"Status: {status} X\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n"
                          'WWW-Authenticate: Basic realm="x"\r\nRetry-After: 7\r\n\r\n{"error":"x"}').encode()
        reply = broker.ask("POST", "/oauth/token", [FORM], b"grant_type=x")
        assert (reply.status, reply.body) == (status, b'{"error":"x"}'), reply
        assert (reply.header("Cache-Control"), reply.header("Retry-After")) == ("no-store", "7")
        assert reply.header("WWW-Authenticate") == 'Basic realm="x"'


@pytest.mark.parametrize("path", [*AUTHORIZE, *TOKEN])
def test_BK_04_without_an_authorization_server_its_paths_are_not_found(site, mcp, path):
    mcp.forget()
    for method, body in (("GET", b""), ("POST", b"a=b")):
        reply = site.ask(method, path, [FORM], body)
        assert (reply.status, json.loads(reply.body)["error"]) == (404, "not_found"), reply
        assert (reply.header("Content-Type"), reply.header("Cache-Control")) == ("application/json", "no-store")
    assert mcp.requests == []


@pytest.mark.parametrize("path", ["/oauth/authorize/", "/oauth/authorizex", "/oauth/token/x", "/oauth", "/oauth/", "/oauth/callback/"])
def test_BK_18_another_path_is_checked_like_any(broker, path):
    assert broker.ask("GET", path).status == 401
    assert not [one for program in broker.programs.values() for one in program.seen]


def test_BK_07_SV_08_codes_are_in_no_log(broker):
    good, bad = register("code-that-came-with-a-callback-1", "code"), register("code-that-came-with-a-callback-2", "code")
    given = register("code-that-goes-to-the-client", "code")
    broker.programs["authorize"].answer = f"Status: 303 See Other\r\nLocation: http://127.0.0.1/cb?code={given}\r\nSet-Cookie: a={given}\r\n\r\n".encode()
    assert broker.ask("GET", f"/oauth/callback?code={good}&state=s", [("Cookie", f"a={given}")]).status == 303
    broker.stop(remove=False)
    reply = broker.ask("GET", f"/oauth/callback?code={bad}&state=s")
    assert reply.status == 503, reply
    assert (reply.header("Content-Type"), reply.header("Cache-Control")) == ("application/json", "no-store")
    assert (reply.header("Referrer-Policy"), json.loads(reply.body)["error"]) == ("no-referrer", "temporarily_unavailable")
    assert broker.ask("POST", "/oauth/token", [FORM], b"a=b").status == 503
    for program in broker.programs.values():
        program.path.unlink()
    broker.programs = {}
    broker.front.flush_logs("/oauth/token")
    logged = broker.front.logged()
    assert "/oauth/callback" in logged
    assert not [code for code in (good, bad, given) if code in logged]
