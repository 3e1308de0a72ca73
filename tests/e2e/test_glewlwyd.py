"""
glewlwyd, a provider of quite another make: three issuers with a path on one host, each with keys of its own, none with an
RFC 8414 document; a random subject; groups in one string.
"""

import base64
import json
from contextlib import contextmanager

import pytest

from support.credentials import secret_file
from support.processes import free_port, until
from support.providers import GlewlwydProvider
from support.site import start_site
from support.wire import ask

ALGORITHMS = tuple(GlewlwydProvider.PLUGINS)

ISSUER = """
issuer {issuer} {{
    user_claim preferred_username
    {more}
}}
"""

RESOURCES = """
resource URL/mcp {{
    require_scopes mcp:read
    allow any
}}
resource URL/es256 {{
    issuer {es256}
    require_scopes mcp:read
    allow any
}}
"""

GROUPS = """
resource URL/mcp {{
    require_scopes mcp:read
    allow group mcp-users
}}
"""


@contextmanager
def start_both(maker, directory, mcp, settings, algorithms, of_issuer=""):
    """The provider knows the resources before there is a site."""
    port = free_port()
    resources = [f"http://127.0.0.1:{port}/{name}" for name in ("mcp", "es256")]
    with GlewlwydProvider(directory, maker, resources) as provider:
        issuers = "".join(ISSUER.format(issuer=provider.issuer(algorithm), more=of_issuer) for algorithm in algorithms)
        settings = issuers + settings.format(es256=provider.issuer("ES256"))
        with start_site("nginx-inspect", directory / "site", settings, upstream_port=mcp.port, port=port) as site:
            site.provider = provider
            yield site


@pytest.fixture(scope="module")
def running_site(maker, mcp, tmp_path_factory):
    with start_both(maker, tmp_path_factory.mktemp("glewlwyd"), mcp, RESOURCES, ALGORITHMS) as running:
        yield running


@pytest.fixture
def site(running_site, mcp):
    mcp.forget()
    return running_site


def part(token, index) -> dict:
    text = token.split(".")[index]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def forged(token) -> str:
    """The first character: in the last one there are bits that do not count."""
    claims, _, signature = token.rpartition(".")
    return f"{claims}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"


def assert_refused(reply, mcp):
    assert reply.status == 401
    assert 'error="invalid_token"' in reply.header("WWW-Authenticate")
    assert mcp.requests == []


@pytest.mark.proves("glewlwyd", "direct")
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_CL_08_AUD_07_alice_comes_through_as_herself(site, mcp, algorithm):
    token = site.provider.token(algorithm)
    assert (part(token, 0)["alg"], part(token, 0)["typ"]) == (algorithm, "at+jwt")
    assert ask(site.port, token).header("X-From") == "mcp"
    seen = mcp.only()
    assert seen.header("Remote-User") == "alice"
    assert seen.header("Remote-Subject") == part(token, 1)["sub"]
    assert seen.header("Remote-Issuer") == site.provider.issuer(algorithm)
    assert seen.header("Authorization") is None


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_JW_12_a_changed_signature_is_no_signature(site, mcp, algorithm):
    token = site.provider.token(algorithm)
    assert_refused(ask(site.port, forged(token)), mcp)
    assert ask(site.port, token).header("X-From") == "mcp"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_CL_01_another_issuer_of_the_same_host_is_not_the_one(site, mcp, algorithm):
    """Each token is for this resource, and good but for its issuer, of which the gate accepts others elsewhere."""
    token = site.provider.token(algorithm, resource=f"{site.url}/es256")
    reply = ask(site.port, token, target="/es256")
    if algorithm == "ES256":
        assert reply.header("X-From") == "mcp"
        assert mcp.only().header("Remote-Issuer") == site.provider.issuer("ES256")
    else:
        assert_refused(reply, mcp)


def test_CL_02_a_token_for_another_resource_is_refused(site, mcp):
    assert_refused(ask(site.port, site.provider.token("RS256", resource=f"{site.url}/es256")), mcp)


def test_CL_15_groups_in_one_string(maker, mcp, tmp_path):
    mcp.forget()
    with start_both(maker, tmp_path, mcp, GROUPS, ["RS256"], "preset glewlwyd") as site:
        token = site.provider.token("RS256")
        assert part(token, 1)["groups"] == "mcp-users,admins"
        assert ask(site.port, site.provider.token("RS256", "bob")).status == 403
        assert mcp.requests == []
        assert ask(site.port, token).header("X-From") == "mcp"
        assert mcp.only().header("Remote-Groups") == "mcp-users,admins"


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_IN_01_IN_04_revoked_at_the_provider_is_refused_although_the_signature_holds(maker, mcp, tmp_path, method):
    mcp.forget()
    name, secret = GlewlwydProvider.INTROSPECTOR
    more = (f"introspection_endpoint discover; introspection_client {name}; introspection_method {method}\n"
            f"introspection_secret_file {secret_file(tmp_path / 'secret', secret)}; jwt_check introspection; answer_lifetime 1s")
    with start_both(maker, tmp_path, mcp, GROUPS.replace("allow group mcp-users", "allow any"), ["ES256"], more) as site:
        token = site.provider.token("ES256")
        assert ask(site.port, token).header("X-From") == "mcp"
        site.provider.revoke("ES256", token)
        until(lambda: ask(site.port, token).status == 401, "the revoked token is refused", process=site.front)
        assert ask(site.port, site.provider.token("ES256")).header("X-From") == "mcp"
