"""authorize: from the request of a client over the person's answer and the login to the code."""

import base64
import hashlib
import json
import re
import sqlite3

import pytest
from authorizations import ACCESS, AUTHORIZE, BACK, CALLBACK, CHALLENGE, CONSENT, GATE, MCP, gate, provider  # noqa: F401

from support.broker import seal_keys
from support.credentials import register, secret_file
from support.person import Person
from support.programs import run_command
from support.scripted_provider import Answer


def audit(gate):
    return [json.loads(line) for line in gate.room.log("authorize").splitlines() if '"event":"authorization"' in line]


def test_SEC_01_ISS_05_BK_05_first_consent_then_the_login_then_a_code(gate):
    person = gate.person()
    page = gate.begin(person)
    # Nobody has been sent anywhere yet, and nothing of the provider has been asked for.
    assert page.answer.status == 200 and page.goes_to is None and gate.provider.count("/token") == 0
    assert "Notes" in page.text and "127.0.0.1" in page.text and "mcp:read" in page.text
    onward = person.allow(page)
    asked = onward.parameters
    assert onward.goes_to.startswith(f"{gate.provider.url}/authorize?")
    # What the provider sees is ours alone.
    assert asked["client_id"] == "gate" and asked["redirect_uri"] == GATE + CALLBACK and "st&te" not in asked.values()
    assert asked["code_challenge"] not in gate.request().values() and asked["code_challenge_method"] == "S256" and "resource" not in asked
    back = gate.come_back(person, onward)
    assert back.answer.status == 303 and back.goes_to.startswith(BACK + "?")
    heard = back.parameters
    assert heard["state"] == "st&te" and heard["iss"] == GATE and len(heard["code"]) >= 40 and set(heard) == {"code", "state", "iss"}
    line = audit(gate)[-1]
    assert line["decision"] == "allow" and line["client"] == "notes" and line["subject"] == "alice" and heard["code"] not in gate.room.log("authorize")


def test_SEC_01_another_client_in_the_same_browser_is_asked_about_again(gate):
    person = gate.person()
    assert "code" in gate.whole(person).parameters
    for _ in range(2):
        page = gate.begin(person, client_id="other", redirect_uri="https://other.example/cb")
        assert page.answer.status == 200 and "Other" in page.text and page.goes_to is None


@pytest.mark.parametrize("changes, error", [
    ({"response_type": "token"}, "unsupported_response_type"), ({"response_type": None}, "invalid_request"),
    ({"code_challenge": None}, "invalid_request"), ({"code_challenge_method": "plain"}, "invalid_request"),
    ({"code_challenge_method": None}, "invalid_request"), ({"code_challenge": CHALLENGE[:-1]}, "invalid_request"),
    ({"resource": "https://elsewhere.example/mcp"}, "invalid_target"), ({"resource": MCP + "#x"}, "invalid_target"),
    ({"scope": "nobody:knows"}, "invalid_scope"), ({"state": "x" * 5000}, "invalid_request")])
def test_BK_01_BK_02_ISS_05_what_is_wrong_with_the_request_is_told_to_the_client(gate, changes, error):
    heard = gate.begin(gate.person(), **changes)
    assert heard.answer.status == 303 and heard.goes_to.startswith(BACK + "?")
    assert heard.parameters["error"] == error and heard.parameters["iss"] == GATE and heard.goes_to.count("iss=") == 1
    assert heard.parameters.get("state") == (None if "state" in changes else "st&te")


def test_BK_02_without_a_resource_it_is_the_only_one(gate):
    assert gate.begin(gate.person(), resource=None).answer.status == 200


@pytest.mark.parametrize("name", ["client_id", "redirect_uri", "state", "scope", "resource", "code_challenge"])
def test_BK_01_a_parameter_that_came_twice_is_refused(gate, name):
    query = AUTHORIZE + "?" + "&".join(f"{key}={value}" for key, value in [*gate.request(state="s").items(), (name, "other")])
    heard = gate.person().open(query.replace(" ", "+"))
    if name in ("client_id", "redirect_uri"):
        assert heard.answer.status == 400 and heard.goes_to is None
    else:
        assert heard.parameters["error"] == ("invalid_target" if name == "resource" else "invalid_request")


