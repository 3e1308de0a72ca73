"""Signed assertions: auth-check says who it is, gatehouse keys makes the keys, /oauth/jwks has them, an MCP server verifies."""

import base64
import concurrent.futures
import hashlib
import json
import os
import subprocess
import time
from contextlib import suppress

import pytest
from conftest import ISSUER, RESOURCE

from support.credentials import register
from support.node import node_environment, script_command
from support.processes import environment, until
from support.programs import program_path, run_command

ORIGIN = "https://mcp.example.com"
INDEX = "assertion-keys.json"
HEADER = "X-Gatehouse-Assertion"
JWKS = "/oauth/jwks"
METADATA = "protected-resource-metadata"


class Keys:
    """A room whose settings want assertions, and the tool that makes the keys."""

    def __init__(self, room):
        self.room, self.settings_of = room, {}
        self.settings()

    def settings(self, block="assertion on", top=""):
        self.room.settings(f"{top}issuer {ISSUER} {{ keys_file {self.room.keys}; }}\nresource {RESOURCE} {{\n\tallow any\n\t{block}\n}}\n")

    def run(self, *words, **popen):
        done = subprocess.run([program_path("gatehouse"), "keys", *words, "-c", self.room.config], env=environment(), capture_output=True,
                              text=True, timeout=60, check=False, **popen)
        assert "Sanitizer" not in done.stderr, done.stderr
        for name in self.pems():
            with suppress(FileNotFoundError):  # deleted by somebody else's rotation in this moment
                for line in (self.room.state / name).read_text().splitlines()[1:-1]:
                    register(line, "private key")
        return done

    def good(self, *words):
        done = self.run(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def kid(self, which="signing"):
        return json.loads((self.room.state / INDEX).read_text())[which]["key"]["kid"]

    def kids(self):
        return [key["kid"] for key in self.published()["keys"]]

    def pems(self):
        return sorted(file.name for file in self.room.state.glob("*.pem"))

    def assertion(self, token=None, **more):
        answer = self.room.check(token or self.room.token(), **more)
        assert answer.status == 200, answer
        found = answer.header(HEADER)
        return register(found, "assertion") if found else ""

    def published(self, **more):
        answer = self.room.ask(METADATA, JWKS, **more)
        assert answer.status == 200, answer
        return json.loads(answer.body)

    def move_clock(self, seconds):
        """As if the keys had been retired that much earlier."""
        index = self.room.state / INDEX
        ring = json.loads(index.read_text())
        for entry in ring["retired"]:
            entry["until"] -= seconds
        index.write_text(json.dumps(ring))
        index.chmod(0o600)


@pytest.fixture
def keys(room):
    keys = Keys(room)
    keys.good("init")
    return keys


def part(token, index):
    text = token.split(".")[index]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def verify(token, keys, issuer=ORIGIN, audience=RESOURCE):
    """As an MCP server would, with jose."""
    done = subprocess.run(script_command("verify-assertion.mjs", {"token": token, "keys": keys, "issuer": issuer, "audience": audience}),
                          env=node_environment(), capture_output=True, text=True, timeout=60, check=True)
    return json.loads(done.stdout)


# --- what it says ---------------------------------------------------------------------------------------------------------

def test_HD_22_an_mcp_server_can_verify_who_it_is(room, keys, way):
    token = room.token(email="a@example.com", email_verified=True, name="Alice Ärmel", groups=["staff", "a,b"], scope="mcp:read mcp:write")
    before = int(time.time())
    assertion = keys.assertion(token, way=way)
    found = verify(assertion, keys.published(way=way))
    assert found["header"] == {"alg": "ES256", "typ": "gatehouse-assertion+jwt", "kid": keys.kid()}
    claims = found["claims"]
    assert before <= claims["iat"] <= time.time() and claims["exp"] == claims["iat"] + 60
    assert len(claims.pop("jti")) >= 20
    del claims["iat"], claims["exp"]
    assert claims == {"iss": ORIGIN, "aud": RESOURCE, "sub": "alice", "idp": ISSUER, "preferred_username": "alice", "email": "a@example.com",
                      "name": "Alice Ärmel", "client_id": "client-1", "scope": "mcp:read mcp:write", "groups": ["staff", "a,b"]}


def test_HD_22_a_wrong_signature_issuer_audience_or_key_is_found_out(room, keys):
    assertion, published = keys.assertion(), keys.published()
    assert "claims" in verify(assertion, published)
    assert verify(assertion, published, issuer="https://other.example")["error"] == "ERR_JWT_CLAIM_VALIDATION_FAILED"
    assert verify(assertion, published, audience="https://other.example")["error"] == "ERR_JWT_CLAIM_VALIDATION_FAILED"
    head, claims, signature = assertion.split(".")
    forged = base64.urlsafe_b64encode(json.dumps({**part(assertion, 1), "sub": "bob"}).encode()).decode().rstrip("=")
    assert verify(f"{head}.{forged}.{signature}", published)["error"] == "ERR_JWS_SIGNATURE_VERIFICATION_FAILED"
    assert verify(assertion, {"keys": []})["error"] == "ERR_JWKS_NO_MATCHING_KEY"
    assert claims


def test_HD_22_an_address_is_in_it_only_if_it_is_verified(room, keys):
    for changes, expected in (({"email": "a@example.com"}, None), ({"email": "a@example.com", "email_verified": False}, None),
                              ({"email": "a@example.com", "email_verified": True}, "a@example.com")):
        assert part(keys.assertion(room.token(**changes)), 1).get("email") == expected


@pytest.mark.parametrize("voice", ["forward", "subrequest", "inspect", "authorizer"])
def test_HD_22_every_way_has_it_and_says_so_when_there_is_none(room, keys, voice):
    more = {"role": "authorizer"} if voice == "authorizer" else {"GATEHOUSE_VOICE": voice, "GATEHOUSE_REQUEST_REDIRECT": "@x"}
    name = "Variable-GATEHOUSE_ASSERTION" if voice == "authorizer" else HEADER
    ours = room.check(room.token(), headers={HEADER: "evil"}, **more)
    assert ours.status == 200 and "claims" in verify(ours.header(name), keys.published())
    keys.settings("assertion off")
    until(lambda: room.check(room.token(), headers={HEADER: "evil"}, **more).header(name) == "", "the new settings count")
    assert room.check("x", **more).all(name) == []


def test_HD_22_the_audience_can_be_named_and_each_resource_has_its_own(room, keys):
    keys.room.settings(f"assertion on\nassertion_audience inner\nallow any\nissuer {ISSUER} {{ keys_file {room.keys}; audience {RESOURCE}; }}\n"
                       f"resource {RESOURCE} {{\n}}\nresource https://mcp.example.com:8443/b {{\n\tassertion_audience 'other one'\n}}\n"
                       f"resource https://mcp.example.com/off {{\n\tassertion off\n}}\n")
    assert part(keys.assertion(), 1)["aud"] == "inner"
    other = part(keys.assertion(target="/b"), 1)
    assert (other["aud"], other["iss"]) == ("other one", "https://mcp.example.com:8443")
    assert keys.assertion(target="/off") == ""


def test_HD_22_what_was_signed_is_remembered_for_the_same_facts_only(room, keys):
    token, same, other = room.token(), room.token(jti="other"), room.token(scope="mcp:read more")
    first = keys.assertion(token)
    assert first == keys.assertion(token) == keys.assertion(same)
    assert keys.assertion(other) != first and part(keys.assertion(other), 1)["scope"] == "mcp:read more"
    assert part(keys.assertion(room.token(sub="bob")), 1)["sub"] == "bob"
    assert keys.assertion(token) == first


def test_HD_22_too_much_for_a_header_is_cut_like_the_other_headers_or_refused(room, keys):
    groups = [f"group-{i:04}" for i in range(400)]
    claims = part(keys.assertion(room.token(groups=groups)), 1)
    assert 100 < len(claims["groups"]) < 250 and claims["groups"] == groups[:len(claims["groups"])]
    # JSON writes a quotation mark as two bytes, and who it is stands there twice.
    refused = room.check(room.token(sub='"' * 255, name='"' * 255, client_id='"' * 255, groups=['"' * 249 + str(i) for i in range(8)]))
    assert refused.status == 503 and refused.header("Retry-After") and refused.all("Remote-User") == []
    assert "assertion_failed" in room.log()


# --- the keys ---------------------------------------------------------------------------------------------------------

def test_HD_22_no_key_no_start(room):
    keys = Keys(room)
    for command in (("auth-check", "-t", "-c", room.config), ("auth-check", "-c", room.config)):
        done = run_command(*command)
        assert done.returncode == 100 and "gatehouse keys init" in done.stderr
        assert f"{room.config}:3:10: found assertion on and no key in {room.state}" in done.stderr
    checked = run_command("gatehouse", "check", "--offline", "-c", room.config)
    assert checked.returncode == 1 and "gatehouse keys init" in checked.stdout
    for verb in ("list", "rotate", "replace", "export"):
        done = keys.run(verb)
        assert done.returncode == 1 and "gatehouse keys init" in done.stderr
    assert room.ask(METADATA, JWKS).status == 503
    assert keys.good("init").startswith(keys.kid())
    assert run_command("auth-check", "-t", "-c", room.config).returncode == 0
    assert keys.published()["keys"][0]["kid"] == keys.kid()


def test_HD_22_no_key_no_switching_on_while_running(room):
    keys = Keys(room)
    keys.settings("assertion off")
    assert keys.assertion() == ""
    keys.settings()
    until(lambda: room.check(room.token()) and "no key in" in room.log(), "the settings were refused")
    assert "settings_kept" in room.log() and keys.assertion() == ""
    keys.good("init")
    keys.settings("assertion on\n\tassertion_audience inner")
    until(lambda: keys.assertion() != "", "the settings count")
    assert part(keys.assertion(), 1)["aud"] == "inner"


def test_HD_22_init_makes_a_key_once_and_for_nobody_else(room, keys):
    files = [room.state / INDEX, *(room.state / f"assertion-{keys.kid(which)}.pem" for which in ("signing", "next"))]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600} and keys.pems() == sorted(file.name for file in files[1:])
    before = [file.read_bytes() for file in files]
    again = keys.run("init")
    assert again.returncode == 1 and "rotate" in again.stderr
    assert [file.read_bytes() for file in files] == before
    files[0].write_text("{}")
    broken = keys.run("init")
    assert broken.returncode == 1 and INDEX in broken.stderr and files[0].read_text() == "{}"


