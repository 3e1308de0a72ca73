"""Tokens that only a provider can judge: introspection, tokeninfo, userinfo; what is asked, what is believed, for how long."""

import base64
import json
import time
import urllib.parse

import pytest
from conftest import RESOURCE
from inquiries import HERE, INTROSPECT, OPAQUE, SECRET, TOKENINFO, USERINFO, active, ask, decision, github, key_file, provider, secret_file, settings

from support.processes import until
from support.scripted_provider import Answer, ScriptedProvider
from support.tokens import key_set


def test_IN_01_TK_07_the_question_is_a_form_with_our_credentials(room, provider):
    provider.script(INTROSPECT, active())
    settings(room, provider)
    assert ask(room, "a+b/c==").status == 200
    request, = [one for one in provider.requests if one.path == INTROSPECT]
    assert request.method == "POST" and request.header("Content-Type") == "application/x-www-form-urlencoded"
    assert request.header("Accept") == "application/json"
    assert urllib.parse.parse_qs(request.body.decode(), strict_parsing=True) == {"token": ["a+b/c=="], "token_type_hint": ["access_token"]}
    user, _, password = base64.b64decode(request.header("Authorization").removeprefix("Basic ")).decode().partition(":")
    # RFC 6749 2.3.1: each part is form-encoded before they are joined.
    assert (urllib.parse.unquote_plus(user), urllib.parse.unquote_plus(password)) == ("gate:1", SECRET)


def test_IN_01_client_secret_post(room, provider):
    provider.script(INTROSPECT, active())
    settings(room, provider, "introspection_endpoint discover; introspection_method client_secret_post;")
    assert ask(room).status == 200
    request, = [one for one in provider.requests if one.path == INTROSPECT]
    form = urllib.parse.parse_qs(request.body.decode(), strict_parsing=True)
    assert form["client_id"] == ["gate:1"] and form["client_secret"] == [SECRET] and request.header("Authorization") is None


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
@pytest.mark.parametrize("audience", ["issuer", "endpoint"])
def test_IN_01_private_key_jwt(room, provider, maker, algorithm, audience):
    key = maker.key(algorithm, "gate-key")
    provider.script(INTROSPECT, active())
    pem = key_file(room, key)
    settings(room, provider, f"introspection_endpoint discover; introspection_client gate; introspection_key_file {pem}; introspection_audience {audience};",
             client=False)
    assert ask(room).status == 200
    request, = [one for one in provider.requests if one.path == INTROSPECT]
    form = urllib.parse.parse_qs(request.body.decode(), strict_parsing=True)
    assert form["client_assertion_type"] == ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"] and request.header("Authorization") is None
    header, claims, _ = form["client_assertion"][0].split(".")
    header, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in (header, claims))
    assert header["alg"] == algorithm and claims["iss"] == claims["sub"] == "gate" and len(claims["jti"]) >= 20
    assert claims["aud"] == (provider.url if audience == "issuer" else f"{provider.url}{INTROSPECT}")
    assert claims["exp"] - claims["iat"] == 60 and abs(claims["iat"] - time.time()) < 30
    # And it verifies: as a token of an issuer whose key it is.
    keys = room.directory / "gate.jwks"
    keys.write_text(json.dumps(key_set(key)))
    room.running.pop("auth-check").stop()
    room.settings(f"dev on\nissuer https://x.example {{ keys_file {keys}; }}\nresource {HERE} {{ allow any; }}\n".replace("https://x.example", "http://127.0.0.1:9"))
    forged = room.check(form["client_assertion"][0], host="127.0.0.1")
    assert forged.status == 401 and "bad_signature" not in room.log()


@pytest.mark.parametrize("active_value", [False, "true", 1, None, {}, "", 0])
def test_IN_02_only_the_value_true_counts(room, provider, active_value):
    provider.script(INTROSPECT, active(active=active_value))
    settings(room, provider)
    answer = ask(room)
    assert answer.status == 401 and 'error="invalid_token"' in answer.header("WWW-Authenticate")
    assert decision(room)["reason"] == "inactive"


