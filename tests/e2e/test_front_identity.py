"""
What the shipped front-server configurations promise of who is asking: nobody passes for somebody else, and the check is
told the truth. The proof is always what the check and the MCP server themselves saw.
"""

import pytest

from support.fronts import start_front
from support.wire import ask

IDENTITY = {
    "Remote-User": "alice", "Remote-Subject": "subject-of-alice", "Remote-Issuer": "https://issuer.example",
    "Remote-Email": "alice@example.com", "Remote-Name": "Alice", "Remote-Groups": "staff,admins",
    "Remote-Scopes": "notes:read notes:write", "Remote-Client": "client-1", "X-Gatehouse-Assertion": "signed.by.us",
}


# --- nobody passes for somebody else ------------------------------------------------------------------------------

NAMES = [*IDENTITY, "X-Auth-Request-User", "X-Auth-Request-Email", "X-Auth-Request-Groups", "X-Auth-Request-Preferred-Username",
         "X-Auth-Request-Access-Token", "X-Forwarded-User", "X-Forwarded-Email", "X-Forwarded-Groups",
         "X-Forwarded-Preferred-Username", "X-Gatehouse-Decision", "X-Gatehouse-Cors-Origin", "X-Remote-User", "X-Original-URL",
         "X-Rewrite-URL", "X-HTTP-Method-Override", "Forwarded", "Proxy"]


def spellings(name):
    first, _, rest = name.partition("-")
    mixed = [f"{first}_{rest}", f"{first}.{rest}"] if rest else []
    return list(dict.fromkeys([name, name.lower(), name.upper(), name.replace("-", "_"), name.replace("-", "."), *mixed]))


def folded(name):
    """As a CGI program or a careless framework would see it."""
    return "".join(character if character.isalnum() else "_" for character in name.upper())


@pytest.mark.parametrize("token", ["grant", "anonymous"])
@pytest.mark.parametrize("name", NAMES)
def test_HD_21_HD_22_the_clients_own_identity_headers_never_arrive(front, mcp, name, token):
    forged = [(spelling, "evil") for spelling in spellings(name)]
    for headers in ([(n, v)] for n, v in forged):
        ask(front.port, token, headers=headers)
    ask(front.port, token, headers=forged)
    ask(front.port, token, headers=[(name, "evil"), (name, "evil")])
    assert len(mcp.requests) == len(forged) + 2
    for seen in mcp.requests:
        assert not [value for key, value in seen.headers if "evil" in value], seen.headers
        arrived = [value for key, value in seen.headers if folded(key) == folded(name)]
        expected = IDENTITY.get(name, "") if token == "grant" else ""
        assert arrived in ([expected], [] if not expected else [expected])


@pytest.mark.parametrize("hop", ["Remote-User", "close, Remote-User, Remote-Groups", "X-Forwarded-For", "keep-alive, Remote-Name"])
def test_HD_21_the_connection_header_takes_no_identity_away(front, mcp, hop):
    assert ask(front.port, "grant", headers=[("Connection", hop)]).status == 200
    seen = mcp.only()
    assert {name: seen.header(name) for name in IDENTITY} == IDENTITY
    assert seen.header("X-Forwarded-For") == "127.0.0.1"


def test_HD_21_an_unknown_identity_is_empty_and_not_the_text_of_a_variable(front, mcp):
    assert ask(front.port, "anonymous").status == 200
    assert {mcp.only().header(name) or "" for name in IDENTITY} == {""}


def test_HD_08_SV_04_SEC_07_names_with_an_underscore_reach_neither_the_check_nor_the_mcp_server(front, mcp):
    odd = [("Mcp-Name", "safe"), ("Mcp_Name", "delete_all"), ("Mcp.Name", "delete_all")]
    for headers in (odd, odd[::-1]):
        ask(front.port, "mirror.HTTP_MCP_NAME", headers=headers)
    for seen in mcp.requests:
        assert seen.header("Remote-Name") == "safe"
        assert [value for key, value in seen.headers if folded(key) == "MCP_NAME"] == ["safe"]
    assert len(mcp.requests) == 2