def test_HD_22_the_kid_is_the_thumbprint_and_export_is_what_is_published(room, keys):
    exported = json.loads(keys.good("export"))
    assert exported == keys.published() and [key["kid"] for key in exported["keys"]] == [keys.kid(), keys.kid("next")]
    for key in exported["keys"]:
        assert {name: key[name] for name in ("kty", "crv", "use", "alg")} == {"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256"}
        assert "d" not in key and len(key) == 7
        members = json.dumps({name: key[name] for name in ("crv", "kty", "x", "y")}, separators=(",", ":")).encode()
        digest = hashlib.sha256(members).digest()
        assert base64.urlsafe_b64encode(digest).decode().rstrip("=") == key["kid"]


def test_HD_22_after_a_rotation_old_and_new_verify(room, keys):
    old, first, second, known = keys.assertion(), keys.kid(), keys.kid("next"), keys.published()
    keys.good("rotate")
    assert keys.kid() == second and keys.pems() == sorted(f"assertion-{kid}.pem" for kid in (second, keys.kid("next")))
    published = keys.published()
    assert keys.kids() == [second, keys.kid("next"), first]
    # What is signed with it comes within a second, the remembered one is forgotten; no process was started anew.
    process = room.running["auth-check"].pid
    until(lambda: part(keys.assertion(), 0)["kid"] == second, "the new key signs")
    assert room.running["auth-check"].pid == process
    # A server that kept the set from before the rotation verifies both: the new key was in it already.
    for assertion in (old, keys.assertion()):
        assert "claims" in verify(assertion, published) and "claims" in verify(assertion, known)