@pytest.mark.parametrize("changes, words", [
    ({"client_id": "nobody"}, "not known here"), ({"client_id": None}, "not known here"), ({"client_id": "ghc_x"}, "not known here"),
    ({"redirect_uri": "https://evil.example/cb"}, "wrong way back"), ({"redirect_uri": None}, "wrong way back"),
    ({"redirect_uri": BACK + "/"}, "wrong way back"), ({"redirect_uri": "http://localhost/callback"}, "wrong way back"),
    ({"redirect_uri": "http://127.0.0.1.evil/callback"}, "wrong way back"), ({"redirect_uri": "http://127.0.0.1:1@evil/callback"}, "wrong way back"),
    ({"redirect_uri": "https://notes.example/cb?tenant=7&x=1"}, "wrong way back"), ({"redirect_uri": "javascript:alert(1)"}, "wrong way back"),
    ({"client_id": "https://unlisted.example/client.json", "redirect_uri": "https://unlisted.example/cb"}, "may not connect")])
def test_RD_01_RD_03_SEC_09_a_stranger_or_a_foreign_way_back_gets_a_page_and_no_redirect(gate, changes, words):
    page = gate.begin(gate.person(), **changes)
    assert page.answer.status in (400, 403) and page.goes_to is None and page.answer.header("Location") is None
    assert words in page.text.lower() or words in page.text
    assert "<script" not in page.text


def test_RD_02_a_loopback_client_chooses_its_port(gate):
    back = gate.whole(redirect_uri="http://127.0.0.1:51004/callback")
    assert back.goes_to.startswith("http://127.0.0.1:51004/callback?code=")


def test_ISS_05_the_redirect_uris_own_query_stays(gate):
    back = gate.whole(redirect_uri="https://notes.example/cb?tenant=7")
    assert back.goes_to.startswith("https://notes.example/cb?tenant=7&code=") and back.goes_to.count("?") == 1


def test_BK_18_authorize_by_post_does_the_same(gate):
    person = gate.person()
    gate.begin(person)  # it has our cookie
    page = person.post(AUTHORIZE, gate.request(), headers=())
    assert page.answer.status == 200 and "code" in gate.come_back(person, person.allow(page)).parameters
    assert person.post(AUTHORIZE, gate.request(response_type="token"), headers=()).parameters["error"] == "unsupported_response_type"


def test_BK_18_a_form_of_another_site_asks_again_by_a_link_and_takes_no_cookie_away(gate):
    person = gate.person()
    first = gate.begin(person)
    cookies, person.cookies = person.cookies, {}  # SameSite=Lax: not with a POST that another site starts
    step = person.post(AUTHORIZE, gate.request(state="a&b=c"), headers=())
    assert step.answer.status == 303 and step.answer.header("Set-Cookie") is None and step.goes_to.startswith(AUTHORIZE + "?")
    assert step.parameters == gate.request(state="a&b=c")
    person.cookies = cookies
    assert gate.come_back(person, person.allow(person.follow(step))).parameters["state"] == "a&b=c"
    # What was under way in another tab goes on.
    assert "code" in gate.come_back(person, person.allow(first)).parameters


def test_BK_18_two_tabs_do_not_mix(gate):
    person = gate.person()
    first, second = gate.begin(person, state="one"), gate.begin(person, state="two", scope="mcp:write mcp:read")
    login_of_second, login_of_first = person.allow(second), person.allow(first)
    assert gate.come_back(person, login_of_first).parameters["state"] == "one"
    assert gate.come_back(person, login_of_second).parameters["state"] == "two"


