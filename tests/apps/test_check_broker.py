"""`gatehouse check`, `keys`, `explain` and `policy` with our own authorization server."""

import json
import time

import pytest
from test_check import lines
from test_settings import start

from support.broker import seal_keys
from support.credentials import secret_file
from support.programs import run_command
from support.scripted_provider import ScriptedProvider
from support.tokens import key_set

GATE = "http://localhost:8080"
PLACE = f"{GATE}/mcp"


@pytest.fixture
def provider(key):
    with ScriptedProvider() as running:
        running.behave(key_set(key))
        yield running


@pytest.fixture
def gate(room, provider):
    def settings(more="", login=""):
        room.settings(f"dev on\nauthorization_server broker\npublic_issuer {GATE}\nissuer {provider.url} {{ client_id ours; {login} }}\n"
                      f"resource {PLACE} {{ allow subject alice; require_scopes mcp:read; tool write {{ scope mcp:write; }}; }}\n{more}\n")
    settings()
    room.gate = settings
    return room


def keys(room, *words):
    return run_command("gatehouse", "keys", *words, "-c", room.config)


def said(room, mark, part):
    done = start(room, "gatehouse")
    assert any(part in line for line in lines(done, mark)), done.stdout
    return done


def test_BK_04_a_whole_broker_is_good(gate, provider):
    assert keys(gate, "init").returncode == 0
    done = start(gate, "gatehouse")
    assert done.returncode == 0 and done.stderr == "", done.stdout + done.stderr
    good, notes = lines(done, "good"), lines(done, "note")
    assert any("signs our access tokens" in line for line in good) and any("1 key to seal with" in line for line in good)
    assert "the store of codes and grants" in good and any(f"token_endpoint {provider.url}/token" in line for line in good)
    assert any(f"authorization_endpoint {provider.url}/authorize" in line for line in good)
    assert f"register at {provider.url}, for the client ours, the redirect URI {GATE}/oauth/callback" in notes
    assert done.stdout.endswith("\nnothing is wrong\n") and "WRONG" not in done.stdout and "can be published" not in done.stdout


def test_BK_15_missing_keys_are_told_with_what_makes_them(gate):
    done = start(gate, "gatehouse")
    assert done.returncode == 1
    wrong = lines(done, "WRONG")
    assert done.stdout.endswith("\n2 wrong: see the lines above that begin with WRONG\n")
    assert len(wrong) == 2 and all("gatehouse keys init" in line for line in wrong), wrong
    assert "sign" in wrong[0] and "seal" in wrong[1]
    seal_keys(gate.state).chmod(0o644)
    said(gate, "WRONG", "no key to seal with")


def test_BK_15_damaged_keys_are_not_missing_ones(gate):
    assert keys(gate, "init").returncode == 0
    (gate.state / "seal.keys").write_text("no key\n")
    mends = "can't be used: put a good copy back from the backup"
    said(gate, "WRONG", mends)
    for program in ("authorize", "token"):
        done = start(gate, program, "-t")
        assert done.returncode == 100 and mends in done.stderr, done.stderr
    for words in (("init",), ("seal", "init"), ("seal", "list"), ("seal", "rotate"), ("seal", "drop", "01234567")):
        done = keys(gate, *words)
        assert done.returncode == 1 and mends in done.stderr and "already" not in done.stderr, (words, done.stderr)
        assert done.stderr.count("seal_keys_refused") == 1, done.stderr
    # Without a copy.
    (gate.state / "seal.keys").rename(gate.state / "away")
    assert "seals from now on" in keys(gate, "init").stdout and start(gate, "gatehouse").returncode == 0
    (gate.state / "assertion-keys.json").write_text("{}")
    said(gate, "WRONG", "gatehouse keys init makes one, or says what is in its way")
    done = keys(gate, "init")
    assert "can't be used: move it away, and gatehouse keys init makes new keys" in done.stderr and "keyring_refused" in done.stderr and "remove" not in done.stderr
    (gate.state / "assertion-keys.json").unlink()
    assert keys(gate, "init").returncode == 0 and start(gate, "gatehouse").returncode == 0