def test_HD_22_a_retired_key_stays_for_two_hours_and_goes_at_the_next_rotation(room, keys):
    first = keys.kid()
    keys.good("rotate")
    second, third = keys.kid(), keys.kid("next")
    listed = keys.good("list").splitlines()
    assert listed[0].startswith(f"{second}  signing since 2") and listed[1] == f"{third}  next"
    assert listed[2].startswith(f"{first}  retired, published until 2")
    keys.move_clock(7200)
    assert keys.kids() == [second, third, first]
    keys.move_clock(121)
    assert keys.kids() == [second, third]
    assert "not published any more" in keys.good("list")
    keys.good("rotate")
    assert first not in keys.good("list") and second in keys.good("list")


def test_HD_22_keys_that_somebody_has_seen_are_replaced_and_not_published_any_more(room, keys):
    keys.good("rotate")
    seen, assertion = set(keys.kids()), keys.assertion()
    keys.good("replace")
    assert len(keys.kids()) == 2 and not seen & set(keys.kids()) and len(keys.pems()) == 2
    assert verify(assertion, keys.published())["error"] == "ERR_JWKS_NO_MATCHING_KEY"
    until(lambda: part(keys.assertion(), 0)["kid"] == keys.kid(), "the new key signs")


def test_HD_22_when_the_next_private_key_is_lost_a_rotation_makes_a_new_one(room, keys):
    lost = keys.kid("next")
    (room.state / f"assertion-{lost}.pem").unlink()
    keys.good("rotate")
    assert lost not in keys.kids()
    until(lambda: part(keys.assertion(), 0)["kid"] == keys.kid(), "the new key signs")


