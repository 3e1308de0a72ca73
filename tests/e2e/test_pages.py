"""The pages that a person sees, in a real browser: readable, usable by keyboard, without scripts, and safe."""

import pytest

from support.pages import Site, browse, write_pages

NAMES = ("consent", "consent-private", "consent-local", "consent-hostile", "access", "access-empty", "onward-private", "error",
         "error-internal", "signed-out")
ELEMENTS = set("html head meta title style body header main h1 h2 p section dl div dt dd ul li form input button a bdi strong span code time".split())
PHONE, NARROW = 390, 320


@pytest.fixture(scope="module")
def elsewhere():
    with Site() as running:
        yield running


@pytest.fixture(scope="module")
def login():
    with Site() as running:
        yield running


@pytest.fixture(scope="module")
def client():
    """Where the client waits for the answer."""
    with Site() as running:
        yield running


@pytest.fixture(scope="module")
def broker(client, login, tmp_path_factory):
    directory = tmp_path_factory.mktemp("pages")
    write_pages(directory, f"{client.url}/callback", f"{login.url}/authorize")
    with Site(directory) as running:
        yield running


@pytest.fixture(autouse=True)
def fresh(broker, client, login, elsewhere):
    for site in (broker, client, login, elsewhere):
        site.forget()


@pytest.fixture(scope="module")
def looks(broker):
    """Every page, light and dark, wide and on a phone, judged and with pictures."""
    visits = [{"url": f"{broker.url}/{name}", "scheme": scheme, "width": width, "picture": f"{name}-{scheme}-{width}", "audit": True, "measure": True}
              for name in NAMES for scheme in ("light", "dark") for width in (1000, PHONE)]
    return browse(visits)


def test_pages_are_accessible_BK_17(looks):
    """WCAG as far as a program can judge it, contrast in both colour schemes among it."""
    for found in looks:
        bad = [rule for rule in found["audit"]["violations"] if rule["impact"] in ("serious", "critical")]
        assert bad == [], (found["url"], bad)
        assert {"color-contrast", "document-title", "html-has-lang", "landmark-one-main", "page-has-heading-one"} <= set(found["audit"]["passes"])


def test_the_judge_is_no_yes_man(elsewhere, tmp_path):
    """A page with faults of these kinds is found out."""
    (tmp_path / "bad.html").write_text("<!DOCTYPE html><html><p style='color:#bbb;background:#fff'>pale</p><input><img src=x></html>")
    (tmp_path / "bad.headers").write_text("Content-Type: text/html\n")
    with Site(tmp_path) as bad:
        found, = browse([{"url": f"{bad.url}/bad", "audit": True}])
    assert {"color-contrast", "html-has-lang", "label", "image-alt"} <= {rule["id"] for rule in found["audit"]["violations"]}


def test_policy_suits_the_pages_BK_17(broker, looks):
    """The stylesheet applies, nothing else is asked for, and the browser has nothing to complain of."""
    for found in looks:
        assert found["complaints"] == [], found
        assert [url for url in found["requests"] if not url.startswith("cursor:")] == [found["url"]]
        assert found["measure"]["styled"] == "576px", found
        assert found["measure"]["title"].endswith(" - gate.example")


def test_light_and_dark(looks):
    grounds = {found["measure"]["ground"] for found in looks}
    assert grounds == {"rgb(243, 245, 248)", "rgb(17, 21, 27)"}


def test_pages_fit_a_narrow_screen(broker):
    """320 CSS pixels are also 1280 at 400 % (WCAG 2.2, 1.4.10)."""
    for found in browse([{"url": f"{broker.url}/{name}", "width": NARROW, "measure": True, "picture": f"{name}-{NARROW}"} for name in NAMES]):
        assert found["measure"]["width"] <= NARROW, found["url"]
        assert found["measure"]["outside"] == [], found["url"]
        assert all(height >= 44 for height in found["measure"]["heights"]), found
        assert found["measure"]["font"] == "16px"


def test_consent_by_keyboard(broker):
    """Allow, then Deny, each with a visible focus; the key that everybody expects answers."""
    found, = browse([{"url": f"{broker.url}/consent", "tabs": 2, "focused": "consent-focus", "press": "Enter", "wait": "arrived"}])
    assert [(stop["tag"], stop["name"]) for stop in found["stops"]] == [("button", "Allow"), ("button", "Deny")]
    assert all(stop["outline"] == "solid 3px" for stop in found["stops"])
    assert [form[1]["decision"] for form in broker.forms] == ["deny"]