def test_HD_08_an_underscore_gives_no_second_credential(front, mcp):
    reply = ask(front.port, None, headers=[("Authorization", "Bearer deny.401"), ("AUTHORIZATION_", "x"), ("Author_ization", "Bearer grant")])
    assert reply.status == 401
    assert mcp.requests == []


def test_HD_14_other_headers_pass_unchanged(front, mcp):
    headers = [("Mcp-Param-Region", "eu west"), ("Mcp-Method", "tools/call"), ("MCP-Protocol-Version", "2026-07-28"), ("Mcp-Session-Id", "s-1")]
    ask(front.port, "grant", headers=headers)
    assert [(name, mcp.only().header(name)) for name, _ in headers] == headers


def test_SEC_04_the_token_ends_here(front, mcp):
    ask(front.port, "grant.secret-part")
    seen = mcp.only()
    assert "secret-part" not in repr(seen.headers)
    assert seen.all("Authorization") == []


@pytest.mark.parametrize("token", ["grant", "anonymous"])
def test_AUD_07_an_api_key_ends_here(front, mcp, token):
    for name in spellings("X-API-Key"):
        ask(front.port, token, headers=[(name, "ghk_secret-part")])
    ask(front.port, token, headers=[("X-API-Key", "ghk_secret-part"), ("x-api-key", "ghk_secret-part")])
    assert len(mcp.requests) == len(spellings("X-API-Key")) + 1
    for seen in mcp.requests:
        assert "secret-part" not in repr(seen.headers)


def test_HD_21_the_check_sees_an_api_key_in_one_spelling_only(front, mcp):
    for headers in ([("X-API-Key", "ghk_a")], [("X_API_Key", "ghk_b"), ("X-API-Key", "ghk_a"), ("X.API.Key", "ghk_b"), ("X-API_Key", "ghk_b")]):
        mcp.forget()
        ask(front.port, "mirror.HTTP_X_API_KEY", headers=headers)
        assert mcp.only().header("Remote-Name") == "ghk_a"
    mcp.forget()
    ask(front.port, "mirror.HTTP_X_API_KEY", headers=[("X_API_Key", "ghk_b")])
    assert (mcp.only().header("Remote-Name") or "") == ""


def test_SV_07_each_request_has_its_own_identity(front, mcp):
    for person in ("ann", "bob", "ann"):
        ask(front.port, "mirror.HTTP_X_PERSON", "GET", headers=[("X-Person", person)], body=b"")
    assert [seen.header("Remote-Name") for seen in mcp.requests] == ["ann", "bob", "ann"]


# --- the check is told the truth ------------------------------------------------------------------------------------

LIES = [("X-Forwarded-Uri", "/lie"), ("X-Forwarded-Method", "LIE"), ("X-Original-URI", "/lie"), ("X-Original-Method", "LIE"),
        ("X_Forwarded_Uri", "/lie"), ("X_Forwarded_Method", "LIE"), ("X-Forwarded-For", "192.0.2.1"), ("X-Forwarded-Host", "lie"),
        ("Gatehouse-Request-Uri", "/lie"), ("Gatehouse_Request_Uri", "/lie"), ("Request-Uri", "/lie"), ("Remote-Addr", "192.0.2.1")]


def told(front, mcp, variable, target="/mcp", method="POST"):
    mcp.forget()
    ask(front.port, f"mirror.{variable}", method, target, headers=LIES)
    return mcp.only().header("Remote-Name") or ""


@pytest.mark.parametrize("target", ["/mcp", "/mcp?a=b&c=%2F", "/a/b/c?x", "/mcp/%C3%A9"])
def test_SV_01_the_check_and_the_mcp_server_see_the_same_request(front, mcp, target):
    uri = told(front, mcp, "GATEHOUSE_REQUEST_URI", target) or told(front, mcp, "REQUEST_URI", target)
    assert uri == mcp.only().line.split(" ")[1]
    assert uri.lower() == target.lower()
    for method in ("POST", "PUT", "DELETE"):
        seen = told(front, mcp, "GATEHOUSE_REQUEST_METHOD", method=method) or told(front, mcp, "REQUEST_METHOD", method=method)
        assert seen == method == mcp.only().line.split(" ")[0]