def test_HD_22_two_who_change_keys_at_once_do_it_one_after_the_other(room, keys):
    before = keys.kid()
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        assert {done.returncode for done in pool.map(lambda _: keys.run("rotate"), range(4))} == {0}
    assert len(keys.kids()) == 6 and before in keys.kids() and len(keys.pems()) == 2


def test_HD_22_a_key_that_gets_lost_stays_in_use_until_there_is_a_new_one(room, keys):
    assertion = keys.assertion()
    (room.state / INDEX).unlink()
    time.sleep(1.1)
    assert keys.assertion() == assertion
    first = keys.pems()
    keys.good("init")
    assert not set(keys.pems()) & set(first) and len(keys.pems()) == 2
    until(lambda: part(keys.assertion(), 0)["kid"] == keys.kid(), "the new key signs")


def test_HD_22_wrong_words(room, keys):
    for words in ((), ("make",), ("list", "x")):
        assert keys.run(*words).returncode == 100
    assert "usage" in run_command("gatehouse", "keys", "--help").stdout
    os.rename(room.state, room.state.with_name("elsewhere"))
    done = keys.run("list")
    assert done.returncode == 111 and "mode 700" in done.stderr


# --- where they are published ------------------------------------------------------------------------------------------

def test_HD_22_the_keys_are_public_for_reading_and_for_five_minutes(room, keys, way):
    answer = room.ask(METADATA, JWKS, way=way)
    assert answer.header("Cache-Control") == "public, max-age=300" and answer.header("Access-Control-Allow-Origin") == "*"
    assert answer.header("Content-Type") == "application/json"
    known = room.ask(METADATA, JWKS, headers={"If-None-Match": answer.header("ETag")}, way=way)
    assert (known.status, known.body) == (304, b"")
    head = room.ask(METADATA, JWKS, "HEAD", way=way)
    assert (head.status, head.body, head.header("Content-Length")) == (200, b"", str(len(answer.body)))
    assert room.ask(METADATA, JWKS, "POST", way=way).status == 405
    assert room.ask(METADATA, JWKS, "OPTIONS", way=way).status == 204


def test_HD_22_no_keys_on_another_host_at_another_path_or_with_assertions_off(room, keys):
    assert room.ask(METADATA, JWKS, host="evil.example").status == 404
    for target in (f"{JWKS}/", f"{JWKS}/x", "/oauth/jwksx", "/oauth/JWKS", "/oauth"):
        assert room.ask(METADATA, target).status == 404
    keys.settings("assertion off")
    until(lambda: room.ask(METADATA, JWKS).status == 404, "the new settings count")