@pytest.mark.parametrize("change, status, reason", [
    ({"aud": "https://other.example"}, 401, "wrong_audience"), ({"aud": None}, 401, "wrong_audience"), ({"aud": ["x", HERE]}, 200, "allow"),
    ({"exp": 1}, 401, "expired"), ({"exp": "soon"}, 401, "bad_claims"), ({"exp": None}, 200, "allow"), ({"nbf": 4102444800}, 401, "not_yet_valid"),
    ({"iss": "https://other.example"}, 401, "unknown_issuer"), ({"scope": "x"}, 403, "insufficient_scope"), ({"scope": None}, 403, "insufficient_scope"),
    ({"token_type": "refresh_token"}, 401, "other_token"), ({"token_type": "Bearer"}, 200, "allow"), ({"token_type": "DPoP"}, 401, "other_token"),
    ({"cnf": {"jkt": "x"}}, 401, "bound_token"), ({"sub": "a\nX"}, 401, "bad_claims"), ({"sub": None, "client_id": None}, 401, "bad_claims"),
], ids=str)
def test_IN_03_the_rules_for_claims_are_those_of_a_jwt(room, provider, change, status, reason):
    provider.script(INTROSPECT, active(**change))
    settings(room, provider, resource="allow any; require_scopes mcp:read")
    assert ask(room).status == status and decision(room)["reason"] == reason


def test_IN_03_CL_09_a_clients_own_token_is_no_user(room, provider):
    provider.script(INTROSPECT, active(sub=None))
    settings(room, provider, resource="allow subject app")
    assert ask(room).status == 403
    settings(room, provider, resource="allow client app")
    until(lambda: ask(room).status == 200, "the client is let in")


def test_IN_04_an_answer_is_remembered_for_the_time_that_was_set_and_no_longer(room, provider):
    provider.script(INTROSPECT, active())
    settings(room, provider, "introspection_endpoint discover; answer_lifetime 2s;")
    assert ask(room).status == 200 and ask(room).status == 200
    assert provider.count(INTROSPECT) == 1
    provider.script(INTROSPECT, active(active=False))
    until(lambda: ask(room).status == 401, "revoked at the provider, refused here")
    assert provider.count(INTROSPECT) == 2


def test_IN_04_an_answer_is_not_remembered_beyond_exp(room, provider):
    provider.script(INTROSPECT, active(exp=int(time.time()) + 2))
    settings(room, provider)
    assert ask(room).status == 200
    until(lambda: provider.count(INTROSPECT) == 2 or ask(room) is None, "it is asked again when the token ends")


def test_IN_04_a_no_is_remembered_too_and_for_ten_seconds_at_most(room, provider):
    provider.script(INTROSPECT, active(active=False), active())
    settings(room, provider)
    assert [ask(room).status for _ in range(3)] == [401] * 3 and provider.count(INTROSPECT) == 1
    # Another token is another question.
    assert ask(room, "another").status == 200
    until(lambda: ask(room).status == 200, "the no is forgotten", timeout=20)


def test_IN_04_DC_02_no_token_in_any_file(room, provider):
    provider.script(INTROSPECT, active())
    settings(room, provider)
    assert ask(room).status == 200 and ask(room).status == 200
    files = [file for file in room.directory.rglob("*") if file.is_file() and "secret" not in file.name]
    assert len(files) > 3 and not [file for file in files if OPAQUE.encode() in file.read_bytes() or SECRET.encode() in file.read_bytes()]


def test_TK_07_each_shape_reaches_its_own_judge(room, provider):
    provider.script(INTROSPECT, active())
    settings(room, provider)
    jwt = room.token(iss=provider.url, aud=HERE)
    assert ask(room, jwt).status == 200 and provider.count(INTROSPECT) == 0
    assert ask(room, jwt[:-2] + "xx").status == 401 and provider.count(INTROSPECT) == 0
    assert ask(room, "eyJhbGciOiJkaXIifQ..a.b.c").status == 401 and decision(room)["reason"] == "encrypted_token"
    assert provider.count(INTROSPECT) == 0
    # Dots alone make no JWT.
    for number, opaque in enumerate(("a.b.c", "mat_1.2.3", "x", "a.b.c.d.e"), 1):
        assert ask(room, opaque).status == 200 and provider.count(INTROSPECT) == number


