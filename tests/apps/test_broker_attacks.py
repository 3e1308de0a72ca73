"""Attacks on our own authorization server: people, their browsers, and what strangers make us keep."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest
from attacks import granted, redeem, register_client, renew, site, token  # noqa: F401
from authorizations import ACCESS, AUTHORIZE, BACK, CALLBACK, CONSENT, GATE, MCP, gate, provider  # noqa: F401
from grants import claims_of
from test_account import END, sign_in

from support.programs import run_command
from support.scripted_provider import ScriptedProvider
from support.tokens import key_set


def test_SEC_12_who_only_says_no_cannot_fill_the_store(gate):
    statuses = []
    for _ in range(70):
        person = gate.person()
        statuses.append(person.deny(gate.begin(person)).answer.status)
    assert statuses[:60] == [303] * 60 and 429 in statuses[60:]


@pytest.mark.parametrize("uri", ["https://evil.example/cb", "https://evil.example/cb?x=1"])
def test_SEC_09_we_send_nobody_to_a_stranger_by_ourselves(site, uri):
    site.settings("redirect any_https")
    client = register_client(site, uri)
    person = site.person()
    page = site.begin(person, client_id=client, redirect_uri=uri, response_type="token")
    assert page.answer.status == 400 and page.goes_to is None
    assert site.begin(person, client_id=client, redirect_uri=uri).answer.status == 200


def test_SEC_01_the_same_subject_of_another_provider_is_another_person(site, key):
    tokens, signed_in = granted(site), sign_in(site)
    assert "Notes" in signed_in.open(ACCESS).text
    with ScriptedProvider() as other:
        other.behave(key_set(key), authorization_response_iss_parameter_supported=True, id_token_signing_alg_values_supported=["ES256"])
        site.provider = other
        site.settings()
        assert signed_in.open(ACCESS).answer.status == 302
        page = sign_in(site, "alice").open(ACCESS)
        assert page.answer.status == 200 and "No program has access" in page.text
        assert renew(site, tokens["refresh_token"]).status == 400


def test_BK_04_a_way_back_that_was_taken_away_gets_no_code(gate):
    person = gate.person()
    onward = person.allow(gate.begin(person, redirect_uri="https://notes.example/cb?tenant=7"))
    text = gate.room.config.read_text()
    gate.room.config.write_text(text.replace(" https://notes.example/cb?tenant=7", ""))
    gate.room.running.clear()
    page = gate.come_back(person, onward)
    assert page.answer.status == 400 and page.goes_to is None


def test_SEC_02_another_person_ends_nothing(site):
    granted(site)
    alice, mallory = sign_in(site, "alice"), sign_in(site, "mallory")
    theirs = next(form for form in alice.open(ACCESS).forms if form["action"] == END)
    grant = next(value for name, value in theirs["buttons"] if name == "grant")
    assert grant not in mallory.open(ACCESS).text
    own = mallory.open(ACCESS).forms[0]["fields"]["token"]
    assert mallory.post(END, {"token": own, "grant": grant}).goes_to == ACCESS
    assert mallory.post(END, {"token": theirs["fields"]["token"], "grant": grant}).answer.status == 403
    assert grant in alice.open(ACCESS).text
    for site_said in ("cross-site", "same-site", "none"):
        assert alice.post(END, {**theirs["fields"], "grant": grant}, headers=[("Sec-Fetch-Site", site_said)]).answer.status == 403
    alice.post(END, {**theirs["fields"], "grant": grant})
    assert grant not in alice.open(ACCESS).text


def test_SEC_02_what_is_sealed_for_one_thing_opens_for_no_other(site):
    tokens = granted(site)
    client = register_client(site, BACK)
    person = sign_in(site)
    page = site.begin(person)
    sealed = {"refresh": tokens["refresh_token"].removeprefix("ghr_"), "client": client.removeprefix("ghc_"),
              "request": page.forms[0]["fields"]["request"], "person": person.cookies["gatehouse-person"]}
    for kind, value in sealed.items():
        if kind != "request":
            assert person.send(page, button=("decision", "allow"), request=value).answer.status == 403, kind
        if kind != "client":
            assert site.begin(person, client_id="ghc_" + value).answer.status == 400, kind
        if kind != "refresh":
            assert renew(site, "ghr_" + value).status == 400, kind
        if kind != "person":
            other = site.person()
            other.cookies = {**person.cookies, "gatehouse-person": value}
            assert other.open(ACCESS).answer.status == 302, kind
        assert person.open(CALLBACK, state=value, code="x", iss=site.provider.url).answer.status == 400
    assert person.allow(page).goes_to is not None


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "OPTIONS"])
def test_SEC_02_consent_takes_a_post_and_nothing_that_looks_like_one(gate, method):
    person = gate.person()
    fields = {**gate.begin(person).forms[0]["fields"], "decision": "allow"}
    cookie = ("Cookie", f"gatehouse={person.cookies['gatehouse']}")
    more = [cookie, ("X-HTTP-Method-Override", "POST"), ("Sec-Fetch-Site", "same-origin")]
    answer = gate.ask(f"{CONSENT}?{urlencode(fields)}&_method=POST", method, more, urlencode(fields).encode())
    assert answer.status == 405 and answer.header("Location") is None
    for kind in ("text/plain", "multipart/form-data; boundary=x", "application/json", "application/x-www-form-urlencodedx", ""):
        answer = gate.ask(CONSENT, "POST", [*more, ("Content-Type", kind)], urlencode(fields).encode())
        assert answer.status == 400, kind
    for doubled in ("decision=allow", "decision=deny", f"token={fields['token']}", f"request={fields['request']}"):
        answer = gate.ask(CONSENT, "POST", [*more, ("Content-Type", "application/x-www-form-urlencoded")], f"{urlencode(fields)}&{doubled}".encode())
        assert answer.status in (400, 403), doubled
    # The query is no form.
    answer = gate.ask(f"{CONSENT}?{urlencode(fields)}", "POST", [*more, ("Content-Type", "application/x-www-form-urlencoded")], b"x=y")
    assert answer.status == 403


EVIL = ["https://notes.example\\@evil.example/cb", "https://notes.example%2f@evil.example/cb", "https://notes.example@evil.example/cb?tenant=7",
        "https://notes.example./cb?tenant=7", "https://notes.example:443/cb?tenant=7", "https://NOTES.example/cb?tenant=7", "https://notes.example/cb?tenant=7#x",
        "https://notes.example/cb?tenant=7\t", "https://notes.example/cb?tenant=7\r\nLocation: https://evil.example", "https://notes.example/%63b?tenant=7",
        "https:notes.example/cb?tenant=7", "https:/notes.example/cb?tenant=7", "//notes.example/cb?tenant=7", " https://notes.example/cb?tenant=7",
        "https://notes.example/x/../cb?tenant=7", "https://notes.example/cb;x?tenant=7", "http://notes.example/cb?tenant=7",
        "http://127.0.0.1:99999/callback", "http://127.0.0.1:0/callback", "http://127.0.0.1:080/callback", "http://127.0.0.1:/callback",
        "http://127.1/callback", "http://2130706433/callback", "http://0x7f.0.0.1/callback", "http://127.0.0.1\\.evil.example/callback",
        "http://127.0.0.1%00.evil.example/callback", "http://[::ffff:127.0.0.1]/callback", "http://[::1%25lo]/callback", "http://[::1]/callback",
        "http://127.0.0.1:80:80/callback", "http://127.0.0.1/callback/", "http://127.0.0.1/callback?", "http://127.0.0.1/callback?x",
        "http://127.0.0.1//callback", "http://127.0.0.1/Callback", "https://127.0.0.1/callback", "HTTP://127.0.0.1/callback", "http://127.0.0.1./callback",
        "http://127.0.0.1/call\nback", "http://127.0.0.1/\\callback", "http://１２７.0.0.1/callback", "http://127。0。0。1/callback"]


@pytest.mark.parametrize("uri", EVIL)
def test_RD_01_RD_03_SEC_09_no_spelling_opens_another_way_back(gate, uri):
    page = gate.begin(gate.person(), redirect_uri=uri)
    assert page.answer.status == 400 and page.goes_to is None and not page.answer.all("Location")


@pytest.mark.parametrize("value", ["a\r\nSet-Cookie: x=y", "a\nb", "\0", "a\x7fb", "\x1b[31m"])
@pytest.mark.parametrize("name", ["state", "redirect_uri", "client_id", "scope", "resource"])
def test_RD_03_no_line_of_a_header_comes_from_a_parameter(gate, name, value):
    page = gate.begin(gate.person(), **{name: value})
    assert page.answer.status == 400 and page.goes_to is None
    assert {cookie.partition("=")[0] for cookie in page.answer.all("Set-Cookie")} <= {"gatehouse"} and b"\x1b" not in page.answer.raw


TAG = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def test_SEC_02_no_text_of_others_becomes_markup(site):
    site.settings("redirect any_https\nscope_words mcp:read \"read & <write>\"")
    client = register_client(site, BACK, name=TAG)
    person = site.person()
    heard = site.whole(person, TAG, client_id=client, redirect_uri=BACK, state=TAG).parameters
    assert heard["state"] == TAG
    assert redeem(site, heard["code"], client_id=client).status == 200
    account = sign_in(site, TAG)
    pages = [site.begin(person, client_id=client), account.open(ACCESS), site.begin(person, client_id=TAG), site.begin(person, redirect_uri="https://x/" + TAG),
             person.open(CALLBACK, state=TAG, error=TAG, error_description=TAG, iss=TAG)]
    for page in pages:
        assert "<script" not in page.text and "<img" not in page.text and "onerror" not in page.text.replace("onerror=alert(1)&gt;", "")
        assert page.answer.header("Content-Security-Policy").startswith("default-src 'none'") and page.answer.header("X-Frame-Options") == "DENY"
    assert "&lt;script" in pages[0].text and "&lt;script" in pages[1].text


def test_BK_11_the_longest_client_can_use_its_token(site):
    site.settings("redirect any_https")
    uris = [f"https://app.example/{'x' * 120}/{n}" for n in range(15)]
    client = register_client(site, BACK, *uris, name="N" * 200)
    assert len(client) > 3000
    tokens = granted(site, client_id=client)
    assert site.room.check(tokens["access_token"], host="127.0.0.1").status == 200
    # Another one ends nothing with its token.
    other = register_client(site, BACK, *uris, name="M" * 200)
    assert token(site, {"token": tokens["access_token"], "client_id": other}, "/oauth/revoke").status == 200
    renewed = renew(site, tokens["refresh_token"], client_id=client)
    assert renewed.status == 200
    assert token(site, {"token": tokens["access_token"], "client_id": client}, "/oauth/revoke").status == 200
    assert renew(site, json.loads(renewed.body)["refresh_token"], client_id=client).status == 400


def test_BK_14_tokens_logs_and_lists_call_a_client_by_one_name(site):
    client = register_client(site, BACK, name="N" * 200)
    assert len(client) > 255
    tokens = granted(site, client_id=client)
    assert site.room.check(tokens["access_token"], host="127.0.0.1").status == 200
    name = claims_of(tokens["access_token"])["client_id"]
    assert re.fullmatch("ghc_[0-9a-f]{64}", name)
    for program in ("authorize", "token", "auth-check"):
        assert f'"client":"{name}"' in site.room.log(program), site.room.log(program)
        assert client[:60] not in site.room.log(program)
    said = [run_command("gatehouse", "grants", "list", *words, "-c", site.room.config).stdout for words in ((), ("--json",))]
    assert f'  client "{name}"' in said[0] and json.loads(said[1])["client"] == client
    site.settings(resource=f"allow any; deny client {name}; require_scopes mcp:read")
    assert site.room.check(tokens["access_token"], host="127.0.0.1").status == 403


def test_SEC_02_another_sites_form_signs_nobody_out(site):
    for target in (CONSENT, END, "/oauth/sign-out"):
        # As a browser sends it from elsewhere: without the cookies.
        answer = site.person().post(target, {"token": "x", "request": "y", "decision": "allow"}, headers=[("Sec-Fetch-Site", "cross-site")]).answer
        assert answer.status in (400, 403) and not answer.all("Set-Cookie"), target


def test_SEC_02_of_many_processes_one_takes_the_answer_of_the_provider(site):
    site.room.program("authorize", processes=4)
    person = site.person()
    page = site.begin(person)
    cookies = dict(person.cookies)

    def again(act):
        other = site.person()
        other.cookies = dict(cookies)
        return act(other)
    with ThreadPoolExecutor(8) as pool:
        steps = list(pool.map(lambda _: again(lambda other: other.allow(page)), range(8)))
        # The same answer again, as by a double click, begins a login of its own; another answer is none any more.
        assert all(step.goes_to for step in steps) and len({step.parameters["state"] for step in steps}) == len(steps)
        assert again(lambda other: other.deny(page)).answer.status == 400
        callback = site.log_in(steps[0])
        heard = [step.goes_to for step in pool.map(lambda _: again(lambda other: other.open(CALLBACK, **callback)), range(8)) if step.goes_to]
    assert len(heard) == 1 and "code=" in heard[0] and site.provider.count("/token") == 1