def test_BK_17_SEC_02_the_page_can_t_be_framed_kept_or_told_on(gate):
    answer = gate.begin(gate.person()).answer
    policy = answer.header("Content-Security-Policy")
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and re.search(r"form-action 'self' http://127\.0\.0\.1", policy)
    assert answer.header("X-Frame-Options") == "DENY" and answer.header("Referrer-Policy") == "no-referrer"
    assert answer.header("Cache-Control") == "no-store" and answer.header("X-Content-Type-Options") == "nosniff"
    assert "HttpOnly" in answer.header("Set-Cookie") and "SameSite=Lax" in answer.header("Set-Cookie")


def test_SEC_02_cookies_over_https_are_of_this_host_alone(gate):
    gate.room.settings(f"log_format json\nauthorization_server broker\npublic_issuer https://gate.example\nissuer https://idp.example {{ client_id gate; }}\n"
                       f"resource https://gate.example/mcp {{ allow any; require_scopes mcp:read; }}\nclient notes {{ redirect_uri {BACK}; }}\n")
    answer = gate.room.ask("authorize", f"{AUTHORIZE}?response_type=code&client_id=notes&redirect_uri=http%3A%2F%2F127.0.0.1%2Fcallback"
                           f"&code_challenge={CHALLENGE}&code_challenge_method=S256&scope=mcp:read", host="gate.example")
    assert re.fullmatch(r"__Host-gatehouse=[A-Za-z0-9_-]{43}; Path=/; HttpOnly; SameSite=Lax; Secure", answer.header("Set-Cookie"))


def test_SEC_02_CSRF_a_form_that_our_page_did_not_make_for_this_browser_is_refused(gate):
    victim, attacker = gate.person(), gate.person()
    gate.begin(victim)
    page = gate.begin(attacker)
    fields = {**page.forms[0]["fields"], "decision": "allow"}
    # The attacker's page sends the victim's browser with the attacker's form, whole or in part.
    for forged in (fields, {**fields, "token": "x" * 43}, {**fields, "token": ""}, {name: fields[name] for name in ("request", "decision")}):
        answer = victim.post(CONSENT, forged)
        assert answer.answer.status == 403 and answer.goes_to is None
    own = {**gate.begin(victim).forms[0]["fields"], "decision": "allow"}
    for site in ("cross-site", "same-site", "none"):
        assert victim.post(CONSENT, own, headers=[("Sec-Fetch-Site", site)]).answer.status == 403, site
    assert victim.post(CONSENT, {**own, "request": fields["request"]}).answer.status == 403
    # Even with a token that fits: whoever has a cookie can make one for it, but the request is sealed for one browser.
    mixed = hashlib.sha256(f"{victim.cookies['gatehouse']}\0{fields['request']}".encode()).digest()
    answer = victim.post(CONSENT, {**own, "request": fields["request"], "token": base64.urlsafe_b64encode(mixed).rstrip(b"=").decode()})
    assert answer.answer.status == 400 and "elsewhere" in answer.text and answer.goes_to is None
    assert gate.provider.count() <= 1 and victim.post(CONSENT, own).goes_to is not None


def test_SEC_02_without_its_cookie_a_browser_is_told_to_keep_them(gate):
    person = gate.person()
    page = gate.begin(person)
    person.cookies.clear()
    answer = person.allow(page)
    assert answer.answer.status == 400 and "cookies" in answer.text and answer.goes_to is None
    # A foreign page's form comes without our cookies too: its answer must not replace those that the browser has.
    assert answer.answer.header("Set-Cookie") is None


