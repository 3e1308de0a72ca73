"""protected-resource-metadata (RFC 9728)."""

import json

from conftest import ISSUER, RESOURCE

PROGRAM = "protected-resource-metadata"
WELL_KNOWN = "/.well-known/oauth-protected-resource"


def document(room, target, **more):
    answer = room.ask(PROGRAM, target, **more)
    assert answer.status == 200, answer
    return json.loads(answer.body)


def test_PRM_01_PRM_10_PRM_12_DISC_08_the_document(room, way):
    answer = room.ask(PROGRAM, f"{WELL_KNOWN}/mcp", way=way)
    assert answer.status == 200 and answer.header("Content-Type") == "application/json"
    assert json.loads(answer.body) == {"resource": RESOURCE, "authorization_servers": [ISSUER], "scopes_supported": ["mcp:read"],
                                       "bearer_methods_supported": ["header"]}


def test_PRM_02_PRM_06_each_resource_at_its_own_place(room):
    room.settings(f"""issuer {ISSUER}
resource https://mcp.example.com/a/mcp {{ allow any; }}
resource https://mcp.example.com/b/mcp/ {{ allow any; }}
resource https://other.example.com {{ allow any; }}
""")
    assert document(room, f"{WELL_KNOWN}/a/mcp")["resource"] == "https://mcp.example.com/a/mcp"
    assert document(room, f"{WELL_KNOWN}/b/mcp/")["resource"] == "https://mcp.example.com/b/mcp/"
    assert document(room, WELL_KNOWN, host="other.example.com")["resource"] == "https://other.example.com"
    for target, host in ((f"{WELL_KNOWN}/b/mcp", "mcp.example.com"), (f"{WELL_KNOWN}/c", "mcp.example.com"), (WELL_KNOWN, "mcp.example.com"),
                         (f"{WELL_KNOWN}/a/mcp", "other.example.com"), (f"{WELL_KNOWN}/a/mcp", "evil.example")):
        answer = room.ask(PROGRAM, target, host=host)
        assert answer.status == 404 and json.loads(answer.body)["error"] == "not_found", (target, host)


def test_PRM_07_root_form_when_the_host_has_one_resource(room):
    assert document(room, WELL_KNOWN)["resource"] == RESOURCE


def test_PRM_08_slash_twin_only_if_configured(room):
    assert room.ask(PROGRAM, f"{WELL_KNOWN}/mcp/").status == 404
    room.settings(f"issuer {ISSUER}\nresource {RESOURCE} {{ allow any; slash_alias on; }}\n")
    room.running.clear()
    assert document(room, f"{WELL_KNOWN}/mcp/")["resource"] == f"{RESOURCE}/"
    assert document(room, f"{WELL_KNOWN}/mcp")["resource"] == RESOURCE


def test_PRM_11_PRM_13_PRM_14_PRM_15_what_is_said_and_what_is_not(room):
    room.settings(f"""issuer {ISSUER}
resource {RESOURCE} {{
    allow any
    resource_name "Notes"
    documentation https://docs.example.com/notes
    policy_uri https://docs.example.com/policy
    tos_uri https://docs.example.com/terms
}}
""")
    assert document(room, f"{WELL_KNOWN}/mcp") == {
        "resource": RESOURCE, "authorization_servers": [ISSUER], "bearer_methods_supported": ["header"], "resource_name": "Notes",
        "resource_documentation": "https://docs.example.com/notes", "resource_policy_uri": "https://docs.example.com/policy",
        "resource_tos_uri": "https://docs.example.com/terms"}


def test_ISS_13_ISS_12_issuers_in_the_order_of_the_settings_byte_for_byte(room):
    room.settings(f"issuer https://b.example/x/\nissuer https://a.example\nresource {RESOURCE} {{ allow any; }}\n")
    assert document(room, f"{WELL_KNOWN}/mcp")["authorization_servers"] == ["https://b.example/x/", "https://a.example"]


def test_DISC_09_methods(room, way):
    get = room.ask(PROGRAM, f"{WELL_KNOWN}/mcp", way=way, headers={"Authorization": "Bearer nonsense"})
    head = room.ask(PROGRAM, f"{WELL_KNOWN}/mcp", "HEAD", way=way)
    assert (get.status, head.status, head.body) == (200, 200, b"")
    assert head.header("Content-Length") == get.header("Content-Length") == str(len(get.body))
    for method in ("POST", "PUT", "DELETE", "TRACE", "get", ""):
        answer = room.ask(PROGRAM, f"{WELL_KNOWN}/mcp", method, way=way)
        assert answer.status == 405 and answer.header("Allow") == "GET, HEAD, OPTIONS", method


def test_DISC_10_nothing_of_the_request_comes_back(room):
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example", "X-Forwarded-Proto": "evil"}
    assert b"evil" not in room.ask(PROGRAM, f"{WELL_KNOWN}/mcp", headers=headers).raw


def test_DISC_11_lifetime_tag_and_304(room, way):
    first, second = (room.ask(PROGRAM, f"{WELL_KNOWN}/mcp", way=way) for _ in range(2))
    assert first.header("Cache-Control") == "public, max-age=300" and first.header("ETag") == second.header("ETag")
    known = room.ask(PROGRAM, f"{WELL_KNOWN}/mcp", way=way, headers={"If-None-Match": first.header("ETag")})
    assert (known.status, known.body) == (304, b"")
    assert room.ask(PROGRAM, f"{WELL_KNOWN}/mcp", way=way, headers={"If-None-Match": '"other"'}).status == 200


def test_DISC_12_paths_are_compared_raw(room):
    assert document(room, f"{WELL_KNOWN}/mcp?x=1")["resource"] == RESOURCE
    for tail in ("/%6dcp", "/../mcp", "//mcp", "/mcp%00", "/MCP", "/mcp/..", "mcp", "/mcp%2f", "/mcp;x"):
        assert room.ask(PROGRAM, WELL_KNOWN + tail).status == 404, tail


def test_PRM_16_CORS_01_CORS_02_any_page_may_read(room, way):
    answer = room.ask(PROGRAM, f"{WELL_KNOWN}/mcp", way=way, headers={"Origin": "https://app.example"})
    assert answer.header("Access-Control-Allow-Origin") == "*" and answer.header("Access-Control-Allow-Credentials") is None
    preflight = room.ask(PROGRAM, f"{WELL_KNOWN}/mcp", "OPTIONS", way=way, headers={
        "Origin": "https://app.example", "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "mcp-protocol-version"})
    assert preflight.status == 204 and "MCP-Protocol-Version" in preflight.header("Access-Control-Allow-Headers")
    assert preflight.header("Access-Control-Max-Age") == "86400" and "GET" in preflight.header("Access-Control-Allow-Methods")


def test_healthz(room, way):
    answer = room.ask(PROGRAM, "/healthz", way=way)
    assert (answer.status, answer.body) == (200, b'{"status":"ok"}')