def test_BK_15_keys_that_are_refused_are_not_damaged_ones(gate):
    """What mends them is one thing, told by every way, and never that they go away."""
    assert keys(gate, "init").returncode == 0
    for name, words in (("seal.keys", ("init",)), ("seal.keys", ("seal", "init")), ("seal.keys", ("seal", "list")), ("assertion-keys.json", ("init",))):
        (gate.state / name).chmod(0o644)
        done = keys(gate, *words)
        assert done.returncode == 1 and "there, but not used: mend what the log line state_file_ignored says" in done.stderr, (name, done.stderr)
        assert done.stderr.count(f"{gate.state}/{name} is not used: it is open to others (mode 0644); chmod 600 it") == 1, done.stderr
        told = [done] + [start(gate, program, *more) for program, *more in (("gatehouse",), ("authorize", "-t"), ("token", "-t")) if name == "seal.keys"]
        assert all("away" not in one.stdout + one.stderr and "copy" not in one.stdout + one.stderr for one in told), told
        (gate.state / name).chmod(0o600)
    link = gate.state / "seal.keys"
    link.symlink_to(link.rename(gate.state / "elsewhere"))
    assert "it is a symbolic link; put the file itself there" in keys(gate, "init").stderr


def test_BK_05_a_provider_where_nobody_can_log_in_is_told(gate, key, provider):
    assert keys(gate, "init").returncode == 0

    def document(part, mark="WRONG", login="", **changes):
        provider.behave(key_set(key), **changes)
        for file in gate.state.iterdir():  # but our keys
            if not file.name.startswith(("assertion-", "seal.")):
                file.unlink()
        gate.gate(login=login)
        done = said(gate, mark, part)
        assert done.returncode == (1 if mark == "WRONG" else 0), done.stdout

    document("no https URL as token_endpoint", token_endpoint="http://192.0.2.1/token")
    document("no https URL as authorization_endpoint", authorization_endpoint="https://idp.example/x#y")
    document("does not offer PKCE S256", code_challenge_methods_supported=["plain"])
    document("token_endpoint", "good", "provider_pkce s256", code_challenge_methods_supported=["plain"])
    document("offers offline_access, which login_scopes lack", "note", scopes_supported=["openid", "profile", "email", "offline_access"])
    document("scope email of login_scopes is not among", "note", scopes_supported=["openid", "profile"])
    # With keys in a file the endpoints are found in the document all the same.
    document("no https URL as token_endpoint", login=f"keys_file {gate.keys}", token_endpoint=None)
    bad = secret_file(gate.directory / "secret", "this is no private key")
    document("client_key_file holds no private key", login=f"client_key_file {bad}")


def test_RG_19_the_redirect_list_is_told_with_a_warning_for_loopback(gate):
    gate.gate("client desk { redirect_uri https://desk.example/cb http://127.0.0.1/cb; }\ncimd app.example", "redirect_preset claude; redirect_uri https://x.example/cb;")
    notes = lines(start(gate, "gatehouse"), "note")
    mine = [line for line in notes if "may register" in line or "may use" in line or "metadata document" in line]
    warning = ": loopback, where any program on the person's machine can take its place"
    assert mine == ["claude clients may register https://claude.ai/api/mcp/auth_callback https://claude.com/api/mcp/auth_callback "
                    f"http://localhost/callback http://127.0.0.1/callback{warning}",
                    "clients may register https://x.example/cb", "clients with a metadata document at https://app.example may ask for access",
                    "client desk may use https://desk.example/cb", f"client desk may use http://127.0.0.1/cb{warning}"]
    # The known clients all together take a line each.
    gate.gate()
    notes = lines(start(gate, "gatehouse"), "note")
    assert [line.split()[0] for line in notes if "may register" in line] == ["claude", "chatgpt", "vscode", "cursor", "mcp-remote", "inspector", "mcporter", "mcpc", "loopback"]
    gate.gate("redirect any_https\ncimd any")
    notes = lines(start(gate, "gatehouse"), "note")
    assert "clients may register any other https URI" in notes and "clients with a metadata document at any may ask for access" in notes
    assert any("redirect any_https: every site" in line for line in notes) and any("cimd any: every site" in line for line in notes)


