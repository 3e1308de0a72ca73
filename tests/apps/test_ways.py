"""A FastCGI program is a CGI program that has not exited yet: both give the same bytes."""

import itertools
import re

import pytest

from support.scripted_provider import DISCOVERY, ScriptedProvider
from support.tokens import key_set

REQUESTS = {
    "protected-resource-metadata": [
        (method, target, headers) for method in ("GET", "HEAD", "POST", "OPTIONS")
        for target in ("/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-protected-resource", "/healthz", "/nothing")
        for headers in ({}, {"Origin": "https://app.example"})],
    "authorization-server-metadata": [(method, "/.well-known/oauth-authorization-server", {}) for method in ("GET", "HEAD", "POST", "OPTIONS")],
    "client-registration": [(method, "/oauth/register", {}) for method in ("GET", "POST", "OPTIONS")],
}


@pytest.mark.parametrize("program", REQUESTS)
def test_programs_give_the_same_bytes_both_ways(room, program):
    for method, target, headers in REQUESTS[program]:
        cgi, fast = (room.ask(program, target, method, headers, way=way) for way in ("cgi", "fastcgi"))
        assert cgi.raw == fast.raw, (method, target, headers)


@pytest.mark.parametrize("voice", ["forward", "subrequest", "inspect"])
def test_auth_check_gives_the_same_bytes_both_ways(room, voice):
    tokens = [None, "nonsense", room.token(), room.token(exp=1), room.token(scope="x"), room.token(aud="x"), room.token(name="Zoë")]
    origins = [{}, {"Origin": "https://claude.ai"}, {"Origin": "https://evil.example"}]
    for token, headers, method in itertools.product(tokens, origins, ("POST", "OPTIONS")):
        asked = dict(headers, **({"Access-Control-Request-Method": "POST"} if method == "OPTIONS" else {}))
        cgi, fast = (room.check(token, method, headers=asked, way=way, GATEHOUSE_VOICE=voice, GATEHOUSE_REQUEST_REDIRECT="@up") for way in ("cgi", "fastcgi"))
        assert cgi.raw == fast.raw, (token, headers, method)


def test_registration_gives_the_same_bytes_both_ways(room):
    room.settings("authorization_server augment\nissuer https://idp.example.net/t1 { provider_metadata https://p.example/x; client_id app; }\n"
                  "resource https://mcp.example.com/mcp { allow any; }\n")
    for body in (b'{"redirect_uris":["http://127.0.0.1:1/callback"]}', b'{"redirect_uris":["https://evil.example/"]}', b"[]", b"x" * 20000):
        cgi, fast = (room.ask("client-registration", "/oauth/register", "POST", {"Content-Type": "application/json"}, body, way=way, host="idp.example.net")
                     for way in ("cgi", "fastcgi"))
        # The clock is not ours to hold: the second of issue is masked on both sides, nothing else.
        mask = re.compile(rb'"client_id_issued_at":\d+')
        assert mask.sub(b"", cgi.raw) == mask.sub(b"", fast.raw), body


@pytest.mark.parametrize("mode", ["augment", "facade"])
def test_published_metadata_has_the_same_bytes_both_ways(room, key, mode):
    with ScriptedProvider() as provider:
        provider.behave(key_set(key), scopes_supported=["openid", "offline_access"], grant_types_supported=["authorization_code"])
        more, host = (f"provider_metadata {provider.url}{DISCOVERY}", "127.0.0.1") if mode == "augment" else ("provider_iss none", "localhost")
        room.settings(f"dev on\nauthorization_server {mode}\n{'public_issuer http://localhost:8080' if mode == 'facade' else ''}\n"
                      f"issuer {provider.url} {{ {more}; client_id app; }}\nresource http://localhost:8080/mcp {{ allow any; }}\n")
        found = set()
        for method, place, headers in itertools.product(
                ("GET", "HEAD", "POST", "OPTIONS"), ("oauth-authorization-server", "openid-configuration", "oauth-authorization-server/x"),
                ({}, {"Origin": "https://app.example"}, {"If-None-Match": "*"})):
            cgi, fast = (room.ask("authorization-server-metadata", f"/.well-known/{place}", method, headers, way=way, host=host) for way in ("cgi", "fastcgi"))
            assert cgi.raw == fast.raw, (method, place, headers)
            found.add(cgi.status)
        assert found == {200, 204, 304, 404, 405}
        assert provider.count(DISCOVERY) == 1