def test_access_by_keyboard(broker):
    found, = browse([{"url": f"{broker.url}/access", "tabs": 3}])
    assert [stop["name"][:14] for stop in found["stops"]] == ["End access of ", "End access of ", "Sign out"]
    assert found["stops"][0]["name"] == "End access of Claude"


def test_foreign_text_is_no_markup_SEC_02(looks):
    """Nothing of it makes an element, and hence nothing runs or is fetched."""
    for found in looks:
        assert set(found["measure"]["elements"]) <= ELEMENTS, found["url"]
        assert found["complaints"] == []


def test_consent_without_scripts_SEC_02_BK_17(broker, client):
    """The form works, carries its secrets, and leads to the client on this computer."""
    broker.answer = (303, f"{client.url}/callback?code=abc")
    found, = browse([{"url": f"{broker.url}/consent-local", "scripts": False, "click": "Allow", "wait": "arrived"}])
    (path, fields, headers), = broker.forms
    assert (path, fields) == ("/oauth/authorize", {"request": "request-1", "token": "token-1", "decision": "allow"})
    assert headers["Sec-Fetch-Site"] == "same-origin"
    # The price of no-referrer: whoever takes the form can't rely on Origin.
    assert headers["Origin"] == "null" and "Referer" not in headers
    assert found["landed"] == f"{client.url}/callback?code=abc"


def test_consent_leads_through_the_login_BK_17(broker, client, login):
    """A provider that knows the person already sends the browser straight on: one chain of redirects from form to client."""
    broker.answer = (303, f"{login.url}/authorize")
    login.forwards["/authorize"] = f"{broker.url}/callback"
    broker.forwards["/callback"] = f"{client.url}/callback"
    found, = browse([{"url": f"{broker.url}/consent-local", "scripts": False, "click": "Allow", "wait": "arrived"}])
    assert found["landed"] == f"{client.url}/callback" and login.visits == ["/authorize"]


def test_consent_leads_nowhere_else_BK_17(broker, elsewhere):
    broker.answer = (303, f"{elsewhere.url}/")
    browse([{"url": f"{broker.url}/consent-local", "click": "Allow", "complaint": "form-action"}])
    assert len(broker.forms) == 1 and elsewhere.visits == []


def test_private_scheme_is_not_blocked_BK_17(broker):
    """No program has that scheme here, so the browser stays; what counts is that it asks for one, and that the policy is silent."""
    broker.answer = (303, "cursor://anysphere.cursor-mcp/oauth/callback?code=abc")
    allowed, _ = browse([{"url": f"{broker.url}/consent-private", "click": "Allow", "request": "cursor:"},
                         {"url": f"{broker.url}/consent", "click": "Allow", "complaint": "form-action"}])
    assert allowed["complaints"] == []


def test_onward_goes_on_by_itself_BK_17(broker, client, elsewhere):
    """A page in between ends what form-action governs: a login through hosts that nobody knows beforehand."""
    broker.answer = (200, "onward")
    client.forwards["/callback"] = f"{elsewhere.url}/done"
    found, = browse([{"url": f"{broker.url}/consent-local", "scripts": False, "click": "Allow", "wait": "arrived"}])
    assert found["landed"] == f"{elsewhere.url}/done"
    assert client.visits == ["/callback"]


def test_end_of_access_without_scripts(broker):
    broker.answer = (303, "/access-empty")
    found, = browse([{"url": f"{broker.url}/access", "scripts": False, "click": "End access of Claude", "wait": "No program has access."}])
    (path, fields, _), = broker.forms
    assert (path, fields) == ("/oauth/access", {"token": "token-1", "grant": "grant-1"})
    assert found["landed"] == f"{broker.url}/access-empty"


def test_pages_can_not_be_framed_SEC_02(broker, tmp_path):
    (tmp_path / "frame.html").write_text(f"<!DOCTYPE html><html lang=en><title>x</title><iframe src='{broker.url}/consent'></iframe></html>")
    (tmp_path / "frame.headers").write_text("Content-Type: text/html\n")
    with Site(tmp_path) as framer:
        browse([{"url": f"{framer.url}/frame", "complaint": "frame-ancestors"}])
    assert broker.visits == ["/consent"]
