"""authorization-server-metadata (RFC 8414): direct, augment, facade."""

import concurrent.futures
import json

import pytest
from conftest import ISSUER, RESOURCE

from support.processes import until
from support.programs import fastcgi, run_command
from support.scripted_provider import DISCOVERY, Answer, ScriptedProvider
from support.tokens import key_set

PROGRAM = "authorization-server-metadata"
WELL_KNOWN = "/.well-known/oauth-authorization-server"
OPENID = "/.well-known/openid-configuration"
PUBLIC = "http://localhost:8080"


@pytest.fixture
def provider(key):
    with ScriptedProvider() as provider:
        provider.behave(key_set(key))
        yield provider


def facade(room, provider, more="provider_iss none; client_id app"):
    room.settings(f"dev on\nauthorization_server facade\npublic_issuer {PUBLIC}\nissuer {provider.url} {{ {more} }}\n"
                  f"resource {PUBLIC}/mcp {{ allow any; }}\n")


def augment(room, provider, more="client_id app"):
    room.settings(f"dev on\nauthorization_server augment\nissuer {provider.url} {{ provider_metadata {provider.url}{DISCOVERY}; {more} }}\n"
                  f"resource {PUBLIC}/mcp {{ allow any; }}\n")


def forget(room):
    """As on a new machine: no document, no stamp of the last attempt, new processes."""
    for file in room.state.iterdir():
        file.unlink()
    room.running.clear()


def ask(room, target=WELL_KNOWN, host="localhost", **more):
    return room.ask(PROGRAM, target, host=host, **more)


def published(room, target=WELL_KNOWN, host="localhost", **more):
    answer = ask(room, target, host, **more)
    assert answer.status == 200, answer
    return json.loads(answer.body)


def test_ISS_01_ISS_06_DISC_01_facade_names_itself(room, provider, key, way):
    provider.behave(key_set(key), authorization_response_iss_parameter_supported=False)
    facade(room, provider)
    document = published(room, way=way, headers={"MCP-Protocol-Version": "2025-03-26"})
    assert document["issuer"] == PUBLIC and "authorization_response_iss_parameter_supported" not in document
    assert document["authorization_endpoint"] == f"{provider.url}/authorize" and document["registration_endpoint"] == f"{PUBLIC}/oauth/register"
    resource = json.loads(room.ask("protected-resource-metadata", "/.well-known/oauth-protected-resource/mcp", host="localhost").body)
    assert resource["authorization_servers"] == [document["issuer"]]


def test_ISS_02_DISC_05_never_under_a_foreign_host_or_as_openid(room, provider):
    facade(room, provider)
    for target, host in ((WELL_KNOWN, "evil.example"), (WELL_KNOWN, "127.0.0.1"), (OPENID, "localhost"), (f"{WELL_KNOWN}/mcp", "localhost"), ("/", "localhost")):
        assert ask(room, target, host).status == 404, (target, host)
    augment(room, provider)
    room.running.clear()
    assert ask(room, WELL_KNOWN, "localhost").status == 404
    assert published(room, WELL_KNOWN, "127.0.0.1")["issuer"] == provider.url


def test_DISC_03_DISC_04_an_issuer_with_a_path(room, provider, key):
    issuer = f"{provider.url}/application/o/mcp/"
    provider.behave(key_set(key), issuer=issuer)
    room.settings(f"dev on\nauthorization_server augment\nissuer {issuer} {{ provider_metadata {provider.url}{DISCOVERY}; client_id app; }}\n"
                  f"resource {PUBLIC}/mcp {{ allow any; }}\n")
    bodies = {ask(room, target, "127.0.0.1").body for target in
              (f"{WELL_KNOWN}/application/o/mcp", f"{OPENID}/application/o/mcp", f"/application/o/mcp{OPENID}")}
    assert len(bodies) == 1 and json.loads(bodies.pop())["issuer"] == issuer
    assert ask(room, WELL_KNOWN, "127.0.0.1").status == 404
    provider.behave(key_set(key), issuer=issuer, subject_types_supported=[])
    forget(room)
    assert ask(room, f"{OPENID}/application/o/mcp", "127.0.0.1").status == 404


def test_DISC_06_DISC_07_stale_serves_and_nothing_is_503(room, provider):
    facade(room, provider)
    before = ask(room)
    provider.stop()
    room.running.clear()
    assert ask(room).body == before.body
    forget(room)
    answer = ask(room)
    assert answer.status == 503 and int(answer.header("Retry-After")) > 0 and answer.header("Cache-Control") == "no-store"
    assert json.loads(answer.body)["error"] == "temporarily_unavailable"


def test_DISC_08_no_null_and_no_empty_array(room, provider, key):
    provider.behave(key_set(key), scopes_supported=[], op_policy_uri=None, service_documentation="javascript:x")
    facade(room, provider)
    document = published(room)
    assert all(value not in (None, []) for value in document.values()) and "service_documentation" not in document


def test_DISC_09_methods(room, provider, way):
    facade(room, provider)
    head = ask(room, way=way, method="HEAD")
    assert head.status == 200 and head.body == b""
    refused = ask(room, way=way, method="POST")
    assert refused.status == 405 and refused.header("Allow") == "GET, HEAD, OPTIONS"