def test_BK_07_a_store_that_does_not_answer_is_told(gate):
    assert keys(gate, "init").returncode == 0
    gate.gate("redis 127.0.0.1:1")
    done = start(gate, "gatehouse")
    assert done.returncode == 1 and any("at 127.0.0.1:1 does not answer" in line for line in lines(done, "WRONG")), done.stdout
    gate.gate()
    (gate.state / "store").write_bytes(b"no database" * 100)
    (gate.state / "store").chmod(0o600)
    said(gate, "WRONG", "the store of codes and grants")


# ---- keys ----

def sealing(room):
    return [line.split()[1] for line in (room.state / "seal.keys").read_text().splitlines()]


def test_BK_15_init_makes_what_is_missing(gate):
    assert keys(gate, "init").returncode == 0
    assert len(sealing(gate)) == 1 and (gate.state / "seal.keys").stat().st_mode & 0o777 == 0o600
    before = {file.name: file.read_bytes() for file in gate.state.iterdir()}
    again = keys(gate, "init")
    assert again.returncode == 1 and "rotate" in again.stderr
    assert {file.name: file.read_bytes() for file in gate.state.iterdir()} == before
    # Whoever had assertions before gets the other kind only, and the other way round.
    (gate.state / "seal.keys").unlink()
    ring = (gate.state / "assertion-keys.json").read_bytes()
    assert keys(gate, "init").returncode == 0 and (gate.state / "assertion-keys.json").read_bytes() == ring
    kept = sealing(gate)
    (gate.state / "assertion-keys.json").unlink()
    assert keys(gate, "init").returncode == 0 and sealing(gate) == kept


def listed(room):
    done = keys(room, "seal", "list")
    assert done.returncode == 0 and not any(key in done.stdout for key in sealing(room))
    return [line.split()[0] for line in done.stdout.splitlines()]


def test_BK_14_after_a_rotation_the_old_key_goes_on_opening_until_it_is_dropped(gate):
    assert keys(gate, "init").returncode == 0
    first = sealing(gate)
    old = listed(gate)
    assert keys(gate, "seal", "rotate").returncode == 0 and sealing(gate)[1:] == first and listed(gate)[1:] == old
    assert keys(gate, "seal", "drop", "00000000").returncode == 1 and len(sealing(gate)) == 2
    assert keys(gate, "seal", "drop", old[0]).returncode == 0 and first[0] not in sealing(gate) and len(sealing(gate)) == 1
    assert keys(gate, "seal", "drop", listed(gate)[0]).returncode == 1 and len(sealing(gate)) == 1


def test_BK_14_there_are_sixteen_at_most(gate):
    assert keys(gate, "init").returncode == 0
    for _ in range(15):
        assert keys(gate, "seal", "rotate").returncode == 0
    before = sealing(gate)
    done = keys(gate, "seal", "rotate")
    assert done.returncode == 1 and "drop" in done.stderr and sealing(gate) == before and len(before) == 16


def test_BK_14_a_file_that_can_not_be_used_is_not_overwritten(gate):
    assert keys(gate, "init").returncode == 0
    file = gate.state / "seal.keys"
    file.write_text("2026-01-01T00:00:00Z short\n")
    for words in (("init",), ("seal", "init"), ("seal", "rotate")):
        assert keys(gate, *words).returncode == 1, words
        assert file.read_text() == "2026-01-01T00:00:00Z short\n"


def test_BK_15_without_a_broker_nothing_is_sealed(room):
    assert keys(room, "init").returncode == 0 and keys(room, "rotate").returncode == 0
    assert not (room.state / "seal.keys").exists()


# ---- explain and policy ----

def own_token(gate, **changes):
    """As our token program makes it, with a key of the tests in the place of ours."""
    (gate.state / "assertion-keys.json").write_text(json.dumps({
        "signing": {"key": gate.key.public, "since": 1}, "next": {"key": gate.maker.key("ES256").public}, "retired": []}))
    (gate.state / "assertion-keys.json").chmod(0o600)
    now = int(time.time())
    return gate.maker.sign(gate.key, {"iss": GATE, "aud": PLACE, "sub": "alice", "client_id": "c", "iat": now, "exp": now + 600, "jti": "one-jti",
                                      "scope": "mcp:read", "grant_id": "a-grant-id", **changes})