def test_TK_07_a_jwt_is_asked_about_only_if_the_settings_say_so(room, provider):
    provider.script(INTROSPECT, active(iss="ISS"), active(active=False))
    provider.answers[INTROSPECT][0].body["iss"] = provider.url
    settings(room, provider, "introspection_endpoint discover; jwt_check introspection; answer_lifetime 1s;")
    jwt = room.token(iss=provider.url, aud=HERE)
    assert ask(room, jwt).status == 200 and provider.count(INTROSPECT) == 1 and provider.count("/jwks") == 0
    until(lambda: ask(room, jwt).status == 401, "revoked at the provider although its signature holds")


def test_UI_01_UI_02_userinfo_alone_only_by_an_unsafe_word(room, provider):
    provider.script(USERINFO, Answer(body={"sub": "usr_1", "email": "a@example.com", "email_verified": True, "name": "Al"}))
    settings(room, provider, "userinfo_endpoint discover; userinfo_unsafe on;", client=False)
    answer = ask(room, "mat_" + OPAQUE)
    assert answer.status == 200 and answer.header("Remote-User") == "usr_1" and answer.header("Remote-Email") == "a@example.com"
    request, = [one for one in provider.requests if one.path == USERINFO]
    assert request.method == "GET" and request.header("Authorization") == f"Bearer mat_{OPAQUE}"
    assert "whatever application" in room.log()


@pytest.mark.parametrize("answer, status", [
    (Answer(401), 401), (Answer(403), 401), (Answer(500), 503), (Answer(404), 503), (Answer(body={"email": "x@y"}), 503), (Answer(body={"sub": 7}), 503),
    (Answer(200, b"eyJ.e30.x", {"Content-Type": "application/jwt"}), 503), (Answer(200, b'{"sub":"a"}', {"Content-Type": "text/html"}), 503),
], ids=["401", "403", "500", "404", "no subject", "a number", "signed", "page"])
def test_UI_02_what_userinfo_says(room, provider, answer, status):
    provider.script(USERINFO, answer)
    settings(room, provider, "userinfo_endpoint discover; userinfo_unsafe on;", client=False)
    assert ask(room).status == status


def test_UI_03_userinfo_is_asked_again_after_the_time_that_was_set(room, provider):
    provider.script(USERINFO, Answer(body={"sub": "alice"}), Answer(401))
    settings(room, provider, "userinfo_endpoint discover; userinfo_unsafe on; answer_lifetime 2s;", client=False)
    assert ask(room).status == 200 and ask(room).status == 200 and provider.count(USERINFO) == 1
    until(lambda: ask(room).status == 401, "asked again")


def test_UI_01_tokeninfo_is_a_second_proof(room, provider):
    """Google: everything as text, `aud` the client; the token goes into a form, never into the URL."""
    info = {"aud": "our-client", "azp": "our-client", "sub": "1234", "scope": "openid email", "exp": str(int(time.time()) + 100), "expires_in": "100",
            "email": "a@example.com", "email_verified": "true"}
    provider.script(TOKENINFO, Answer(body=info), Answer(body={**info, "aud": "another-client", "azp": "another-client"}), Answer(400))
    provider.script(USERINFO, Answer(body={"sub": "1234", "hd": "example.com", "aud": "x", "scope": "admin"}))
    settings(room, provider, f"preset google; tokeninfo_endpoint {provider.url}{TOKENINFO}; audience our-client;",
             resource="allow hosted_domain Example.com; deny email nobody@example.com", client=False)
    good = ask(room, "ya29.token")
    assert good.status == 200 and good.header("Remote-Email") == "a@example.com" and good.header("Remote-Scopes") == "openid email"
    assert ask(room, "ya29.other").status == 401 and decision(room)["reason"] == "wrong_audience"
    assert ask(room, "ya29.unknown").status == 401 and decision(room)["reason"] == "inactive"
    request = [one for one in provider.requests if one.path == TOKENINFO][0]
    assert request.method == "POST" and request.body == b"access_token=ya29.token"
    assert not [one for one in provider.requests if "ya29" in one.path]


