"""Who has access: a person sees what they have allowed, and ends it."""

import html
import re

from authorizations import ACCESS, AUTHORIZE, BACK, CALLBACK, gate, provider  # noqa: F401

from support.flows import LoginProvider, Place
from support.programs import short_directory

END, SIGN_OUT = "/oauth/access/end", "/oauth/sign-out"


def sign_in(gate, subject="alice"):
    person = gate.person()
    start = person.open(ACCESS)
    assert start.answer.status == 302 and start.goes_to.startswith(gate.provider.url)
    back = gate.come_back(person, start, subject)
    assert back.answer.status == 303 and back.goes_to == ACCESS
    return person


def test_who_is_not_signed_in_logs_in_first_and_sees_only_their_own(gate):
    page = sign_in(gate).open(ACCESS)
    assert page.answer.status == 200 and "alice" in page.text and page.answer.header("Cache-Control") == "no-store"
    assert "frame-ancestors 'none'" in page.answer.header("Content-Security-Policy")


def test_the_cookie_is_of_one_browser_and_sealed(gate):
    person, other = sign_in(gate), gate.person()
    gate.begin(other)
    stolen = next(value for name, value in person.cookies.items() if "person" in name)
    assert "alice" not in stolen
    other.cookies["gatehouse-person"] = stolen
    assert other.open(ACCESS).answer.status == 302
    person.cookies["gatehouse-person"] = stolen[:-1] + ("A" if stolen[-1] != "A" else "B")
    assert person.open(ACCESS).answer.status == 302


def test_signing_out_takes_a_form_of_our_own(gate):
    person = sign_in(gate)
    page = person.open(ACCESS)
    forms = {form["action"]: form for form in page.forms}
    assert person.post(SIGN_OUT, {"token": "x" * 43}).answer.status == 403
    assert person.post(SIGN_OUT, forms[SIGN_OUT]["fields"], headers=[("Sec-Fetch-Site", "cross-site")]).answer.status == 403
    out = person.post(SIGN_OUT, forms[SIGN_OUT]["fields"])
    assert out.answer.status == 200 and "signed out" in out.text and f'href="{ACCESS}"' in html.unescape(out.text)
    assert person.open(ACCESS).answer.status == 302


def test_ending_takes_a_form_of_our_own_and_a_person(gate):
    person = gate.person()
    assert person.post(END, {"token": "x", "grant": "y"}).answer.status == 400
    person = sign_in(gate)
    token = next(form for form in person.open(ACCESS).forms)["fields"]["token"]
    assert person.post(END, {"token": token[:-1] + "!", "grant": "y"}).answer.status == 403
    # A grant that is not there, or somebody else's, is gone for them.
    assert person.post(END, {"token": token, "grant": "A" * 22}).goes_to == ACCESS


def test_SEC_12_a_provider_that_is_down_is_503_and_one_that_answers_nonsense_502(gate):
    person = gate.person()
    callback = gate.log_in(person.open(ACCESS), nonce="another")
    assert person.open(CALLBACK, **callback).answer.status == 502
    gate.provider.stop()
    person = gate.person()
    # Its document is known still: the login begins, and ends at the token endpoint.
    callback = gate.log_in(person.open(ACCESS))
    down = person.open(CALLBACK, **callback)
    assert down.answer.status == 503 and "Try again" in down.text and not down.goes_to


def test_an_account_login_gives_no_code(gate):
    person = gate.person()
    back = gate.come_back(person, person.open(ACCESS))
    assert "code" not in (back.goes_to or "") and not re.search("code=", back.answer.raw.decode())


def test_SEC_12_of_more_than_a_hundred_the_oldest_ends_and_all_are_shown(maker, key):
    with short_directory() as directory, LoginProvider(maker, key) as logins, Place(directory, logins) as place:
        place.start(programs=("authorize", "token", "auth-check"))
        person = place.person()
        login = logins.log_in(person.open(ACCESS).parameters, "alice")
        assert person.open(CALLBACK, **login).goes_to == ACCESS
        given = [place.tokens(place.redemption(place.code())) for _ in range(101)]
        page = person.open(ACCESS)
        form = next(form for form in page.forms if form["action"] == END)
        assert len(form["buttons"]) == 100 and "These are not all." not in page.text
        assert sorted(place.check(one["access_token"]).status for one in given) == [200] * 100 + [401]
