"""
The recipes of docs/assertions.md, as they stand there, behind every front server: a real MCP server believes nobody but
gatehouse, and gatehouse speaks for nobody but who is really asking.
"""

import json
import re
from contextlib import contextmanager

import pytest

from support.clients import run_client
from support.fronts import KINDS
from support.mcp_servers import McpServer
from support.node import PACKAGES
from support.processes import ROOT, free_port, until
from support.programs import run_command
from support.site import claims, start_site
from support.tokens import key_set
from support.wire import ask, exchange, request_bytes

ISSUER = "http://127.0.0.1:1/idp"  # nobody asks it: its keys are a file
HEADER = "X-Gatehouse-Assertion"
SETTINGS = """
issuer {issuer} {{ keys_file {keys}; }}
resource URL/mcp {{
    allow any
    assertion on
}}
"""


def recipe(language, url):
    """The first example of that language, with the address that a reader would put there."""
    page = (ROOT / "docs/assertions.md").read_text()
    text = re.search(rf"^```{language}\n(.*?)^```$", page, re.S | re.M)[1]
    assert "https://mcp.example.com/oauth/jwks" in text
    return text.replace("https://mcp.example.com", url)


@pytest.fixture(scope="module")
def key(maker):
    return maker.key("ES256")


@contextmanager
def start(kind, directory, maker, key):
    port, keys, module = free_port(), directory / "keys.json", directory / "recipe.mjs"
    keys.write_text(json.dumps(key_set(key)))
    module.write_text(recipe("js", f"http://127.0.0.1:{port}"))
    (directory / "node_modules").symlink_to(PACKAGES)
    settings = SETTINGS.format(issuer=ISSUER, keys=keys)
    with McpServer(directory, sdk=1, recipe=module) as server, \
            start_site(kind, directory / "site", settings, upstream_port=server.port, port=port, keys=True) as site:
        site.server = server
        site.token = lambda subject="alice", **more: maker.sign(key, claims(ISSUER, f"{site.url}/mcp", subject, **more))
        yield site


@pytest.fixture(scope="module", params=KINDS)
def running(request, tmp_path_factory, maker, key):
    with start(request.param, tmp_path_factory.mktemp("assertion"), maker, key) as site:
        yield site


@pytest.fixture
def site(running):
    running.server.forget()
    return running


def verified(site, token):
    """What the MCP server's tool knows of its caller: the claims of the assertion that it verified."""
    outcome = run_client(f"{site.url}/mcp", sdk=1, token=token, tool="whoami")
    assert outcome["ok"], outcome
    seen = json.loads(outcome["result"])
    assert seen["authorization"] is False
    return seen["verified"]


