"""
Our own authorization server as people see it: a real browser, a front server, the programs, a real provider over https. The pages by
themselves are in test_pages.py, the programs by themselves in tests/apps/test_authorize.py and test_account.py; what other sites may
try is in test_broker_foreign_pages.py.
"""

import base64
import hashlib
import json
import os
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from walks import ACCESS, AUTHORIZE, CALLBACK, CONSENT, VERIFIER, enters, heard, path, question, redeem, redeem_code
from walks import chromium, client, listener, person, server, site, world  # noqa: F401

from support.credentials import register
from support.fronts import KINDS
from support.processes import until


@pytest.fixture(scope="module", params=KINDS)
def each(request, world):
    """Behind every front server."""
    with world(request.param) as site:
        yield site


# ---- the walk ------------------------------------------------------------------------------------------------------

def test_SEC_01_ISS_05_BK_17_whoever_allows_it_comes_to_the_client_with_a_code(each, client, person):
    tab = person.tab().open(question(each, client))
    assert tab.title == "Allow access? - The gate of the tests" and tab.status == 200
    assert "Notes for tests" in tab.text and "read your notes" in tab.text and f"127.0.0.1:{client.port}" in tab.text
    assert each.provider.count("/auth") == 0
    tab.press("Allow", wait="arrived")
    answer, = heard(client)
    assert set(answer) == {"code", "state", "iss"} and answer["state"] == "state-1" and answer["iss"] == each.url
    # A login that leads through pages of the provider's own, and nothing that the policy of our pages stops.
    assert {f"{each.provider.issuer}/auth", each.url + CONSENT, each.url + CALLBACK} <= set(tab.hops)
    assert any("/interaction/" in hop for hop in tab.hops) and tab.complaints == []
    given = redeem_code(each, client, answer["code"])
    assert enters(each, given["access_token"]) and not enters(each, given["access_token"][:-2])


def test_BK_17_the_whole_walk_needs_no_scripts(site, client, chromium):
    with chromium.person(scripts=False) as person:
        tab = person.tab().open(question(site, client)).press("Allow", wait="arrived")
        redeem_code(site, client, heard(client)[0]["code"])
        tab.open(path(site, ACCESS), wait="Who has access").press("End access of Notes for tests", wait="No program has access.")
        tab.press("Sign out", wait="You are signed out")
        assert tab.complaints == []


def test_BK_19_SEC_08_whoever_denies_it_comes_to_the_client_with_a_no(site, client, person):
    logins = site.provider.count("/auth")
    tab = person.tab().open(question(site, client)).press("Deny", wait="arrived")
    answer, = heard(client)
    assert (answer["error"], answer["state"], answer["iss"]) == ("access_denied", "state-1", site.url) and "code" not in answer
    assert tab.complaints == [] and site.provider.count("/auth") == logins


def test_BK_18_two_tabs_at_once_do_not_mix(site, client, person):
    first = person.tab().open(question(site, client))
    second = person.tab().open(question(site, client, client_id="other", state="state-2"))
    # The first login has begun, the second overtakes it.
    person.do("hold", url=site.provider.issuer)
    first.press("Allow", wait="On to the next step")
    second.press("Allow", wait="On to the next step")
    person.do("release")
    second.follow("Continue", wait="arrived")
    first.follow("Continue", wait="arrived")
    found = {answer["state"]: answer["code"] for answer in heard(client)}
    assert set(found) == {"state-1", "state-2"}
    status, refused = redeem(site, grant_type="authorization_code", code=found["state-2"], redirect_uri=f"{client.url}/callback", code_verifier=VERIFIER)
    assert (status, refused["error"]) == (400, "invalid_grant")
    assert enters(site, redeem_code(site, client, found["state-1"])["access_token"])


def test_BK_18_one_may_say_no_and_the_other_yes(site, client, person):
    first, second = (person.tab().open(question(site, client, state=state)) for state in ("state-1", "state-2"))
    first.press("Deny", wait="arrived")
    second.press("Allow", wait="arrived")
    assert [("code" in answer, answer["state"]) for answer in heard(client)] == [(False, "state-1"), (True, "state-2")]


