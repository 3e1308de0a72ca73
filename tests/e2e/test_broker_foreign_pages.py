"""Pages of other sites, in a real browser that also has our authorization server's cookies: they see, press and redirect nothing."""

import pytest
from walks import ACCESS, CALLBACK, CONSENT, enters, heard, path, question, redeem_code
from walks import chromium, client, listener, person, server, site, world  # noqa: F401

from support.pages import Site
from support.processes import until


@pytest.fixture
def foreign(tmp_path, server_pair):
    """Pages of others: at another host, and at another port of ours, where a browser sends our cookies along."""
    with Site(tmp_path) as plain, Site(tmp_path, tls=server_pair) as neighbour:
        def make(name, body):
            (tmp_path / f"{name}.html").write_text(f"<!DOCTYPE html><html lang=en><title>x</title><h1>foreign</h1>{body}</html>")
            (tmp_path / f"{name}.headers").write_text("Content-Type: text/html\n")
            return [f"http://localhost:{plain.port}/{name}", f"{neighbour.url}/{name}"]
        yield make


def frames(target) -> str:
    return f'<iframe src="{target.replace("&", "&amp;")}"></iframe>'


def test_SEC_02_the_consent_page_can_not_be_framed(site, client, person, foreign):
    for place in foreign("frame", frames(question(site, client))):
        tab = person.tab().open(place, wait="foreign")
        until(lambda tab=tab: tab.show().complaints, "the browser complains")
        frame, = tab.frames
        assert "frame-ancestors" in tab.complaints[0] and (frame["url"], frame["text"]) == ("chrome-error://chromewebdata/", "")


def test_SEC_02_the_page_of_who_has_access_can_not_be_framed(site, person, foreign):
    person.tab().open(path(site, ACCESS), wait="Who has access")
    elsewhere, neighbour = foreign("frame", frames(path(site, ACCESS)))
    tab = person.tab().open(neighbour, wait="foreign")
    until(lambda: tab.show().complaints, "the browser complains")
    assert "frame-ancestors" in tab.complaints[0] and tab.frames[0]["text"] == ""
    # At another host the frame has no cookies of ours: a login would begin, whose own pages are the provider's to guard.
    tab = person.tab().open(elsewhere, wait="foreign")
    until(lambda: tab.show().frames[0]["url"].startswith((site.provider.issuer, "chrome-error:")), "the frame is not ours")
    assert "alice" not in tab.frames[0]["text"]


def test_SEC_02_CSRF_the_form_of_a_foreign_page_is_refused(site, client, person, foreign):
    """Even one that knows all that our own page had in it."""
    logins = site.provider.count("/auth")
    fields = person.tab().open(question(site, client)).fields()
    inputs = "".join(f'<input type=hidden name={name} value="{value}">' for name, value in {**fields, "decision": "allow"}.items())
    for place in foreign("post", f'<form method=post action="{path(site, CONSENT)}">{inputs}<button>Win a prize</button></form>'):
        tab = person.tab().open(place).press("Win a prize", wait="Event number")
        assert tab.status in (400, 403) and tab.title.split(" - ")[0] in ("Your answer was not accepted", "This was begun elsewhere")
        assert tab.url == path(site, CONSENT)
    assert client.asked == [] and site.provider.count("/auth") == logins
    # The real page still works: the attempts have not used it up.
    tab = person.tab().open(question(site, client))
    tab.fields(**fields)
    tab.press("Deny", wait="arrived")


def test_SEC_02_CSRF_access_is_ended_by_our_own_page_only(site, client, person, foreign):
    tab = person.tab().open(question(site, client)).press("Allow", wait="arrived")
    given = redeem_code(site, client, heard(client)[0]["code"])
    tab.open(path(site, ACCESS), wait="Who has access")
    token = tab.fields()["token"]
    for action in (f"{ACCESS}/end", "/oauth/sign-out"):
        for place in foreign("end", f'<form method=post action="{path(site, action)}"><input name=token value="{token}"><button>Win</button></form>'):
            other = person.tab().open(place).press("Win", wait="Event number")
            assert other.status in (400, 403)
    tab.open(path(site, ACCESS))
    assert tab.url == path(site, ACCESS) and "Notes for tests" in tab.text and enters(site, given["access_token"])


def test_RD_03_SEC_09_no_address_of_ours_leads_to_a_strangers(site, client, person):
    with Site() as stranger:
        target = f"{stranger.url}/callback"
        addresses = [question(site, client, redirect_uri=wrong) for wrong in (
            f"http://localhost:{stranger.port}/callback", f"{stranger.url}/other", f"http://127.0.0.1@localhost:{stranger.port}/callback",
            f"http://127.0.0.1:80@localhost:{stranger.port}/callback", f"http://127.0.0.1\\@localhost:{stranger.port}/callback",
            f"{target}#x", f"//localhost:{stranger.port}/callback", "javascript:alert(1)", "data:text/html,<h1>arrived</h1>")]
        addresses += [f"{question(site, client)}&redirect_uri={target}", f"{question(site, client)}&client_id=other",
                      *(path(site, f"{place}?{name}={target}") for place in (CALLBACK, ACCESS + "/end", "/oauth/sign-out", CONSENT)
                        for name in ("redirect_uri", "url", "next", "state", "iss")),
                      path(site, f"{CALLBACK}?error=access_denied&state=x&iss={stranger.url}&redirect_uri={target}")]
        tab = person.tab()
        for address in addresses:
            tab.open(address)
            assert tab.url.startswith(f"{site.url}/oauth/") and tab.status in (400, 403, 405), (address, tab.status, tab.text)
        for address in (f"{site.url}//localhost:{stranger.port}/", path(site, f"{ACCESS}//localhost:{stranger.port}/")):
            tab.open(address)
            assert tab.url.startswith(site.url), address
        assert stranger.visits == [] and client.visits == [] and not [one for one in tab.complaints if "dialog" in one]
