"""auth-check by itself: judgement, voices, limits, settings that change under its feet."""

import concurrent.futures
import json
import os
import signal
import time

import pytest
from conftest import ISSUER, RESOURCE

from support.processes import until
from support.programs import fastcgi
from support.scripted_provider import DISCOVERY, KEYS, Answer, ScriptedProvider, endless, html, redirect
from support.tokens import key_set

METADATA = "https://mcp.example.com/.well-known/oauth-protected-resource/mcp"
IDENTITY = ["Remote-User", "Remote-Subject", "Remote-Issuer", "Remote-Email", "Remote-Name", "Remote-Groups", "Remote-Scopes", "Remote-Client"]


def allowed(answer):
    assert answer.status == 200 and answer.header("X-Gatehouse-Decision") == "allow", answer
    return answer


def refused(answer, status, error=None):
    assert answer.status == status and answer.header("X-Gatehouse-Decision") is None, answer
    if error:
        assert json.loads(answer.body)["error"] == error
    return answer


def test_SEC_10_yes_carries_every_identity_field(room):
    answer = allowed(room.check(room.token(email="a@example.com", email_verified=True, groups=["a", "b"])))
    assert [name for name, _ in answer.headers][:2] == ["Status", "X-Gatehouse-Decision"]
    assert [answer.header(name) for name in IDENTITY] == ["alice", "alice", ISSUER, "a@example.com", "", "a,b", "mcp:read", "client-1"]
    assert answer.body == b""


def test_SV_03_authorizer_says_yes_in_variables_only(room):
    answer = room.check(room.token(), role="authorizer")
    assert answer.status == 200
    assert all(name == "Status" or name.startswith("Variable-") or name == "Content-Length" for name, _ in answer.headers), answer.headers
    assert answer.header("Variable-GATEHOUSE_DECISION") == "allow" and answer.header("Variable-REMOTE_USER") == "alice"
    refused(room.check(role="authorizer"), 401)


def test_inspect_says_yes_by_redirect(room):
    answer = allowed(room.check(room.token(), body=b"{}", GATEHOUSE_VOICE="inspect", GATEHOUSE_REQUEST_REDIRECT="@gatehouse_upstream"))
    assert answer.header("X-Accel-Redirect") == "@gatehouse_upstream"
    refused(room.check(room.token(), body=b"x" * (4 * 1024 * 1024 + 1), GATEHOUSE_VOICE="inspect"), 413)


def test_CH_04_CH_21_the_challenge_names_this_resources_document(room):
    answer = refused(room.check(), 401, "unauthorized")
    assert answer.header("WWW-Authenticate") == f'Bearer resource_metadata="{METADATA}", scope="mcp:read"'
    assert answer.header("Cache-Control") == "no-store" and answer.header("Content-Type") == "application/json"
    for token in ("nonsense", room.token(exp=1)):
        assert refused(room.check(token), 401, "invalid_token").header("Cache-Control") == "no-store"


def test_CH_05_the_announced_document_is_served(room):
    target = METADATA.removeprefix("https://mcp.example.com")
    assert json.loads(room.ask("protected-resource-metadata", target).body)["resource"] == RESOURCE


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "HEAD", "PUT", "OPTIONS", "PROPFIND"])
def test_CH_19_CORS_03_every_method_is_challenged(room, method):
    assert refused(room.check(method=method), 401).header("WWW-Authenticate")


@pytest.mark.parametrize("name", ["initialize", "server/discover", "notifications/initialized", "ping"])
def test_CH_20_no_mcp_method_is_exempt(room, name):
    refused(room.check(headers={"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": name}), 401)


def test_CH_24_the_same_refusal_twice(room):
    token = room.token(scope="other")
    assert refused(room.check(token), 403, "insufficient_scope").raw == refused(room.check(token), 403).raw


def test_CH_08_step_up(room):
    answer = refused(room.check(room.token(scope=None)), 403, "insufficient_scope")
    assert 'error="insufficient_scope"' in answer.header("WWW-Authenticate") and 'scope="mcp:read"' in answer.header("WWW-Authenticate")