@pytest.mark.parametrize("button", ["Allow", "Deny"])
def test_BK_18_the_back_button_after_deciding_asks_anew(site, client, person, button):
    tab = person.tab().open(question(site, client))
    before = tab.fields()
    tab.press(button, wait="arrived")
    tab.back(wait="Allow Notes for tests")
    assert tab.url.startswith(path(site, AUTHORIZE)) and tab.fields()["request"] != before["request"]
    tab.press("Deny", wait="arrived")
    assert heard(client)[-1]["error"] == "access_denied" and len(heard(client)) == 2


def test_BK_18_a_page_that_was_answered_is_too_old(site, client, person):
    tab = person.tab().open(question(site, client))
    fields = tab.fields()
    tab.press("Deny", wait="arrived")
    # A browser that shows the page from its memory: the same form, once more.
    tab.back(wait="Allow Notes for tests")
    tab.fields(**fields)
    tab.press("Allow", wait="This page is too old")
    assert tab.status == 400 and len(heard(client)) == 1 and tab.complaints == []
    tab.look("too-old")


@pytest.mark.parametrize("pause", [0, 30, 100, 250])
def test_BK_18_a_double_click_is_one_answer(site, client, person, pause):
    person.tab().open(question(site, client)).press_twice("Allow", pause, wait="arrived")
    assert [answer["state"] for answer in heard(client)] == ["state-1"]


def reseal(site, sealed, change) -> str:
    """The same request with other members, as the program itself would have sealed it (common/seal.h)."""
    key = decode((site.state / "seal.keys").read_text().split()[1])
    raw = decode(sealed)
    head, nonce, rest = raw[:5], raw[5:17], raw[17:]
    members = {**json.loads(AESGCM(key).decrypt(nonce, rest, head + b"request")), **change}
    nonce = os.urandom(12)
    return encode(head + nonce + AESGCM(key).encrypt(nonce, json.dumps(members).encode(), head + b"request")), members


def decode(text) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encode(data) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@pytest.mark.parametrize("age, told", [(590, "arrived"), (605, "This page is too old")])
def test_BK_18_a_page_that_lay_for_more_than_ten_minutes_is_too_old(site, client, person, age, told):
    """The page as it would be, had it been asked for so long ago."""
    tab = person.tab().open(question(site, client))
    _, members = reseal(site, tab.fields()["request"], {})
    sealed, _ = reseal(site, tab.fields()["request"], {"t": members["t"] - age})
    browser = person.cookies()["__Host-gatehouse"]["value"]
    tab.fields(request=sealed, token=encode(hashlib.sha256(f"{browser}\0{sealed}".encode()).digest()))
    tab.press("Allow", wait=told)
    assert len(client.asked) == (1 if told == "arrived" else 0)


def test_SEC_02_a_browser_that_keeps_no_cookies_is_told_so(site, client, person):
    tab = person.tab().open(question(site, client))
    assert set(person.cookies()) == {"__Host-gatehouse"}
    person.do("forget")
    tab.press("Allow", wait="This was begun elsewhere")
    assert "your browser keeps no cookies for this site" in tab.text and tab.status == 400 and client.asked == [] and tab.complaints == []
    tab.look("no-cookies")


def test_SEC_02_a_login_that_comes_back_without_cookies_gives_no_code(site, client, person):
    tab = person.tab().open(question(site, client))
    person.do("hold", url=site.provider.issuer)
    tab.press("Allow", wait="On to the next step")
    person.do("forget")
    person.do("release")
    tab.follow("Continue", wait="This was begun elsewhere")
    assert client.asked == [] and tab.complaints == []