def test_SEC_02_tampered_requests_are_refused(gate):
    person = gate.person()
    page = gate.begin(person)
    sealed = page.forms[0]["fields"]["request"]
    for at in (0, 8, len(sealed) // 2, len(sealed) - 1):
        other = "A" if sealed[at] != "A" else "B"
        changed = sealed[:at] + other + sealed[at + 1:]
        assert person.send(page, button=("decision", "allow"), request=changed).answer.status == 403
    assert person.send(page, button=("decision", "allow"), request="").answer.status == 403


def test_BK_18_a_request_is_decided_once(gate):
    person = gate.person()
    page = gate.begin(person)
    assert person.deny(page).parameters["error"] == "access_denied"
    again = person.allow(page)  # the back button
    assert again.answer.status == 400 and "too old" in again.text and again.goes_to is None
    page = gate.begin(person)
    assert person.allow(page).goes_to.startswith(gate.provider.url)
    again = person.deny(page)
    assert again.answer.status == 400 and "too old" in again.text and again.goes_to is None


def test_BK_18_of_a_double_click_the_second_answer_does_the_same(gate):
    """A browser forgets the answer to the first one, which is on its way, when the second one is sent."""
    person = gate.person()
    page = gate.begin(person)
    assert person.deny(page).goes_to == person.deny(page).goes_to
    page = gate.begin(person)
    lost, shown = person.allow(page), person.allow(page)
    assert lost.parameters["state"] != shown.parameters["state"]
    assert "code" in gate.come_back(person, shown).parameters


def test_BK_19_SEC_08_who_says_no_tells_the_client(gate):
    person = gate.person()
    answer = person.deny(gate.begin(person))
    assert answer.answer.status == 303 and answer.parameters["error"] == "access_denied"
    assert answer.parameters["state"] == "st&te" and answer.parameters["iss"] == GATE and gate.provider.count("/token") == 0


def test_ISS_11_a_callback_of_another_provider_shows_and_sends_nothing(gate):
    person = gate.person()
    for changes in ({"iss": "https://evil.example"}, {"iss": None}, {"iss": "https://evil.example", "code": None, "error": "xyzzy<b>"}):
        callback = {**gate.log_in(person.allow(gate.begin(person))), **changes}
        page = person.open(CALLBACK, **{name: value for name, value in callback.items() if value is not None})
        assert page.answer.status == 400 and page.goes_to is None and "xyzzy" not in page.text
    assert gate.provider.count("/token") == 0


def test_SEC_02_the_state_is_for_one_callback_in_one_browser(gate):
    person, other = gate.person(), gate.person()
    gate.begin(other)
    callback = gate.log_in(person.allow(gate.begin(person)))
    elsewhere = other.open(CALLBACK, **callback)
    assert elsewhere.answer.status == 400 and elsewhere.goes_to is None and gate.provider.count("/token") == 0
    # That did not end it for the browser that began it; but once is once.
    assert "code" in person.open(CALLBACK, **callback).parameters
    again = person.open(CALLBACK, **callback)
    assert again.answer.status == 400 and again.goes_to is None and gate.provider.count("/token") == 1
    for state in ("x" * 43, "", callback["state"][:-1]):
        assert person.open(CALLBACK, code="c", state=state, iss=gate.provider.url).answer.status == 400


@pytest.mark.parametrize("error, told", [("access_denied", "access_denied"), ("login_required", "access_denied"), ("server_error", "temporarily_unavailable"),
                                         ("invalid_scope", "server_error")])
def test_BK_19_what_the_provider_says_no_to_is_told_to_the_client(gate, error, told):
    person = gate.person()
    callback = gate.log_in(person.allow(gate.begin(person)))
    heard = person.open(CALLBACK, error=error, error_description="secret details", state=callback["state"], iss=gate.provider.url)
    assert heard.parameters["error"] in (told, "server_error") and heard.parameters["iss"] == GATE and heard.parameters["state"] == "st&te"
    assert "secret details" not in heard.goes_to


def test_BK_05_a_login_that_is_not_ours_gives_no_code(gate):
    for claims in ({"nonce": "other"}, {"aud": "somebody"}, {"iss": "https://evil.example"}, {"exp": 1000}, {"sub": None}):
        person = gate.person()
        heard = gate.come_back(person, person.allow(gate.begin(person)), **claims)
        assert heard.parameters["error"] == "server_error", claims


def test_CH_11_who_is_not_on_the_list_is_told_at_the_login(gate):
    gate.settings(resource="allow subject bob; require_scopes mcp:read;")
    heard = gate.whole(subject="alice")
    assert heard.parameters["error"] == "access_denied" and "may not use" in heard.parameters["error_description"]
    assert "code" in gate.whole(subject="bob").parameters


@pytest.mark.parametrize("rule, comes_in", [("allow client notes", True), ("allow client other", False), ("allow any; deny client notes", False),
                                            ("allow any; deny client other", True)])
def test_CL_13_rules_for_clients_are_told_at_the_login_too(gate, rule, comes_in):
    gate.settings(resource=f"{rule}; require_scopes mcp:read;")
    heard = gate.whole().parameters
    assert ("code" in heard) == comes_in and heard.get("error") == (None if comes_in else "access_denied")


def test_BK_06_scopes_are_asked_for_by_a_table_and_the_resource_only_if_it_is_set(gate):
    gate.settings(login=f"login_scopes openid email; scope_map mcp:write calendar contacts; upstream_resource {GATE}/api;")
    person = gate.person()
    asked = person.allow(gate.begin(person, scope="mcp:read mcp:write")).parameters
    assert asked["scope"].split() == ["openid", "email", "calendar", "contacts"] and asked["resource"] == GATE + "/api"
    assert person.allow(gate.begin(person)).parameters["scope"].split() == ["openid", "email"]


def test_SEC_12_the_provider_is_down_the_client_hears_so(gate):
    person = gate.person()
    page = gate.begin(person)
    gate.provider.script("/.well-known/openid-configuration", Answer(503))
    assert person.allow(page).parameters["error"] == "temporarily_unavailable"


def test_SEC_16_without_store_or_keys_nobody_gets_anything(gate):
    person = gate.person()
    page = gate.begin(person)
    (gate.room.state / "seal.keys").rename(gate.room.state / "away")
    gate.room.running.clear()
    refused = run_command("authorize", "-t", "-c", gate.room.config)
    assert refused.returncode == 100 and "seal.keys" in refused.stderr and "gatehouse keys" in refused.stderr
    (gate.room.state / "away").rename(gate.room.state / "seal.keys")
    # Of other keys than those of the page; then keys that nobody can read.
    seal_keys(gate.room.state)
    assert person.allow(page).answer.status == 403
    page = gate.begin(person)
    (gate.room.state / "seal.keys").write_text("nonsense\n")
    (gate.room.state / "seal.keys").chmod(0o644)
    gate.room.running.clear()
    assert run_command("authorize", "-t", "-c", gate.room.config).returncode == 100


def test_SEC_16_a_store_that_can_t_be_written_lets_nobody_on(gate):
    person = gate.person()
    page = gate.begin(person)
    other = sqlite3.connect(gate.room.state / "store", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")  # as long as somebody else has it
    step = person.allow(page)
    assert step.answer.status == 503 and step.goes_to is None
    other.execute("ROLLBACK")
    other.close()
    onward = person.allow(gate.begin(person))
    callback = gate.log_in(onward)
    other = sqlite3.connect(gate.room.state / "store", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    step = person.open(CALLBACK, **callback)
    assert step.answer.status == 503 and step.goes_to is None and gate.provider.count("/token") == 0
    other.close()


def test_only_the_host_of_public_issuer_has_these_pages(gate):
    for path in (AUTHORIZE, CONSENT, CALLBACK, ACCESS, "/oauth/other", "/oauth/authorize/"):
        assert gate.room.ask("authorize", path, host="elsewhere.example").status == 404
    assert gate.ask("/oauth/other").status == 404 and gate.ask("/oauth/authorize/").status == 404
    for path, method, allowed in ((AUTHORIZE, "PUT", "GET, POST"), (CONSENT, "GET", "POST"), (CALLBACK, "POST", "GET"), (ACCESS, "POST", "GET")):
        answer = gate.ask(path, method)
        assert answer.status == 405 and answer.header("Allow") == allowed, path


def test_SEC_12_many_logins_from_one_address_are_too_many(gate):
    person = gate.person()
    statuses = [person.allow(gate.begin(person)).answer.status for _ in range(63)]
    assert statuses[:60] == [200] * 60 and 429 in statuses[60:]


def test_as_plain_cgi_it_does_the_same(gate):
    person = Person(lambda *a: gate.ask(*a, way="cgi"))
    assert "code" in gate.whole(person).parameters


def test_CORS_08_no_page_of_another_origin_reads_ours(gate):
    person = gate.person()
    steps = [gate.begin(person), gate.begin(person, client_id="nobody"), person.open(CALLBACK, state="x"), person.open(ACCESS)]
    for step in [*steps, gate.begin(person, response_type="token")]:
        assert not [name for name, _ in step.answer.headers if name.lower().startswith("access-control")]
    assert gate.ask(AUTHORIZE, "OPTIONS", [("Origin", "https://evil.example"), ("Access-Control-Request-Method", "POST")]).status == 405


def log_in_without_openid(gate, person, subject=12345, orgs=("acme",)):
    """GitHub's way: no ID token, no issuer in the callback; the account and its organizations are asked for."""
    onward = person.allow(gate.begin(person))
    asked = onward.parameters
    assert "nonce" not in asked and "openid" not in asked["scope"].split()
    token = register("gho_" + "0123456789abcdef" * 2, "token of the provider")
    gate.provider.script("/token", Answer(body={"access_token": token, "token_type": "bearer", "scope": "read:user"}))
    gate.provider.script("/user", Answer(body={"id": subject, "login": "alice", "email": "alice@example.com"}))
    gate.provider.script("/orgs", Answer(body=[{"login": name} for name in orgs]))
    return person.open(CALLBACK, code=register("code-" + "0123456789abcdef" * 2, "code of the provider"), state=asked["state"])


@pytest.fixture
def github(gate):
    url = gate.provider.url
    gate.provider.behave({"keys": []}, jwks_uri=None)
    gate.settings(login=f"login_scopes read:user; userinfo_endpoint {url}/user; subject_claim id; user_claim login; organizations_endpoint {url}/orgs",
                  resource="allow org acme; require_scopes mcp:read;")
    return gate


def test_BK_11_a_provider_without_openid_says_who_it_is_when_asked(github):
    person = github.person()
    step = log_in_without_openid(github, person)
    assert "code" in step.parameters, github.room.log("authorize")
    assert audit(github)[-1]["subject"] == "12345"


def test_CH_11_who_is_in_no_organization_of_the_list_is_told_so(github):
    heard = log_in_without_openid(github, github.person(), orgs=("others",))
    assert heard.parameters["error"] == "access_denied"
    assert "code" not in heard.parameters


def test_BK_11_github_is_asked_with_the_client_that_logs_people_in(gate):
    url, secret = gate.provider.url, "secret-of-the-gate-at-github"
    gate.provider.behave({"keys": []}, jwks_uri=None)
    file = secret_file(gate.room.directory / "secret", secret)
    gate.settings(login=f"preset github; client_secret_file {file}; tokeninfo_endpoint {url}/applications/CLIENT/token; "
                  f"organizations_endpoint {url}/orgs; teams_endpoint {url}/teams;", resource="allow org acme; require_scopes mcp:read;")
    person = gate.person()
    asked = person.allow(gate.begin(person)).parameters
    assert asked["scope"] == "read:user user:email"
    gate.provider.script("/token", Answer(body={"access_token": register("gho_" + "0123456789abcdef" * 2, "token of the provider"), "token_type": "bearer"}))
    gate.provider.script("/applications/gate/token", Answer(body={"id": 1, "app": {"client_id": "gate"}, "user": {"id": 12345, "login": "alice"}, "scopes": ["read:user"]}))
    gate.provider.script("/orgs", Answer(body=[{"login": "acme"}]))
    heard = person.open(CALLBACK, code=register("code-" + "0123456789abcdef" * 2, "code of the provider"), state=asked["state"])
    assert "code" in heard.parameters and audit(gate)[-1]["subject"] == "12345", gate.room.log("authorize")
    check = next(one for one in gate.provider.requests if one.path == "/applications/gate/token")
    assert base64.b64decode(check.header("Authorization").split()[1]).decode() == f"gate:{secret}"
