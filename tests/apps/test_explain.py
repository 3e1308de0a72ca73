"""gatehouse explain: the same verdict as auth-check, with the words that mend it, and nothing of the credential that opens a door."""

import hashlib
import json
import os
import re
import subprocess
import time

import pytest
from conftest import ISSUER, RESOURCE

from support.processes import ROOT, environment, free_port
from support.programs import program_path
from support.scripted_provider import DISCOVERY, Answer, ScriptedProvider
from support.tokens import key_set

OTHER = "https://mcp.example.com/other"
HERE = "http://127.0.0.1:8080/mcp"
API_KEY = "ghk_0123456789abcdefghijklmnopqrstuvwxyzABCD"
OPAQUE = "opaque-token-that-nobody-may-read-0123456789"


def explain(room, token, *words, argument=False, **variables):
    command = [program_path("gatehouse"), "explain", "-c", room.config, *words, token if argument else "-"]
    done = subprocess.run(command, input=None if argument else token + "\n", env=environment(**variables), capture_output=True, text=True,
                          timeout=60)
    secret = token.split(".")[-1] if token.count(".") == 2 else token
    assert len(secret) < 12 or secret not in done.stdout + done.stderr, done
    return done


def verdict(done, resource=RESOURCE):
    """The name of the outcome in the line of that resource; allow for a good one."""
    for line in done.stdout.splitlines():
        if line.startswith(f"good   {resource}: "):
            return "allow"
        if line.startswith(f"WRONG  {resource}: "):
            return line.split(": ")[1]
    raise AssertionError(done)


def reason(room, token, **more):
    """What auth-check says of the same token."""
    room.program("auth-check")
    before = len(room.log())
    answer = room.check(token, **more)
    line = room.log()[before:]
    return "allow" if answer.status == 200 else line.split('reason="')[1].split('"')[0]


def both(room, token, *words, resource=RESOURCE, **more):
    done = explain(room, token, *words)
    name = verdict(done, resource)
    assert name == reason(room, token, **more), done
    assert done.returncode == (0 if name == "allow" else 1), done
    return done


@pytest.fixture
def gate(room):
    room.keys.write_text(json.dumps(key_set(room.key, room.maker.key("ES256", "key-2"))))
    room.down = "https://down.example.net"
    for name, text, mode in (("deny", "subject oscar\njti stolen-1\nclient rogue\n", 0o644), ("users", f"subject alice from {ISSUER} is local-alice\n", 0o644),
                             ("api", f"robot sha256:{hashlib.sha256(API_KEY.encode()).hexdigest()} owner robby scope mcp:read\n", 0o600)):
        (room.directory / name).write_text(text)
        (room.directory / name).chmod(mode)
    room.rules = f"""    require_scopes mcp:read
    allow subject alice oscar bob from {ISSUER}
    allow email boss@example.com from {ISSUER}
    allow group staff from {ISSUER}
    allow subject key:robot from api_keys
    deny subject mallory from {ISSUER}
"""
    room.head = f"""outbound_proxy http://127.0.0.1:{free_port()}
address_rate off
deny_list {room.directory}/deny
api_keys {room.directory}/api
issuer {ISSUER} {{ keys_file {room.keys}; max_lifetime 24h; }}
issuer {room.down}
resource {RESOURCE} {{
{room.rules}
}}
"""
    room.settings(room.head)
    return room