def test_UI_01_userinfo_of_somebody_else_adds_nothing(room, provider):
    provider.script(INTROSPECT, active())
    provider.script(USERINFO, Answer(body={"sub": "bob", "groups": ["admins"]}))
    settings(room, provider, "introspection_endpoint discover; userinfo_endpoint discover;", resource="allow group admins")
    assert ask(room).status == 401 and decision(room)["reason"] == "bad_claims"


def test_UI_03_a_jwt_that_userinfo_refuses_is_not_asked_about_each_time(room, provider):
    provider.script(USERINFO, *[Answer(401)] * 9)
    settings(room, provider, "userinfo_endpoint discover; userinfo_unsafe on;", client=False)
    jwt = room.token(iss=provider.url, aud=HERE)
    assert [ask(room, jwt).status for _ in range(3)] == [401] * 3 and provider.count(USERINFO) == 1


def test_CL_15_groups_of_userinfo_count_for_a_jwt_too(room, provider):
    provider.script(USERINFO, Answer(body={"sub": "alice", "groups": ["staff"], "aud": "x"}))
    settings(room, provider, "userinfo_endpoint discover; userinfo_unsafe on;", resource="allow group staff", client=False)
    assert ask(room, room.token(iss=provider.url, aud=HERE)).status == 200
    # What userinfo says never makes up for an audience.
    assert ask(room, room.token(iss=provider.url, aud="https://other.example")).status == 401
    assert provider.count(USERINFO) == 1


def test_github_checks_the_application_and_shows_organizations_and_teams(room, provider):
    check = "/applications/app-1/token"
    provider.script(check, Answer(body={"id": 1, "scopes": ["read:org", "repo"], "user": {"login": "octo", "id": 583231}, "app": {"client_id": "app-1"}}),
                    Answer(404))
    provider.script("/orgs", Answer(body=[{"login": "example"}, {"login": "other"}]))
    provider.script("/teams", Answer(body=[{"slug": "devs", "organization": {"login": "example"}}]))
    settings(room, provider, github(room, provider), resource="allow team Example/Devs; require_scopes read:org; allow org nobody", client=False)
    answer = ask(room, "gho_good")
    assert answer.status == 200, room.log()
    assert (answer.header("Remote-User"), answer.header("Remote-Subject"), answer.header("Remote-Client")) == ("octo", "583231", "app-1")
    request, = [one for one in provider.requests if one.path == check]
    assert request.method == "POST" and json.loads(request.body) == {"access_token": "gho_good"} and request.header("Authorization").startswith("Basic ")
    assert ask(room, "gho_of_another_application").status == 401
    settings(room, provider, github(room, provider), resource="allow team example/owners; require_scopes read:org", client=False)
    provider.script(check, Answer(body={"scopes": ["read:org"], "user": {"login": "octo", "id": 583231}, "app": {"client_id": "app-1"}}))
    until(lambda: ask(room, "gho_good").status == 403, "not in that team")


@pytest.mark.parametrize("claims, status", [
    ({"client_id": "listed", "scope": "mcp:read"}, 200), ({"client_id": "listed", "scope": "x"}, 403), ({"client_id": "unlisted", "scope": "mcp:read"}, 401),
    ({"client_id": None, "scope": "mcp:read"}, 401), ({"client_id": "listed", "scope": "mcp:read", "aud": "https://other.example"}, 401),
], ids=["both", "no scope", "another client", "no client", "another audience"])
def test_AUD_03_without_aud_client_and_scope_prove_it_together(room, claims, status):
    room.settings(f"issuer https://idp.example.net/t1 {{ keys_file {room.keys}; preset cognito; audience_clients listed; }}\n"
                  f"resource {RESOURCE} {{ require_scopes mcp:read; allow any; }}\n")
    assert room.check(room.token(**{"aud": None, "token_use": "access", **claims})).status == status


