"""
Our own authorization server on two machines under one name: each has its web server, programs and state directory, both have the
keys, and what must be remembered is in one Redis. Machines are network namespaces, which only root can make.
"""

import base64
import hashlib
import http.client
import json
import os
import secrets
import shutil
import ssl
import subprocess
import sys
from contextlib import ExitStack
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import pytest

from support.broker_world import BROKER_NAMES, GATE_SECRET, credentials, gate_client, make_keys
from support.credentials import register
from support.fronts import start_front
from support.machines import network
from support.processes import ROOT, Process, until
from support.programs import Programs, program_path, short_directory
from support.providers import IdentityProvider

NAME, PORT = "gate.example", 8443
ORIGIN = f"https://{NAME}:{PORT}"
RESOURCE = f"{ORIGIN}/mcp"
BACK = "http://127.0.0.1:3334/callback"
REDIS_PORT, MCP_PORT, PROVIDER_PORT = 6379, 8080, 9443

SETTINGS = """
state_directory {state}
authorization_server broker
public_issuer {origin}
ca_file {ca}
redis 10.77.0.1:{redis}
issuer https://10.77.0.1:{provider} {{
    client_id gate
    {credentials}
    login_scopes openid profile email groups
    userinfo_endpoint discover
}}
client notes {{
    client_name Notes
    redirect_uri {back}
}}
resource {resource} {{
    require_scopes mcp:read
    allow group mcp-users
}}
"""
CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "whoami", "arguments": {}, "_meta": {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientInfo": {"name": "tests", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {}}}}
MCP = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2026-07-28",
       "Mcp-Method": "tools/call", "Mcp-Name": "whoami"}


def as_root(test):
    """The test itself for root; for anybody else the same test by way of sudo."""
    if os.geteuid() == 0:
        return test

    def through_sudo(tmp_path):
        kept = [f"{name}={value}" for name, value in os.environ.items() if name.startswith(("GATEHOUSE_", "ASAN_", "UBSAN_", "LSAN_"))]
        left = [tmp_path, *(Path(os.environ[name]).parent for name in ("GATEHOUSE_TEST_CREDENTIALS",) if name in os.environ)]
        try:
            done = subprocess.run(["sudo", "-n", "env", *kept, sys.executable, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider",
                                   "--basetemp", tmp_path / "root", f"{__file__}::{test.__name__}"],
                                  cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
        finally:
            subprocess.run(["sudo", "-n", "chown", "-R", f"{os.geteuid()}:{os.getegid()}", *left], check=True)
        assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]

    through_sudo.__name__ = test.__name__
    return through_sudo


class Page(HTMLParser):
    """The first form of a page, and where the page goes on to by itself."""

    def __init__(self, text):
        super().__init__()
        self.action, self.fields, self.onward = None, {}, None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        said = dict(attributes)
        if tag == "form" and self.action is None:
            self.action = said["action"]
        elif tag == "input":
            self.fields[said["name"]] = said.get("value", "")
        elif tag == "meta" and said.get("http-equiv") == "refresh":
            self.onward = said["content"].partition("url=")[2]


class Reply:
    def __init__(self, response):
        self.status, self.headers, self.text = response.status, response.headers, response.read().decode()

    @property
    def json(self):
        return json.loads(self.text)