def test_SV_01_the_check_knows_host_address_and_scheme(front, mcp):
    assert told(front, mcp, "SERVER_NAME") == "127.0.0.1"
    assert told(front, mcp, "REMOTE_ADDR") == "127.0.0.1"
    assert told(front, mcp, "REQUEST_SCHEME") == "http"
    assert mcp.only().header("X-Forwarded-For") == "127.0.0.1"
    assert mcp.only().header("X-Forwarded-Proto") == "http"


def test_HD_21_the_check_knows_what_proxies_say_of_the_address_and_the_mcp_server_does_not(front, mcp):
    for headers in ([("X-Forwarded-For", "192.0.2.1, 192.0.2.2")], [("X-Forwarded-For", "192.0.2.1"), ("X-Forwarded-For", "192.0.2.2")]):
        mcp.forget()
        ask(front.port, "mirror.HTTP_X_FORWARDED_FOR", headers=[*headers, ("X_Forwarded_For", "192.0.2.3"), ("X.Forwarded.For", "192.0.2.3")])
        seen = mcp.only()
        assert seen.header("Remote-Name").replace(" ", "") == "192.0.2.1,192.0.2.2"
        assert seen.header("X-Forwarded-For") == "127.0.0.1"
    assert told(front, mcp, "REMOTE_ADDR") == "127.0.0.1"
    mcp.forget()
    ask(front.port, "mirror.HTTP_X_FORWARDED_FOR")
    assert (mcp.only().header("Remote-Name") or "127.0.0.1") == "127.0.0.1"


def test_HD_21_the_check_is_told_an_id_of_the_request_that_no_client_chooses(front, mcp):
    seen = []
    for name in ("Gatehouse-Request-Id", "X-Request-Id", "Gatehouse_Request_Id"):
        mcp.forget()
        ask(front.port, "mirror.GATEHOUSE_REQUEST_ID", headers=[(name, "evil")])
        seen.append(mcp.only().header("Remote-Name") or "")
    if front.kind == "lighttpd":
        assert seen == [""] * 3
    else:
        assert len(set(seen)) == 3 and all(len(one.replace("-", "")) == 32 for one in seen), seen
    if front.kind.startswith("nginx"):
        # So that the lines of a request in both logs are found.
        ask(front.port, "grant", target="/mark-of-the-request-id")
        front.flush_logs("mark-of-the-request-id")
        assert all(one in front.logged() for one in seen)


def test_SEC_06_a_proxy_header_names_no_proxy(front, mcp):
    ask(front.port, "mirror.HTTP_PROXY", headers=[("Proxy", "http://127.0.0.1:9")])
    assert (mcp.only().header("Remote-Name") or "") == ""


# --- the second family of names ---------------------------------------------------------------------------------------

def test_HD_21_the_other_family_of_names(scripted_sockets, scripted_front, mcp, tmp_path):
    mcp.forget()
    with start_front(scripted_front.kind, tmp_path, sockets_dir=scripted_sockets, upstream_port=mcp.port, identity="both") as front:
        forged = [("X-Auth-Request-User", "evil"), ("X_Auth_Request_Email", "evil"), ("Remote-User", "evil")]
        ask(front.port, "grant", headers=forged)
        seen = mcp.only()
        assert {name: seen.header(name) for name in IDENTITY} == IDENTITY
        assert seen.header("X-Auth-Request-User") == "subject-of-alice"
        assert seen.header("X-Auth-Request-Preferred-Username") == "alice"
        assert seen.header("X-Auth-Request-Email") == "alice@example.com"
        assert seen.header("X-Auth-Request-Groups") == "staff,admins"
        mcp.forget()
        ask(front.port, "anonymous", headers=forged)
        assert "evil" not in repr(mcp.only().headers)