def test_TK_03_TK_04_no_token_in_body_or_cookie(room):
    token = room.token()
    body = f"access_token={token}".encode()
    refused(room.check(headers={"Content-Type": "application/x-www-form-urlencoded"}, body=body, GATEHOUSE_VOICE="inspect"), 401, "unauthorized")
    refused(room.check(headers={"Cookie": f"access_token={token}; session={token}"}), 401, "unauthorized")


def test_TK_07_JW_06_the_kind_is_decided_before_any_network(room, key):
    with ScriptedProvider() as provider:
        provider.behave(key_set(key))
        room.settings(f"dev on\nissuer {provider.url}\nresource http://127.0.0.1:8080/mcp {{ allow any; }}\n")
        for token in ("opaque", "a.b", "a.b.c.d.e", "a.b.c", room.token(header={"jku": provider.url + "/mine"}), "x" * 9000):
            refused(room.check(token, host="127.0.0.1"), 401)
        assert provider.requests == []


def test_JW_03_none_and_hmac_with_the_public_key(room):
    for algorithm in ("none", "HS256", "HS512"):
        refused(room.check(room.token(algorithm=algorithm)), 401, "invalid_token")
    for name in ("nOnE", "hs256", ""):
        refused(room.check(room.token(header={"alg": name}, algorithm="HS256")), 401, "invalid_token")


def test_JW_12_a_token_of_one_issuer_signed_by_another(room, maker):
    other = maker.key("ES256", "key-1")
    keys = room.directory / "other.json"
    keys.write_text(json.dumps(key_set(other)))
    room.settings(f"issuer {ISSUER} {{ keys_file {room.keys}; }}\nissuer https://other.example {{ keys_file {keys}; }}\n"
                  f"resource {RESOURCE} {{ allow any; }}\n")
    allowed(room.check(room.token()))
    allowed(room.check(room.token(iss="https://other.example", key=other)))
    refused(room.check(room.token(key=other)), 401, "invalid_token")
    refused(room.check(room.token(iss="https://other.example")), 401, "invalid_token")


@pytest.mark.parametrize("name", ["MCP-Protocol-Version", "Mcp-Method", "Mcp-Name", "Authorization"])
def test_HD_07_doubled_headers(room, name):
    values = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": "echo"}
    doubled = [(key, value) for key, value in values.items()]
    if name == "Authorization":
        refused(room.check(room.token(), headers=[*doubled, ("Authorization", f"Bearer {room.token()}")]), 400, "invalid_request")
        refused(room.check(f"{room.token()}, Bearer x", headers=doubled), 400, "invalid_request")
        return
    allowed(room.check(room.token(), headers=doubled))
    refused(room.check(room.token(), headers=[*doubled, (name, "tools/list")]), 400)
    refused(room.check(room.token(), headers=[(key, value + ", other" if key == name else value) for key, value in doubled]), 400)


def test_OR_01_origin_comes_first(room):
    refused(room.check(room.token(), headers={"Origin": "https://evil.example"}), 403, "origin_not_allowed")
    refused(room.check(room.token(), headers={"Origin": "null"}), 403, "origin_not_allowed")
    refused(room.check(headers={"Origin": "https://evil.example"}), 403, "origin_not_allowed")
    allowed(room.check(room.token(), headers={"Origin": "https://claude.ai"}))


def test_OR_02_the_body_may_be_json_rpc(room):
    room.settings(f"issuer {ISSUER} {{ keys_file {room.keys}; }}\nresource {RESOURCE} {{ allow any; error_body jsonrpc; }}\n")
    body = json.loads(refused(room.check(headers={"Origin": "https://evil.example"}), 403).body)
    assert body["jsonrpc"] == "2.0" and "id" not in body and body["error"]["code"] == 403 and body["error"]["data"]["error"] == "origin_not_allowed"