@pytest.fixture
def two(room, provider):
    """A and B behind one resource; each with its own prefix, audience and claims."""
    with ScriptedProvider() as other:
        other.behave(key_set(room.maker.key("ES256", "key-b")), introspection_endpoint=f"{other.url}{INTROSPECT}")
        room.settings(f"""dev on
log_format json
issuer {provider.url} {{ introspection_endpoint discover; introspection_client a; introspection_secret_file {secret_file(room)}; groups_claim realm_access.roles; }}
issuer {other.url} {{ introspection_endpoint discover; introspection_client b; introspection_secret_file {secret_file(room)}; audience api-b; scope_claim scp; }}
token_prefix mat_ {{ issuer {other.url} }}
resource {HERE} {{ allow group staff from {provider.url}; allow subject bob from {other.url}; }}
""")
        yield room, provider, other


def test_TK_07_the_prefix_says_who_is_asked(two):
    room, first, other = two
    first.script(INTROSPECT, active(realm_access={"roles": ["staff"]}))
    other.script(INTROSPECT, active(sub="bob", aud="api-b"))
    assert ask(room, "mat_1").status == 200 and (first.count(INTROSPECT), other.count(INTROSPECT)) == (0, 1)
    assert ask(room, "abc").status == 200 and (first.count(INTROSPECT), other.count(INTROSPECT)) == (1, 1)
    # Not even one that looks like a JWT is shown to the other.
    assert ask(room, "mat_eyJ.e30.x").status == 200 and (first.count(INTROSPECT), other.count(INTROSPECT)) == (1, 2)


def test_CL_01_PO_02_AUD_02_a_token_of_one_signed_by_the_other_is_refused(two, key):
    room, first, other = two
    good = {"iss": first.url, "aud": HERE, "realm_access": {"roles": ["staff"]}}
    assert ask(room, room.token(**good)).status == 200
    assert ask(room, room.token(**{**good, "iss": other.url, "aud": "api-b", "sub": "bob"})).status in (401, 503)
    assert decision(room)["reason"] in ("unknown_key", "bad_signature", "unavailable")
    # The audience, claims and rules of one count for nothing at the other.
    assert ask(room, room.token(**{**good, "aud": "api-b"})).status == 401
    assert ask(room, room.token(**{**good, "realm_access": None, "groups": ["staff"]})).status == 403
    assert ask(room, room.token(**{**good, "realm_access": None, "sub": "bob"})).status == 403


@pytest.mark.parametrize("answer", [Answer(403), Answer(404), Answer(body=[{"login": f"org-{number}"} for number in range(100)])], ids=["403", "404", "a full page"])
def test_CL_15_PO_01_a_deny_rule_does_not_trust_memberships_that_nobody_has_seen(room, provider, answer):
    provider.script("/applications/app-1/token", Answer(body={"scopes": ["read:org"], "user": {"login": "octo", "id": 1}, "app": {"client_id": "app-1"}}))
    provider.script("/orgs", answer)
    settings(room, provider, github(room, provider, "?per_page=100"), resource="allow any; deny org competitor; require_scopes read:org", client=False)
    assert ask(room, "gho_member").status == 403 and decision(room)["reason"] == "groups_unknown"


@pytest.mark.parametrize("claims, more", [
    ("scope_claim permission_set", {"permission_set": "mcp:read"}), ("scope_claim app.perms", {"app": {"perms": ["mcp:read"]}}),
    ("client_claim caller; audience_clients trusted", {"caller": "trusted", "scope": "mcp:read"}),
], ids=["scope", "nested scope", "client"])
def test_UI_01_userinfo_adds_no_scope_and_no_client_by_another_name(room, provider, claims, more):
    provider.script(INTROSPECT, active(scope=more.get("scope"), client_id=None, aud=None if "caller" in more else HERE))
    provider.script(USERINFO, Answer(body={"sub": "alice", **more}))
    settings(room, provider, f"introspection_endpoint discover; userinfo_endpoint discover; {claims};", resource="allow any; require_scopes mcp:read")
    assert ask(room).status in (401, 403), room.log()