class Traveller:
    """A person with a browser, and the client's own requests: they say at which machine our name is reached."""

    def __init__(self, world):
        self.world, self.cookies = world, {}

    def ask(self, machine, method, url, headers=(), form=None, body=None):
        parts = urlsplit(url)
        ours = parts.hostname == NAME
        address = machine.address if ours else parts.hostname
        sent = {"Host": parts.netloc, "Connection": "close", **dict(headers)}
        if form is not None:
            sent["Content-Type"], body = "application/x-www-form-urlencoded", urlencode(form)
        jar = self.cookies.setdefault(parts.hostname, {})
        if jar:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in jar.items())
        connection = http.client.HTTPConnection(parts.hostname, parts.port)
        connection.sock = self.world.trust.wrap_socket(self.world.hub.connect(address, parts.port), server_hostname=parts.hostname)
        try:
            connection.request(method, f"{parts.path}?{parts.query}" if parts.query else parts.path, body, sent)
            reply = Reply(connection.getresponse())
        finally:
            connection.close()
        for cookie in reply.headers.get_all("Set-Cookie") or []:
            name, _, rest = cookie.partition("=")
            jar[name] = rest.split(";")[0]
        return reply

    def begin(self, machine):
        """The consent page of an authorization request at that machine."""
        self.verifier, self.state = register(secrets.token_urlsafe(32), "verifier"), secrets.token_urlsafe(8)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()
        question = {"response_type": "code", "client_id": "notes", "redirect_uri": BACK, "state": self.state, "code_challenge": challenge,
                    "code_challenge_method": "S256", "scope": "mcp:read offline_access", "resource": RESOURCE}
        return self.ask(machine, "GET", f"{ORIGIN}/oauth/authorize?{urlencode(question)}")

    def allow(self, machine, page):
        form = Page(page.text)
        return self.ask(machine, "POST", urljoin(ORIGIN, form.action), [("Sec-Fetch-Site", "same-origin"), ("Origin", "null")],
                        {**form.fields, "decision": "allow"})

    def log_in(self, reply):
        """From the answer to the consent to the URL of our callback, which is not asked for yet."""
        url = ORIGIN
        for _ in range(12):
            url = urljoin(url, reply.headers["Location"] or Page(reply.text).onward)
            if url.startswith(f"{ORIGIN}/oauth/callback?"):
                return url
            reply = self.ask(None, "GET", url)
        raise AssertionError("the login went round in circles")

    def code(self, first, second, third):
        """A code, of a flow that goes over three machines."""
        page = self.begin(first)
        assert page.status == 200, page.text
        callback = self.log_in(self.allow(second, page))
        reply = self.ask(third, "GET", callback)
        assert reply.status == 303, reply.text
        back = parse_qs(urlsplit(reply.headers["Location"]).query)
        assert (back["state"], back["iss"]) == ([self.state], [ORIGIN]), back
        return register(back["code"][0], "code")

    def token(self, machine, **form):
        """The token endpoint's answer."""
        reply = self.ask(machine, "POST", f"{ORIGIN}/oauth/token", form={"client_id": "notes", **form})
        if reply.status == 200:
            for name in ("access_token", "refresh_token"):
                register(reply.json[name], name)
        return reply

    def redeem(self, machine, code):
        return self.token(machine, grant_type="authorization_code", code=code, redirect_uri=BACK, code_verifier=self.verifier,
                          resource=RESOURCE)

    def renew(self, machine, refresh_token):
        return self.token(machine, grant_type="refresh_token", refresh_token=refresh_token)

    def call(self, machine, access_token):
        return self.ask(machine, "POST", RESOURCE, {**MCP, "Authorization": f"Bearer {access_token}"}.items(), body=json.dumps(CALL))


class World:
    def __init__(self, directory, authority, stack):
        machines = stack.enter_context(network("one", "two"))
        self.directory, self.hub, self.one, self.two = directory, machines["hub"], machines["one"], machines["two"]
        self.trust = ssl.create_default_context(cafile=authority.certificate)
        self.start_redis(stack)
        pair = authority.issue(NAME, self.hub.address, file="machines")
        self.provider = stack.enter_context(IdentityProvider(
            directory, {}, tls=pair, clients=[gate_client(ORIGIN)], resource_indicators=False, scopes=[], refreshes=True,
            host=self.hub.address, port=PROVIDER_PORT, before=self.hub.before))
        for machine in (self.one, self.two):
            self.start_machine(machine, authority, pair, stack)

    def start_redis(self, stack):
        self.redis = Process([*self.hub.before, "redis-server", "--bind", self.hub.address, "--port", REDIS_PORT, "--protected-mode", "no",
                              "--save", "", "--appendonly", "no", "--dir", self.directory], log=self.directory / "redis.log")
        stack.callback(self.redis.stop)
        until(lambda: self.one.answers(REDIS_PORT, self.hub.address),
              "Redis listens", process=self.redis)

    def start_machine(self, machine, authority, pair, stack):
        home = self.directory / machine.name
        state, config = home / "state", home / "gatehouse.conf"
        state.mkdir(mode=0o700, parents=True)
        config.write_text(SETTINGS.format(state=state, origin=ORIGIN, resource=RESOURCE, ca=authority.certificate, redis=REDIS_PORT, back=BACK,
                                          provider=PROVIDER_PORT, credentials=credentials(home)))
        if machine is self.one:
            make_keys(config, state)
        else:
            # Both have the same keys, as an operator would copy them.
            for file in (self.directory / self.one.name / "state").iterdir():
                if file.name.startswith("assertion-") or file.name == "seal.keys":
                    shutil.copy2(file, state / file.name)
        stack.enter_context(Process([*machine.before, program_path("mcp-server").resolve(), MCP_PORT], log=home / "mcp-server.log"))
        sockets = stack.enter_context(short_directory())
        machine.programs = stack.enter_context(Programs(sockets, config, BROKER_NAMES, before=machine.before))
        stack.enter_context(start_front("nginx-inspect", home, sockets_dir=sockets, upstream_port=MCP_PORT, server_name=NAME, tls=pair,
                                        port=PORT, machine=machine))