# The words that explain it, what is sent, and how it is made.
CASES = {
    "token_too_large": (["8192 bytes", "groups"], lambda room: "a" * 9000),
    "malformed_credential": (["no blanks"], lambda room: "two words"),
    "several_credentials": (["found a comma"], lambda room: "one,two"),
    "opaque_token": (["introspection_endpoint", "JWTs"], lambda room: OPAQUE),
    "unknown_api_key": (["no line with sha256:", "api"], lambda room: "ghk_" + "z" * 40),
    "malformed_token": (["cut or changed"], lambda room: "a.b.c"),
    "encrypted_token": (["JWE", "jwt_check introspection"], lambda room: "eyJhbGciOiJSU0EtT0FFUCJ9.b.c.d.e"),
    "bad_type": (['found typ "dpop+jwt"', "at+jwt"], lambda room: room.token({"typ": "dpop+jwt"})),
    "bad_algorithm": (['found alg "HS256"', "RS256"], lambda room: room.token(algorithm="HS256")),
    "critical_header": (['found crit ["exp"]'], lambda room: room.token({"crit": ["exp"]})),
    "unknown_issuer": ([f'found iss "{ISSUER}/"', "closing slash only"], lambda room: room.token(iss=ISSUER + "/")),
    "unknown_key": (['found kid "key-9"', '"key-1"', '"key-2"'], lambda room: room.token({"kid": "key-9"})),
    "ambiguous_key": (["found kid nothing", "(kid)"], lambda room: room.token({"kid": None})),
    "bad_signature": (["changed, or made by somebody else"], lambda room: room.token(key=room.maker.key("ES256", "key-1"))),
    "bad_claims": (["found sub nothing", "subject_claim"], lambda room: room.token(sub=None)),
    "wrong_audience": (['found aud "https://api.example.com"', f'expected "{RESOURCE}"', 'here: `audience "https://api.example.com"`', "map the resource as audience"],
                       lambda room: room.token(aud="https://api.example.com")),
    "expired": (["found exp 10 minutes ago", "skew", "expired 10 minutes ago"], lambda room: room.token(exp=int(time.time()) - 605, iat=None)),
    "not_yet_valid": (["found nbf in 4 hours", "clock"], lambda room: room.token(nbf=int(time.time()) + 4 * 3600 + 100)),
    "lifetime_too_long": (["found a life of 2 days", "max_lifetime"], lambda room: room.token(exp=int(time.time()) + 2 * 86400 + 100)),
    "id_token": (['found at_hash "x"', "access_token, not id_token"], lambda room: room.token(at_hash="x")),
    "other_token": (["found events {}", "access_token"], lambda room: room.token(events={})),
    "bound_token": (["found cnf", "DPoP"], lambda room: room.token(cnf={"jkt": "x"})),
    "client_conflict": (['client_id "client-1", azp "client-2"', "client_claim"], lambda room: room.token(azp="client-2")),
    "not_allowed": (['subject "eve"', 'group "guests"', 'client "client-1"', f"`allow group staff from {ISSUER}`", "here: another `allow` rule"],
                    lambda room: room.token(sub="eve", groups=["guests"])),
    "denied": (['subject "mallory"', f"`deny subject mallory from {ISSUER}`"], lambda room: room.token(sub="mallory", groups=["staff"])),
    "revoked": (['jti "stolen-1"', "deny list"], lambda room: room.token(jti="stolen-1")),
    "email_unverified": (['email "boss@example.com" (not verified)', "trust_email"], lambda room: room.token(sub="eve", email="boss@example.com", groups=[])),
    "groups_unknown": (["more than could be listed", "fewer groups"], lambda room: room.token(sub="eve", _claim_names={"groups": "src1"})),
    "insufficient_scope": (['found scopes "mcp:reader" "mcp"', "missing: mcp:read\n"], lambda room: room.token(scope="mcp:reader mcp")),
    "unavailable": (["https://down.example.net gave no usable answer", "gatehouse check"], lambda room: room.token(iss=room.down)),
}


# Of the request, not of the credential in it; never reached; tests of their own below.
OF_REQUESTS = {"preflight", "no_resource", "bad_request", "origin_refused", "no_credential", "query_token", "other_scheme",
               "session_of_another", "too_many_requests", "body_too_large", "internal_error", "bad_message", "header_mismatch", "revision_refused",
               "headers_unchecked", "operation_refused"}
BELOW = {"allow", "inactive", "unmapped_user"}


def test_every_outcome_of_a_token_has_its_case():
    names = re.findall(r'^\t\[OUTCOME_\w+\] += \{ "(\w+)"', (ROOT / "common" / "outcome.c").read_text(), re.M)
    assert len(names) > 30 and set(names) == set(CASES) | OF_REQUESTS | BELOW