def initialize(site, token, headers=()):
    body = {"jsonrpc": "2.0", "id": 1, "method": "initialize",
            "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "tests", "version": "1"}}}
    more = [("Content-Type", "application/json"), ("Accept", "application/json, text/event-stream"), *headers]
    return ask(site.port, token, headers=more, body=json.dumps(body).encode())


def test_HD_22_a_real_mcp_server_verifies_who_is_asking(site):
    who = verified(site, site.token(email="a@example.com", email_verified=True, scope="mcp:read mcp:write", groups=["staff", "ops"]))
    assert len(who.pop("jti")) == 22 and who.pop("exp") == who.pop("iat") + 60
    assert who == {"iss": site.url, "aud": f"{site.url}/mcp", "sub": "alice", "idp": ISSUER, "preferred_username": "alice",
                   "email": "a@example.com", "client_id": "client-1", "scope": "mcp:read mcp:write", "groups": ["staff", "ops"]}
    assert verified(site, site.token("bob"))["sub"] == "bob"
    # Each request had exactly one, and no client of the tests made it.
    assert {len(seen.all(HEADER)) for seen in site.server.requests()} == {1}


def test_HD_22_a_clients_own_assertion_never_arrives(site, maker, key):
    assert initialize(site, site.token()).status == 200
    alices = site.server.requests()[-1].header(HEADER)
    forged = maker.sign(key, claims(site.url, f"{site.url}/mcp", "alice"), {"typ": "gatehouse-assertion+jwt"})
    # A word that the MCP server would see if any of these were passed on, and the real thing.
    for value in ("evil", forged, alices):
        for headers in ([(HEADER, value)], [(HEADER, value), (HEADER, value)], [(HEADER.lower(), value)], [(HEADER.replace("-", "_"), value)],
                        [("X-Gatehouse_Assertion", value)], [(HEADER, f" {value}"), ("Connection", HEADER)]):
            site.server.forget()
            assert initialize(site, None, headers).status == 401
            assert site.server.requests() == []
            assert initialize(site, site.token("bob"), headers).status == 200
            arrived, = site.server.requests()
            ours = arrived.header(HEADER)
            assert ours not in ("", value)
            assert [name for name, found in arrived.headers if value in found] == []


def test_HD_22_past_the_front_server_nobody_gets_in(site, maker, key):
    """The control of all above: the recipe itself refuses whatever is not ours."""
    forged = maker.sign(key, claims(site.url, f"{site.url}/mcp", "mallory"), {"typ": "gatehouse-assertion+jwt"}, searched=False)
    for headers, problem in (([], "ERR_JWS_INVALID"), ([(HEADER, "evil")], "ERR_JWS_INVALID"), ([(HEADER, forged)], "ERR_JWKS_NO_MATCHING_KEY"),
                             ([("Remote-User", "alice")], "ERR_JWS_INVALID")):
        reply = exchange(site.server.port, request_bytes("POST", "/mcp", [("Connection", "close"), *headers], b"{}"))
        assert (reply.status, reply.header("X-Problem")) == (401, problem)


def test_HD_22_the_recipe_for_python_verifies_it_too(site, monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    verifier = {}
    exec(recipe("python", site.url), verifier)  # pylint: disable=exec-used
    assert initialize(site, site.token()).status == 200
    ours = site.server.requests()[-1].header(HEADER)
    who = verifier["who_is_asking"]({HEADER: ours})
    assert (who["sub"], who["idp"], who["aud"]) == ("alice", ISSUER, f"{site.url}/mcp")
    head, payload, signature = ours.split(".")
    for broken in ({}, {HEADER: ""}, {HEADER: "evil"}, {HEADER: f"{head}.{payload}.{signature[:-4]}AAAA"}, {HEADER: f"{head}.{payload}."}):
        with pytest.raises(verifier["jwt"].PyJWTError):
            verifier["who_is_asking"](broken)


def test_HD_22_the_most_that_is_known_of_a_person_arrives(site):
    """What is passed on as a header must fit into what the front server takes from a program."""
    groups = [f"group-{number:03}-{'g' * 50}" for number in range(60)]
    token = site.token("s" * 255, name="n" * 255, client_id="c" * 255, groups=groups)
    assert initialize(site, token).status == 200
    arrived, = site.server.requests()
    assert len(arrived.header(HEADER)) > 4000 and len(arrived.header("Remote-Groups")) > 1900


def test_HD_22_after_a_rotation_the_mcp_server_goes_on(site):
    """It has read the keys just now, and would not read them again for half a minute."""
    old = verified(site, site.token())
    process = site.programs["auth-check"].pid
    assert run_command("gatehouse", "keys", "rotate", "-c", site.config).returncode == 0
    # Other assertions than the one that is remembered: they carry the new key.
    until(lambda: verified(site, site.token())["jti"] != old["jti"], "the new key signs")
    assert verified(site, site.token("bob"))["sub"] == "bob"
    assert site.programs["auth-check"].pid == process
    published = json.loads(ask(site.port, None, "GET", "/oauth/jwks", body=b"").body)["keys"]
    assert len(published) >= 3 and not [name for found in published for name in found if name == "d"]