def test_DISC_10_DISC_12_nothing_of_the_request_counts(room, provider):
    facade(room, provider)
    answer = ask(room, f"{WELL_KNOWN}?issuer=https://evil.example", headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
    assert answer.status == 200 and b"evil" not in answer.raw
    assert ask(room, "/.well-known/%6fauth-authorization-server").status == 404


def test_DISC_11_CORS_01_CORS_02_lifetime_and_any_origin(room, provider, way):
    facade(room, provider)
    answer = ask(room, way=way, headers={"Origin": "https://app.example"})
    assert answer.header("Cache-Control") == "public, max-age=300" and answer.header("Access-Control-Allow-Origin") == "*"
    assert ask(room, way=way, headers={"If-None-Match": answer.header("ETag")}).status == 304
    preflight = ask(room, way=way, method="OPTIONS", headers={"Origin": "https://app.example", "Access-Control-Request-Method": "GET"})
    assert preflight.status == 204 and "MCP-Protocol-Version" in preflight.header("Access-Control-Allow-Headers")


def start(room, program=PROGRAM):
    return run_command(program, "-c", room.config, "-t")


@pytest.mark.parametrize("change, word", [
    ({"authorization_response_iss_parameter_supported": True}, "RFC 9207"),
    ({"code_challenge_methods_supported": ["plain"]}, "S256"),
    ({"require_pushed_authorization_requests": True}, "require_pushed_authorization_requests"),
    ({"require_signed_request_object": True}, "require_signed_request_object"),
    ({"response_types_supported": ["token"]}, "code"),
    ({"authorization_endpoint": "javascript:alert(1)"}, "authorization_endpoint"),
])
def test_ISS_07_ASM_03_ASM_04_ASM_12_what_strict_clients_refuse_refuses_to_start(room, provider, key, change, word):
    provider.behave(key_set(key), **change)
    facade(room, provider)
    done = start(room)
    assert done.returncode == 100 and word in done.stderr, done.stderr


def test_ISS_07_no_client_is_registered_for_a_facade_that_is_refused(room, provider, key):
    provider.behave(key_set(key), authorization_response_iss_parameter_supported=True)
    facade(room, provider)
    done = start(room, "client-registration")
    assert done.returncode == 100 and "RFC 9207" in done.stderr, done.stderr
    facade(room, provider, "provider_iss suppressed; client_id app")
    assert start(room, "client-registration").returncode == 0


def test_ISS_06_suppressed_is_the_operators_word(room, provider, key):
    provider.behave(key_set(key), authorization_response_iss_parameter_supported=True)
    facade(room, provider, "provider_iss suppressed; client_id app")
    assert "authorization_response_iss_parameter_supported" not in published(room)


def test_a_provider_that_is_down_does_not_stop_the_start(room, provider):
    facade(room, provider)
    provider.stop()
    assert start(room).returncode == 0


def test_ISS_07_a_provider_that_begins_to_send_iss_is_not_published(room, provider, key):
    provider.script(DISCOVERY, Answer(503))
    facade(room, provider)
    assert ask(room).status == 503
    provider.behave(key_set(key), authorization_response_iss_parameter_supported=True)
    answer = until(lambda: (got := ask(room)) and "metadata_refused" in room.log(PROGRAM) and got, "it asks again", timeout=30)
    assert answer.status == 503 and "RFC 9207" in room.log(PROGRAM)


def test_ASM_16_many_requests_one_question(room, provider):
    facade(room, provider)
    socket = room.program(PROGRAM, processes=4).socket
    pairs = [("REQUEST_METHOD", "GET"), ("REQUEST_URI", WELL_KNOWN), ("SERVER_NAME", "localhost")]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert {answer.status for answer in pool.map(lambda _: fastcgi(socket, pairs), range(40))} == {200}
    assert provider.count(DISCOVERY) == 1


def test_JK_06_ASM_16_a_cache_file_that_others_can_write_is_not_used(room, provider):
    facade(room, provider)
    good = published(room)
    file = next(room.state.glob("provider-*.json"))
    file.write_text(file.read_text().replace("/authorize", "/evil"))
    file.chmod(0o666)
    (room.state / "table").unlink()
    room.running.clear()
    assert published(room) == good


def test_direct_leaves_it_to_the_provider(room, way):
    for target in (WELL_KNOWN, OPENID):
        assert room.ask(PROGRAM, target, way=way).status == 404
    room.settings(f"direct_redirect on\nissuer {ISSUER} {{ keys_file {room.keys}; }}\nresource {RESOURCE} {{ allow any; }}\n")
    room.running.clear()
    moved = room.ask(PROGRAM, WELL_KNOWN, way=way)
    assert moved.status == 308 and moved.header("Location") == f"https://idp.example.net{WELL_KNOWN}/t1"


def test_ASM_15_a_lying_provider_is_told_in_the_log(room, provider, key):
    provider.script(DISCOVERY, Answer(200, b"<html>log in</html>", {"Content-Type": "text/html"}))
    facade(room, provider)
    assert ask(room).status == 503
    until(lambda: "provider_" in room.log(PROGRAM), "the log says why")