@pytest.mark.parametrize("name", CASES)
def test_each_refusal_is_explained_and_is_that_of_auth_check(gate, name):
    words, make = CASES[name]
    token = make(gate)
    done = explain(gate, token)
    assert verdict(done) == name and done.returncode == 1, done
    assert all(word in done.stdout for word in words), done.stdout
    assert "at the provider: " in done.stdout or "here: " in done.stdout
    if name != "unavailable":
        assert done.stderr == "", done
    # A provider that did not answer is not asked again at once, by neither of the two.
    assert reason(gate, token) == name
    again = explain(gate, token, argument=True)
    assert verdict(again) == name


def test_a_good_token_is_shown_and_admitted(gate):
    now = int(time.time())
    done = both(gate, gate.token(exp=now + 52 * 60 + 30, nested={"a": [1, "\x1b[31m\x7f\u009bred"]}))
    assert f"good   {RESOURCE}: alice may use it\n" in done.stdout and done.stdout.startswith("kind: JWT\n")
    assert "good for 52 minutes more" in done.stdout and '  "sub": "alice"' in done.stdout and '  "kid": "key-1"' in done.stdout
    assert "\x1b" not in done.stdout and "\x7f" not in done.stdout and "\\u001b[31m\\u007f\\u009bred" in done.stdout.lower()
    assert done.stderr == ""


def test_api_keys_are_judged_and_never_shown(gate):
    done = both(gate, API_KEY)
    assert "kind: API key" in done.stdout and "robby may use it" in done.stdout
    line = (gate.directory / "api").read_text().strip()
    for words, name, text in (("disabled", "revoked", "the key is disabled in"), ("expires 2020-01-01", "expired", "`expires` in its line")):
        (gate.directory / "api").write_text(f"{line} {words}\n")
        done = explain(gate, API_KEY)
        assert verdict(done) == name and text in done.stdout
    gate.settings(gate.head.replace("subject key:robot from api_keys", f"subject someone from {ISSUER}").replace(f"{RESOURCE} {{", f"{RESOURCE} {{ issuer {ISSUER};").replace(f" from {ISSUER}", ""))
    assert "issuer api_keys" in explain(gate, API_KEY).stdout


def test_the_deny_list_names_people_and_clients(gate):
    for token in (gate.token(sub="oscar"), gate.token(client_id="rogue")):
        assert f"named in the deny list {gate.directory}/deny" in both(gate, token).stdout


def test_the_user_map(gate):
    gate.settings(f"user_map {gate.directory}/users\n{gate.head}")
    assert "local-alice may use it" in both(gate, gate.token()).stdout
    done = both(gate, gate.token(sub="bob"))
    assert verdict(done) == "unmapped_user" and f'`subject "bob" from {ISSUER} is NAME`' in done.stdout


def test_a_token_without_aud(gate):
    done = both(gate, gate.token(aud=None))
    assert verdict(done) == "wrong_audience" and 'found aud nothing' in done.stdout and '`audience_clients "client-1"`' in done.stdout


def test_every_resource_is_judged_or_the_one_asked_for(gate):
    gate.settings(gate.head + f"resource {OTHER} {{ allow any; }}\n")
    token = gate.token()
    done = explain(gate, token)
    assert done.returncode == 1 and verdict(done) == "allow" and verdict(done, OTHER) == "wrong_audience"
    assert "for another resource of the settings" in done.stdout
    done = explain(gate, token, "--resource", RESOURCE)
    assert done.returncode == 0 and OTHER not in done.stdout
    done = explain(gate, token, "--resource", RESOURCE + "/")
    assert done.returncode == 100 and RESOURCE in done.stderr and OTHER in done.stderr and done.stdout == ""


def test_issuers_of_other_resources_and_entras_two_names(gate):
    v1, v2 = "https://sts.windows.net/t/", "https://login.microsoftonline.com/t/v2.0"
    gate.settings(f"issuer {ISSUER} {{ keys_file {gate.keys}; }}\nissuer {v2} {{ keys_file {gate.keys}; }}\nresource {RESOURCE} {{ issuer {v2}; allow any; }}\n")
    assert "v1 and v2 tokens of Entra" in both(gate, gate.token(iss=v1)).stdout
    assert "not of this resource" in both(gate, gate.token()).stdout