def test_CORS_03_CORS_04_CORS_06_CORS_07_preflight_and_refusals_for_pages(room):
    asked = {"Origin": "https://claude.ai", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization, mcp-param-region"}
    preflight = refused(room.check(method="OPTIONS", headers=asked), 204)
    assert preflight.header("Access-Control-Allow-Origin") == "https://claude.ai" and preflight.header("Access-Control-Max-Age") == "86400"
    assert "mcp-param-region" in preflight.header("Access-Control-Allow-Headers") and preflight.body == b""
    answer = refused(room.check(headers={"Origin": "https://claude.ai"}), 401)
    assert answer.header("Access-Control-Allow-Origin") == "https://claude.ai" and answer.header("Vary") == "Origin"
    assert "WWW-Authenticate" in answer.header("Access-Control-Expose-Headers")
    for one in (preflight, answer):
        assert one.header("Access-Control-Allow-Credentials") is None
    assert allowed(room.check(room.token(), headers={"Origin": "https://claude.ai"})).header("X-Gatehouse-Cors-Origin") == "https://claude.ai"


def test_subrequest_tells_the_refusal_in_headers(room):
    answer = room.check(GATEHOUSE_VOICE="subrequest")
    assert answer.status == 403 and answer.header("X-Gatehouse-Decision") == "deny" and answer.header("X-Gatehouse-Status") == "401"
    complete = room.check()
    assert answer.header("X-Gatehouse-Challenge") == complete.header("WWW-Authenticate")
    assert answer.header("X-Gatehouse-Body").encode() == complete.body and answer.body == b""


def test_SV_01_headers_of_the_client_name_no_resource(room):
    headers = {"X-Original-URI": "/mcp", "X-Forwarded-Uri": "/mcp", "X-Forwarded-Host": "mcp.example.com", "Host": "mcp.example.com"}
    refused(room.check(room.token(), target="/other", headers=headers), 404, "not_found")
    refused(room.check(room.token(), headers=headers, host="evil.example"), 404, "not_found")


ORDER = ["origin", "shape", "stranger", "validity", "allow", "scope", "rule", "rate"]
EXPECTED = {"origin": (403, "origin_not_allowed"), "shape": (400, "invalid_request"), "stranger": (429, "too_many_requests"), "validity": (401, "invalid_token"),
            "allow": (403, "access_denied"), "scope": (403, "insufficient_scope"), "rule": (403, "access_denied"), "rate": (429, "too_many_requests")}


@pytest.mark.parametrize("first", range(len(ORDER)))
@pytest.mark.parametrize("second", range(len(ORDER)))
def test_OR_01_TK_04_PO_05_CH_08_CH_11_of_two_faults_the_earlier_in_the_order_is_told(room, first, second):
    faults = {ORDER[first], ORDER[second]}
    room.settings(f"issuer {ISSUER} {{ keys_file {room.keys}; }}\naddress_rate 1/day\nresource {RESOURCE} {{ require_scopes mcp:read; allow subject alice; rate 1/day; "
                  "method tools/* { deny any; }; upstream_checks_headers on; }\n")
    good = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "ping"}
    if "rate" in faults:
        allowed(room.check(room.token(), headers=good, REMOTE_ADDR="192.0.2.9"))
    if "stranger" in faults:
        refused(room.check(room.token(exp=1), headers=good), 401)
    token = room.token(exp=1 if "validity" in faults else int(time.time()) + 60, sub="mallory" if "allow" in faults else "alice",
                       scope="other" if "scope" in faults else "mcp:read")
    headers = {**good, **({"Origin": "https://evil.example"} if "origin" in faults else {}), **({"Mcp-Method": "tools/list"} if "rule" in faults else {})}
    answer = room.check(token, headers=headers, target="/mcp?access_token=x" if "shape" in faults else "/mcp")
    refused(answer, *EXPECTED[ORDER[min(first, second)]])


def test_CH_22_the_limit_counts_over_all_processes(room):
    room.settings(f"issuer {ISSUER} {{ keys_file {room.keys}; }}\nresource {RESOURCE} {{ allow any; rate 10/day; }}\n")
    socket = room.program("auth-check", processes=4).socket
    pairs = [("REQUEST_METHOD", "POST"), ("REQUEST_URI", "/mcp"), ("SERVER_NAME", "mcp.example.com"), ("HTTP_AUTHORIZATION", f"Bearer {room.token()}")]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: fastcgi(socket, pairs), range(40)))
    assert sorted(answer.status for answer in answers) == [200] * 10 + [429] * 30
    late = next(answer for answer in answers if answer.status == 429)
    assert int(late.header("Retry-After")) > 0 and json.loads(late.body)["error"] == "too_many_requests"
    allowed(room.check(room.token(sub="bob")))