@pytest.fixture(scope="module")
def world(authority, tmp_path_factory):
    with ExitStack() as stack:
        yield World(Path(tmp_path_factory.mktemp("machines")), authority, stack)


@pytest.fixture
def person(world):
    return Traveller(world)


def assert_alice(reply):
    assert reply.status == 200, (reply.status, reply.text)
    seen = json.loads(reply.json["result"]["content"][0]["text"])
    assert (seen["Remote-User"], seen["Remote-Issuer"], seen["Remote-Client"], "Authorization" in seen) == ("alice", ORIGIN, "notes", False)


@as_root
def test_BK_07_BK_18_a_flow_that_began_on_one_machine_ends_on_the_other(world, person):
    one, two = world.one, world.two
    for first, second, third, last in ((one, two, one, two), (two, two, two, one), (one, one, two, two)):
        granted = Traveller(world)
        reply = granted.redeem(last, granted.code(first, second, third))
        assert reply.status == 200, reply.text
        for machine in (one, two):
            assert_alice(granted.call(machine, reply.json["access_token"]))


@as_root
def test_BK_12_a_refresh_token_that_is_replayed_on_the_other_machine_ends_the_grant(world, person):
    one, two = world.one, world.two
    first = person.redeem(one, person.code(one, one, one)).json
    second = person.renew(two, first["refresh_token"])
    assert second.status == 200, second.text
    third = person.renew(one, second.json["refresh_token"])
    assert third.status == 200, third.text
    assert_alice(person.call(two, third.json["access_token"]))

    replayed = person.renew(one, second.json["refresh_token"])
    assert (replayed.status, replayed.json["error"]) == (400, "invalid_grant")
    newest = person.renew(two, third.json["refresh_token"])
    assert (newest.status, newest.json["error"]) == (400, "invalid_grant")
    for machine in (one, two):
        for granted in (first, third.json):
            until(lambda machine=machine, granted=granted: person.call(machine, granted["access_token"]).status == 401,
                  "the access token is refused")


@as_root
def test_BK_07_a_code_is_redeemed_once_on_all_machines_together(world, person):
    code = person.code(world.two, world.one, world.two)
    granted = person.redeem(world.one, code)
    assert granted.status == 200, granted.text
    again = person.redeem(world.two, code)
    assert (again.status, again.json["error"]) == (400, "invalid_grant")
    for machine in (world.one, world.two):
        until(lambda machine=machine: person.call(machine, granted.json["access_token"]).status == 401, "the access token is refused")


@as_root
def test_BK_07_BK_12_without_redis_nobody_is_admitted_and_all_goes_on_when_it_is_back(world, person):
    one, two = world.one, world.two
    granted = person.redeem(one, person.code(one, two, one)).json
    page, other = person.begin(one), Traveller(world)
    code = other.code(two, two, two)
    world.redis.stop()
    for machine in (one, two):
        refused = [person.renew(machine, granted["refresh_token"]), other.redeem(machine, code)]
        assert [(reply.status, reply.json["error"]) for reply in refused] == [(503, "temporarily_unavailable")] * 2, [one.text for one in refused]
        assert all(int(reply.headers["Retry-After"]) > 0 for reply in refused)
    # A person reads a page.
    told = person.allow(two, page)
    assert (told.status, told.headers.get_content_type()) == (503, "text/html"), told.text
    with ExitStack() as stack:
        world.start_redis(stack)
        fresh = Traveller(world)
        until(lambda: fresh.begin(one).status == 200, "the authorization server is back")
        reply = fresh.redeem(two, fresh.code(one, two, one))
        assert reply.status == 200, reply.text
        assert_alice(fresh.call(one, reply.json["access_token"]))