def explain(gate, token):
    return run_command("gatehouse", "explain", "-c", gate.config, token)


def test_BK_11_explain_knows_our_own_tokens(gate, provider):
    assert keys(gate, "init").returncode == 0
    done = explain(gate, own_token(gate))
    assert done.returncode == 0 and f"{PLACE}: alice may use it" in done.stdout, done.stdout + done.stderr
    done = explain(gate, own_token(gate, sub="bob"))
    assert done.returncode == 1 and "not_allowed" in done.stdout
    done = explain(gate, own_token(gate, exp=int(time.time()) + 7200))
    assert done.returncode == 1 and "lifetime" in done.stdout, done.stdout


def test_BK_03_explain_says_whose_the_providers_token_is(gate, provider):
    now = int(time.time())
    token = gate.maker.sign(gate.key, {"iss": provider.url, "aud": PLACE, "sub": "alice", "client_id": "c", "iat": now, "exp": now + 600})
    done = explain(gate, token)
    assert done.returncode == 1 and "unknown_issuer" in done.stdout, done.stdout
    assert f"expected {GATE}" in done.stdout and "it is an issuer of the settings, but not of this resource" in done.stdout


def test_BK_11_advice_for_our_own_tokens_is_not_about_the_provider(gate, provider):
    assert keys(gate, "init").returncode == 0
    now = int(time.time())
    for name, advice, changes in (("wrong_audience", f"at the client: ask for a token for {PLACE}; if this one is, renew it", {"aud": "https://earlier.example.com"}),
                                  ("lifetime_too_long", "at the client: renew the token: it is older than the `access_token_lifetime` of now", {"exp": now + 7200}),
                                  ("expired", "at the client: renew the token", {"exp": now - 900, "iat": now - 1800}),
                                  ("not_yet_valid", "here: look at the clocks of our machines", {"nbf": now + 600}),
                                  ("insufficient_scope", "at the client: log in again and ask for the missing scopes", {"scope": "mcp:write"}),
                                  ("bound_token", "at the client: renew the token, or log in again: we make none", {"cnf": {"jkt": "x"}})):
        done = explain(gate, own_token(gate, **changes))
        assert f"{PLACE}: {name}: " in done.stdout and advice in done.stdout, done.stdout
        assert "at the provider" not in done.stdout and "VALUE" not in done.stdout and "`audience " not in done.stdout, done.stdout
    token = own_token(gate)
    (gate.state / "assertion-keys.json").unlink()
    assert keys(gate, "init").returncode == 0
    done = explain(gate, token)
    assert "unknown_key" in done.stdout and "at the client: renew the token" in done.stdout and "jwks_uri" not in done.stdout, done.stdout
    # People still are in groups of the provider's.
    assert "at the provider: put the person into a group" in explain(gate, own_token(gate, sub="bob")).stdout


def test_BK_03_advice_for_tokens_of_others_is_to_get_one_of_ours(gate, provider):
    now = int(time.time())
    for issuer in (provider.url, "https://earlier.example.com"):
        done = explain(gate, gate.maker.sign(gate.key, {"iss": issuer, "aud": PLACE, "sub": "alice", "client_id": "c", "iat": now, "exp": now + 600}))
        assert "unknown_issuer" in done.stdout and f"at the client: log in again, at {GATE}: " in done.stdout, done.stdout
        assert "at the provider: " not in done.stdout and "write `issuer`" not in done.stdout
    text = gate.config.read_text()
    gate.config.write_text(text.replace("{ allow", f"{{ issuer {provider.url}; allow"))
    done = explain(gate, own_token(gate))
    assert "unknown_issuer" in done.stdout and f"here: `issuer {GATE}` in the block of the resource" in done.stdout, done.stdout


def test_PO_policy_takes_our_own_people(gate):
    for scope, status in (("mcp:read", 1), ("mcp:read mcp:write", 0)):
        claims = gate.directory / "claims.json"
        claims.write_text(json.dumps({"sub": "alice", "scope": scope}))
        done = run_command("gatehouse", "policy", "-c", gate.config, "--as", claims, "write")
        assert done.returncode == status, done.stdout + done.stderr