def test_SEC_02_cookies_are_of_our_host_alone_and_no_script_reads_them(site, client, person):
    person.tab().open(path(site, ACCESS), wait="Who has access")
    found = {name: one for name, one in person.cookies().items() if "gatehouse" in name}
    assert set(found) == {"__Host-gatehouse", "__Host-gatehouse-person"}
    for one in found.values():
        assert (one["domain"], one["path"], one["secure"], one["httpOnly"], one["sameSite"]) == ("127.0.0.1", "/", True, True, "Lax")


@pytest.mark.parametrize("button, wanted", [("Allow", "code"), ("Deny", "error")])
def test_BK_17_RD_02_a_program_with_a_scheme_of_its_own_is_opened(site, client, person, button, wanted):
    tab = person.tab().open(question(site, client, client_id="editor", redirect_uri="editor-of-tests://notes/callback"))
    assert "the program on this device that opens editor-of-tests links, at notes" in tab.text
    tab.press(button)
    until(lambda: tab.show().programs, "the program is opened")
    opened, = tab.programs
    assert opened.startswith("editor-of-tests://notes/callback?") and tab.complaints == []
    told = {name: values[0] for name, values in parse_qs(urlsplit(opened).query).items()}
    assert {wanted, "state", "iss"} <= set(told)
    if "code" in told:
        register(told["code"], "code")


# ---- who has access ------------------------------------------------------------------------------------------------

def test_who_has_access_is_seen_and_ended(site, client, person):
    tab = person.tab().open(question(site, client)).press("Allow", wait="arrived")
    given = redeem_code(site, client, heard(client)[0]["code"])
    assert enters(site, given["access_token"])
    tab.open(path(site, ACCESS), wait="Who has access")
    assert tab.url == path(site, ACCESS) and "alice@example.com" in tab.text and "Notes for tests" in tab.text and "read your notes" in tab.text
    tab.look("access")
    while "Notes for tests" in tab.text:  # those of the tests before it too
        rows = tab.text.count("Notes for tests")
        tab.press("End access of Notes for tests", wait="Who has access")
        until(lambda: tab.show().text.count("Notes for tests") < rows, "the grant is gone from the page")
    status, refused = redeem(site, grant_type="refresh_token", refresh_token=given["refresh_token"])
    assert (status, refused["error"]) == (400, "invalid_grant")
    until(lambda: not enters(site, given["access_token"]), "auth-check hears of it", timeout=5)
    assert tab.complaints == []


def test_signing_out_ends_what_the_browser_may_see(site, client, person):
    tab = person.tab().open(path(site, ACCESS), wait="Who has access")
    tab.press("Sign out", wait="You are signed out")
    assert set(name for name in person.cookies() if "gatehouse" in name) == {"__Host-gatehouse"}
    tab.look("signed-out")
    logins = site.provider.count("/auth")
    tab.follow("Sign in again", wait="Who has access")
    assert site.provider.count("/auth") == logins + 1 and tab.complaints == []


# ---- how they look -------------------------------------------------------------------------------------------------

def test_BK_17_the_pages_of_a_walk_are_accessible(site, client, person):
    tab = person.tab().open(question(site, client, scope="mcp:read"))
    tab.look("consent")
    person.do("hold", url=site.provider.issuer)
    tab.press("Allow", wait="On to the next step")
    tab.look("onward")
    person.do("release")
    tab.follow("Continue", wait="arrived")
    assert tab.complaints == []


PROBLEMS = [("unknown-client", {"client_id": "nobody"}, "This program is not known here"),
            ("redirect-uri", {"redirect_uri": "https://evil.example/callback"}, "This program asks for a wrong way back"),
            ("refused-client", {"client_id": "https://127.0.0.1:1/client.json"}, "This program may not connect")]


@pytest.mark.parametrize("name, changes, told", PROBLEMS, ids=[one[0] for one in PROBLEMS])
def test_BK_17_a_page_of_what_is_wrong_is_accessible_and_leads_nowhere(site, client, person, name, changes, told):
    tab = person.tab().open(question(site, client, **changes), wait=told)
    assert tab.status in (400, 403) and tab.hops == [path(site, AUTHORIZE)] and tab.complaints == []
    tab.look(name)