@pytest.fixture
def asked(room, key):
    with ScriptedProvider() as provider:
        provider.behave(key_set(key))
        secret = room.directory / "secret"
        secret.write_text("s3cret-Value_1\n")
        secret.chmod(0o600)
        room.provider = provider
        room.settings(f"dev on\nissuer {provider.url} {{ introspection_endpoint {provider.url}/introspect; introspection_client us; "
                      f"introspection_secret_file {secret}; }}\nresource {HERE} {{ allow subject alice; }}\n")
        yield room


def answer(room, **claims):
    room.provider.script("/introspect", Answer(body={"active": True, "sub": "alice", "aud": HERE, "exp": int(time.time()) + 600, **claims}))


def test_opaque_tokens_are_asked_about(asked):
    place = {"resource": HERE, "host": "127.0.0.1"}
    answer(asked, token=OPAQUE)
    done = both(asked, OPAQUE + "1", **place)
    assert verdict(done, HERE) == "allow" and "kind: opaque token" in done.stdout and "the provider says: {" in done.stdout
    assert "(the token itself)" in explain(asked, OPAQUE).stdout
    answer(asked, aud="https://api.example.com")
    assert 'found aud "https://api.example.com"' in both(asked, OPAQUE + "2", **place).stdout
    asked.provider.script("/introspect", Answer(body={"active": False}))
    done = both(asked, OPAQUE + "3", **place)
    assert verdict(done, HERE) == "inactive" and "says that it is no good" in done.stdout
    asked.provider.script("/introspect", Answer(500))
    done = both(asked, OPAQUE + "4", **place)
    assert verdict(done, HERE) == "unavailable" and "status 500" in done.stderr and "s3cret" not in done.stdout + done.stderr


def test_offline_asks_nobody(asked):
    token = asked.token(iss=asked.provider.url, aud=HERE)
    for credential in (OPAQUE, token):
        done = explain(asked, credential, "--offline")
        assert verdict(done, HERE) == "unavailable" and "--offline forbids" in done.stdout
    assert asked.provider.count() == 0
    assert explain(asked, token).returncode == 0
    before = asked.provider.count()
    assert explain(asked, token, "--offline").returncode == 0 and asked.provider.count() == before >= 2
    assert before == asked.provider.count(DISCOVERY) + asked.provider.count("/jwks") + asked.provider.count("/.well-known/oauth-authorization-server")


def test_without_the_rights_of_the_service(gate, tmp_path):
    (gate.directory / "api").chmod(0o644)
    gate.state.chmod(0o755)
    (tmp_path / "temporary").mkdir()
    done = explain(gate, gate.token(), TMPDIR=str(tmp_path / "temporary"))
    assert list((tmp_path / "temporary").iterdir()) == []
    assert explain(gate, gate.token(), TMPDIR=str(tmp_path / "not there")).returncode == 111
    assert done.returncode == 0 and "a private one is used" in done.stdout and f"chmod 700 {gate.state}" in done.stdout
    assert f"{gate.directory}/api" in done.stdout and "counts as empty" in done.stdout
    assert list(gate.state.iterdir()) == []
    gate.settings(gate.head.replace("outbound", f"state_directory {tmp_path}/none\noutbound", 1))
    gate.config.write_text(gate.config.read_text().split("\n", 1)[1])
    assert "a private one is used" in explain(gate, gate.token()).stdout and not (tmp_path / "none").exists()


def test_colour_is_for_terminals(gate):
    assert "\033" not in explain(gate, gate.token()).stdout
    controller, terminal = os.openpty()
    done = subprocess.run([program_path("gatehouse"), "explain", "-c", gate.config, "-"], input=gate.token(), env=environment(), stdout=terminal,
                          text=True, timeout=60, check=False)
    os.close(terminal)
    with open(controller, "rb", buffering=0) as output:
        assert done.returncode == 0 and b"\033[32mgood \033[0m  " in output.read(65536)


def test_wrong_use(gate):
    def run(*words, text=""):
        return subprocess.run([program_path("gatehouse"), "explain", *words], input=text, env=environment(), capture_output=True, text=True, timeout=30)
    assert run("--help").returncode == 0 and "TOKEN|-" in run("--help").stdout
    for words in ([], ["--frobnicate", "-"], ["-c"], [OPAQUE, OPAQUE], ["-c", "/nowhere/at/all", "-"]):
        done = run(*words)
        assert done.returncode == 100 and done.stderr and OPAQUE not in done.stderr, done