def provided(room, provider, more=""):
    room.settings(f"dev on\nissuer {provider.url} {{ {more} }}\nresource http://127.0.0.1:8080/mcp {{ allow any; }}\n")

    def ask(**changes):
        return room.check(room.token(iss=provider.url, aud="http://127.0.0.1:8080/mcp", **changes), host="127.0.0.1")
    return ask


@pytest.mark.parametrize("trouble", ["down", "html", "redirect", "huge", "other issuer", "broken json", "503", "no keys", "double members"])
def test_CH_23_ASM_05_ASM_15_JK_01_provider_in_trouble_is_503_and_never_a_yes(room, key, trouble):
    with ScriptedProvider() as provider:
        provider.behave(key_set(key))
        if trouble == "down":
            provider.stop()
        elif trouble == "other issuer":
            provider.behave(key_set(key), issuer=provider.url + "/")
        elif trouble == "no keys":
            provider.behave({"keys": []})
        else:
            answer = {"html": html(), "redirect": redirect(provider.url + "/elsewhere"), "huge": endless(), "broken json": Answer(200, b'{"issuer":'),
                      "503": Answer(503), "double members": Answer(200, b'{"issuer":"a","issuer":"b"}')}[trouble]
            provider.script(DISCOVERY, answer)
        answer = refused(provided(room, provider)(), 503, "temporarily_unavailable")
        assert int(answer.header("Retry-After")) > 0 and answer.header("WWW-Authenticate") is None
        assert provider.count("/elsewhere") == 0


def test_CH_23_SEC_12_a_provider_that_never_answers_costs_one_deadline(room, key):
    with ScriptedProvider() as provider:
        provider.script(DISCOVERY, provider.never())
        ask = provided(room, provider)
        refused(ask(), 503)
        for _ in range(20):
            refused(ask(), 503)
        assert provider.count() <= 2


def test_JK_02_unknown_key_ids_ask_once(room, key, maker):
    with ScriptedProvider() as provider:
        provider.behave(key_set(key))
        ask = provided(room, provider)
        room.program("auth-check", processes=4)
        allowed(ask())
        for number in range(30):
            other = maker.key("ES256", f"unknown-{number}")
            refused(ask(key=other), 401, "invalid_token")
        assert provider.count(KEYS) <= 2


def test_JK_04_known_keys_serve_while_the_provider_is_down(room, key):
    with ScriptedProvider() as provider:
        provider.behave(key_set(key))
        ask = provided(room, provider)
        allowed(ask())
    allowed(ask(sub="bob"))


def test_JK_03_bad_keys_are_skipped_singly(room, key):
    bad = [{"kty": "oct", "k": "AAAA", "kid": "key-1"}, {"kty": "OKP", "crv": "X448", "x": "AA"}, {"kty": "RSA", "n": "AQAB", "e": "AQAB"}, 7]
    room.keys.write_text(json.dumps({"keys": [*bad, key.public]}))
    allowed(room.check(room.token()))
    refused(room.check(room.token(algorithm="HS256")), 401)


def test_JK_05_a_key_that_is_gone_stops_working(room, maker):
    token = room.token()
    allowed(room.check(token))
    room.keys.write_text(json.dumps(key_set(maker.key("ES256", "key-2"))))
    until(lambda: room.check(token).status == 401, "the remembered token is refused")


def test_JK_06_SEC_16_a_state_directory_that_is_not_ours_alone(room):
    os.chmod(room.state, 0o777)
    program = room.program("auth-check")
    until(lambda: "chmod" in program.tail(), "it says why, and what mends it", process=program)
    assert str(room.state) in program.tail()


def test_SEC_06_no_proxy_from_the_environment_or_the_request(room, key):
    with ScriptedProvider() as provider, ScriptedProvider() as proxy:
        provider.behave(key_set(key))
        ask = provided(room, provider)
        del ask
        token = room.token(iss=provider.url, aud="http://127.0.0.1:8080/mcp")
        answer = room.ask("auth-check", "/mcp", "POST", {"Authorization": f"Bearer {token}", "Proxy": proxy.url}, way="cgi", host="127.0.0.1",
                          http_proxy=proxy.url, https_proxy=proxy.url, all_proxy=proxy.url, ALL_PROXY=proxy.url)
        allowed(answer)
        assert proxy.requests == [] and provider.count(KEYS) == 1


def test_SEC_15_changed_settings(room):
    token = room.token()
    allowed(room.check(token))
    good = room.config.read_text()
    room.config.write_text(good.replace("allow any", "allow subject bob"))
    until(lambda: room.check(token).status == 403, "the new settings are in force")
    room.config.write_text("resource nonsense {\n")
    until(lambda: room.check(token) and "settings_kept" in room.log(), "the broken settings are told")
    refused(room.check(token), 403)
    room.config.write_text(good)
    until(lambda: room.check(token).status == 200, "the good settings are back")


def test_DC_01_SIGHUP_makes_the_next_request_see_the_new_settings(room):
    token = room.token()
    allowed(room.check(token))
    room.config.write_text(room.config.read_text().replace("allow any", "allow subject bob"))
    program = room.program("auth-check")
    child = int(open(f"/proc/{program.pid}/task/{program.pid}/children").read().split()[0])
    os.kill(child, signal.SIGHUP)
    refused(room.check(token), 403)


def test_SEC_15_an_unusable_state_directory_keeps_the_old_settings(room):
    token = room.token()
    allowed(room.check(token))
    room.config.write_text(room.config.read_text().replace(str(room.state), "/proc/nope/state"))
    until(lambda: room.check(token) and "settings_kept" in room.log(), "the new directory is refused")
    allowed(room.check(token))


@pytest.mark.parametrize("name", ["\xff" * 3000, '"' * 9000, "a" * 17000])
def test_SEC_14_no_value_takes_the_audit_line_away(room, name):
    room.settings("log_format json\n" + room.config.read_text().split("\n", 1)[1])
    allowed(room.check(room.token(), headers={"Mcp-Name": name}))
    line = json.loads(next(line for line in room.log().splitlines() if '"event":"decision"' in line))
    assert line["decision"] == "allow" and line["subject"] == "alice" and len(line["mcp_name"]) <= 512


def test_DISC_12_a_resource_inside_another_is_never_judged_by_the_outer_one(room):
    room.settings(f"issuer {ISSUER} {{ keys_file {room.keys}; }}\nresource https://mcp.example.com {{ allow any; }}\n"
                  "resource https://mcp.example.com/admin { allow email boss@example.com; }\n")
    token = room.token(aud="https://mcp.example.com/")
    allowed(room.check(token, target="/x"))
    refused(room.check(token, target="/admin"), 401)
    for target in ("/%61dmin", "/adm%69n/x", "/admin;x", "/ADMIN", "/adminx", "/admin%e0%80%afx", "/x/%e0%80%ae%e0%80%ae/admin", "/admin%20"):
        refused(room.check(token, target=target), 404)


def test_broken_settings_at_the_start_are_no_yes(room):
    room.settings("nonsense\n")
    program = room.program("auth-check")
    until(lambda: "nonsense" in program.tail(), "it says why", process=program)
    with pytest.raises((ConnectionError, TimeoutError, AssertionError, OSError)):
        fastcgi(program.socket, [("REQUEST_METHOD", "POST")], timeout=1)


def test_SEC_14_SEC_17_DC_02_the_audit_line(room):
    token = room.token(sub='x"},{"decision":"allow', client_id="app")
    room.settings("log_format json\n" + room.config.read_text().split("\n", 1)[1])
    allowed(room.check(token, headers={"Mcp-Name": 'a"\\b', "MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call"}))
    refused(room.check(token, target="/mcp?access_token=canary-in-the-query"), 400)
    lines = [json.loads(line) for line in room.log().splitlines() if '"event":"decision"' in line]
    assert [line["decision"] for line in lines] == ["allow", "deny"]
    assert lines[0]["subject"] == 'x"},{"decision":"allow' and lines[0]["mcp_name"] == 'a"\\b' and lines[0]["reason"] == "allow"
    assert lines[0]["issuer"] == ISSUER and lines[0]["client"] == "app" and len(lines[0]["token"]) == 16
    assert token not in room.log() and "canary-in-the-query" not in room.log()


def test_SEC_13_no_switch_turns_certificate_checks_off(room):
    room.settings(f"tls_verify off\nissuer {ISSUER}\nresource {RESOURCE} {{ allow any; }}\n")
    program = room.program("auth-check")
    until(lambda: "tls_verify" in program.tail(), "the unknown directive is refused", process=program)
