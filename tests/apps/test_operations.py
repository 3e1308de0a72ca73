"""Rules for single tools, prompts, MCP resources and methods: from the body (inspect) and from the headers of 2026-07-28."""

import json
import subprocess

import pytest
from calls import MODERN, both, by_body, by_headers, headers, message, old, reason, refused, settings, steps_up
from conftest import ISSUER

from support.processes import environment
from support.programs import program_path


def test_CH_08_CH_09_PO_04_the_challenge_names_all_that_the_call_needs(room):
    settings(room, 'tool search read { scope notes:read; }\ntool write { scope notes:write notes:lock; }\nrequire_scopes mcp:use\npublish_scopes mcp:use x')
    token = room.token(scope="mcp:use notes:read x openid")
    assert both(room, token, target="search").status == 200
    assert steps_up(both(room, token, target="write"), "mcp:use", "notes:write", "notes:lock", "notes:read", "x")
    # The scope of the whole resource is missing too: one challenge for both.
    assert steps_up(both(room, room.token(scope="y"), target="write"), "mcp:use", "notes:write", "notes:lock")
    assert steps_up(both(room, room.token(scope="y"), "tools/list"), "mcp:use")
    assert both(room, room.token(scope="mcp:use notes:write notes:lock"), target="write").status == 200


def test_PO_04_the_scopes_of_the_resource_come_before_what_is_malformed(room):
    settings(room, "tool '*' { scope w; }\nrequire_scopes mcp:use")
    broken = [("MCP-Protocol-Version", MODERN), ("Mcp-Method", "tools/call")]
    assert steps_up(room.check(room.token(), headers=broken), "mcp:use")
    assert room.check(room.token(scope="mcp:use"), headers=broken).status == 400
    assert steps_up(by_body(room, room.token(), b"[", "2025-11-25"), "mcp:use")


def test_CH_09_needed_alone(room):
    settings(room, "tool write { scope notes:write; }\ntool search { scope notes:read; }\nchallenge needed")
    assert steps_up(both(room, room.token(scope="notes:read"), target="write"), "notes:write")


def test_CH_10_scopes_that_include_others(room):
    settings(room, "tool write { scope notes:write; }\ntool other { scope o; }\nimplies admin editor\nimplies editor notes:write notes:read\nimplies notes:read editor\nrequire_scopes notes:read")
    assert both(room, room.token(scope="admin"), target="write").status == 200
    assert both(room, room.token(scope="editor"), target="write").status == 200
    assert steps_up(both(room, room.token(scope="mcp:admin"), target="write"), "notes:read", "notes:write")
    # Those include each other, and the search ends all the same.
    assert steps_up(both(room, room.token(scope="editor"), target="other"), "notes:read", "o", "editor")


def test_CH_11_PO_03_what_no_login_can_change_is_a_plain_403(room):
    settings(room, f"tool write {{ scope notes:write; allow group editors from {ISSUER}; }}\nrequire_scopes mcp:use")
    for scope in ("mcp:use notes:write", "mcp:use"):
        assert refused(both(room, room.token(scope=scope, groups=["guests"]), target="write")), scope
    assert both(room, room.token(scope="mcp:use notes:write", groups=["editors"]), target="write").status == 200
    assert steps_up(both(room, room.token(scope="mcp:use", groups=["editors"]), target="write"), "mcp:use", "notes:write")


def test_the_rule_of_a_method_and_that_of_a_tool_must_both_hold(room):
    settings(room, "method tools/call { scope call; }\ntool echo { scope e; }")
    assert steps_up(both(room, room.token(scope="x")), "call", "e") and steps_up(both(room, room.token(scope="call")), "e", "call")
    assert both(room, room.token(scope="call e")).status == 200
    assert refused(both(room, room.token(scope="call e"), target="other"))
    assert both(room, room.token(scope="x"), "tools/list").status == 200


def test_HD_09_once_there_is_a_rule_for_tools_others_are_refused(room):
    settings(room, "tool echo\ntool 'home.*' { scope home; }", top="log_format json")
    token = room.token(scope="home")
    assert [both(room, token, target=name).status for name in ("echo", "home.light", "home.")] == [200, 200, 200]
    assert [both(room, token, target=name).status for name in ("other", "Echo", "echo2", "xhome.light", "home")] == [403] * 5
    assert reason(room) == "operation_refused"
    # Other kinds of things have no rule.
    for method, target in (("tools/list", ""), ("prompts/get", "other"), ("resources/read", "file:///x"), ("subscriptions/listen", "")):
        assert both(room, token, method, target).status == 200, method


def test_PO_07_deny_comes_before_allow(room):
    settings(room, f"tool '*'\ntool 'admin.*' {{ deny any; }}\ntool delete {{ deny subject alice from {ISSUER}; allow any; }}")
    alice, bob = room.token(), room.token(sub="bob")
    assert both(room, alice, target="read").status == 200
    assert refused(both(room, alice, target="delete")) and both(room, bob, target="delete").status == 200
    assert refused(both(room, bob, target="admin.reset"))


def test_PO_06_what_a_client_needs_to_speak_at_all_is_free_unless_denied_by_name(room):
    settings(room, "method 'tools/*'")
    token = room.token()
    for method in ("initialize", "server/discover", "ping", "notifications/initialized", "tools/list"):
        assert by_body(room, token, old(method), "2025-11-25").status == 200, method
    assert both(room, token, "tools/list").status == 200
    settings(room, "method ping { deny any; }\nmethod 'resources/*' { scope res; }\nmethod tools/list")
    room.running.clear()
    assert refused(by_body(room, token, old("ping"), "2025-11-25"))
    assert by_body(room, token, old("initialize"), "2025-11-25").status == 200
    assert steps_up(both(room, token, "resources/list"), "res")
    settings(room, "method '*' { scope all; }")
    room.running.clear()
    assert by_body(room, token, old("initialize"), "2025-11-25").status == 200 and steps_up(both(room, token, "tools/list"), "all")


def test_HD_10_a_strange_name_needs_its_own_rule(room):
    settings(room, "tool '*'\ntool 'läuft gut'\ntool 'bad*' { deny any; }")
    token = room.token()
    for name, status in (("läuft gut", 200), ("läuft", 403), ("a b", 403), ("a" * 128, 200), ("a" * 129, 403), ("bad ä", 403)):
        assert by_body(room, token, old(target=name), "2025-11-25").status == status, name


def test_HD_10_a_pattern_gives_no_uri_that_climbs_out_of_it(room):
    settings(room, "resource 'file:///docs/*'")
    for uri, status in (("file:///docs/a.txt", 200), ("file:///docs/../etc/passwd", 403), ("file:///docs/%2e%2e/etc/passwd", 403)):
        assert both(room, room.token(), "resources/read", uri).status == status, uri


def test_HD_11_a_task_is_no_tool(room):
    settings(room, "tool echo\ntool task-1 { deny any; }\nmethod tasks/cancel { scope c; }")
    task = [("MCP-Protocol-Version", MODERN), ("Mcp-Name", "task-1")]
    assert room.check(room.token(), headers=[*task, ("Mcp-Method", "tasks/get")]).status == 200
    assert steps_up(room.check(room.token(), headers=[*task, ("Mcp-Method", "tasks/cancel")]), "c")
    assert refused(room.check(room.token(), headers=[*task, ("Mcp-Method", "tools/call")]))


def test_HD_09_prompts_and_resources_have_rules_like_tools(room):
    settings(room, "prompt greet { scope p; }\nresource 'file:///public/*'\nresource 'file:///*' { scope files; }")
    token = room.token(scope="p")
    assert both(room, token, "prompts/get", "greet").status == 200 and refused(both(room, token, "prompts/get", "other"))
    assert both(room, token, "resources/read", "file:///public/a").status == 200
    assert steps_up(both(room, token, "resources/read", "file:///etc/a"), "files", "p")
    assert both(room, token, "tools/call", "echo").status == 200


def test_HD_04_a_subscription_is_judged_where_its_uri_is_seen(room):
    settings(room, "resource 'file:///*'\nresource 'file:///secret/*' { deny any; }")
    token = room.token()
    for uri, status in (("file:///a", 200), ("file:///secret/a", 403), ("geo:1", 403)):
        body = {"jsonrpc": "2.0", "id": 1, "method": "resources/subscribe", "params": {"uri": uri}}
        assert by_body(room, token, body, "2025-11-25").status == status, uri
    # No server holds this method's Mcp-Name to the body.
    for more in ((), [("Mcp-Name", "file:///a")]):
        assert room.check(token, headers=[*headers("resources/subscribe"), *more]).status == 400, more


def test_HD_01_HD_02_legacy_where_the_body_is_not_seen(room):
    rules = "tool echo { scope e; }\ntool other { scope o; }"
    all_scopes, some = room.token(scope="e o"), room.token(scope="e")
    for word, results in (("deny", (403, 403)), ("coarse", (200, 403)), ("allow", (200, 200))):
        settings(room, f"{rules}\nlegacy {word}")
        room.running.clear()
        for version in ("2025-11-25", "2024-11-05", None):
            asked = [room.check(token, headers=headers(version=version) if version else ()) for token in (all_scopes, some)]
            assert tuple(answer.status for answer in asked) == results, (word, version)
        if word == "deny":
            assert "2026-07-28" in asked[0].body.decode() and asked[0].header("WWW-Authenticate") is None
        if word == "coarse":
            assert steps_up(asked[1], "e", "o")
        # Where the body is seen the word has no meaning.
        assert by_body(room, some, old(), "2025-11-25").status == 200 and by_body(room, some, old(target="other"), "2025-11-25").status == 403


def test_HD_02_coarse_takes_no_tool_for_missing(room):
    settings(room, "tool '*' { when '!(has(mcp.tool) && mcp.tool.name.startsWith(\"delete\"))'; }\nlegacy coarse")
    token = room.token()
    assert by_headers(room, token).status == 200 and refused(by_headers(room, token, target="delete_all"))
    assert refused(by_headers(room, token, target="delete_all", version="2025-11-25"))


def test_HD_01_without_rules_no_revision_is_refused(room):
    settings(room, "")
    for version in ("2025-11-25", "2027-01-01", MODERN):
        assert by_headers(room, room.token(), version=version).status == 200


@pytest.mark.parametrize("legacy, old_one", [("deny", 403), ("allow", 200)])
def test_HD_03_headers_count_only_where_the_server_checks_them(room, legacy, old_one):
    settings(room, f"tool echo\nlegacy {legacy}", more="allow any; rate off", top="log_format json")
    token = room.token()
    assert refused(by_headers(room, token)) and reason(room) == "headers_unchecked"
    assert by_headers(room, token, version="2025-11-25").status == old_one
    assert by_body(room, token, old(), "2025-11-25").status == 200


@pytest.mark.parametrize("front", ["caddy", "lighttpd", "nginx", "apache"])
def test_HD_03_SEC_15_a_front_that_shows_no_body_needs_the_operators_word(room, front):
    for word, code in (("off", 100), ("on", 0)):
        settings(room, f"tool echo\nupstream_checks_headers {word}", top=f"front {front}", more="allow any")
        done = subprocess.run([program_path("auth-check"), "-t", "-c", room.config], env=environment(), capture_output=True, text=True, timeout=30)
        assert done.returncode == code and ("expected upstream_checks_headers on" in done.stderr) == (code != 0), done.stderr


def test_PO_07_a_rule_that_can_never_match_is_told(room):
    settings(room, "tool 'admin.*' { deny any; }\ntool admin.reset { scope admin; }\ntool free\ntool free { scope x; }\ntool ok { scope x; }")
    done = subprocess.run([program_path("auth-check"), "-t", "-c", room.config], env=environment(), capture_output=True, text=True, timeout=30)
    assert done.returncode == 0
    said = done.stdout + done.stderr
    assert 'this can never allow "admin.reset"' in said and 'allows "free" to everybody already' in said and '"ok"' not in said


def test_HD_15_a_revision_that_is_not_written_yet(room):
    settings(room, "tool echo")
    assert by_headers(room, room.token(), version="2027-01-01").status == 403


@pytest.mark.parametrize("pairs", [
    [("MCP-Protocol-Version", MODERN)], [("MCP-Protocol-Version", MODERN), ("Mcp-Method", "tools/call")],
    headers(target="=?base64?w6l0w6k?="), headers(target="=?base64?gICA?="),
], ids=["no method", "no name", "padding", "no UTF-8"])
def test_HD_04_HD_05_BD_02_a_missing_or_broken_header_is_32020(room, pairs):
    settings(room, "tool '*'")
    answer = room.check(room.token(), headers=pairs)
    assert answer.status == 400
    body = json.loads(answer.body)
    assert body["jsonrpc"] == "2.0" and body["error"]["code"] == -32020 and body.get("id") is None


def test_HD_05_an_encoded_name_is_the_name(room):
    settings(room, "tool delete_all { deny any; }\ntool echo\ntool été")
    token = room.token()
    assert by_headers(room, token, target="=?base64?ZWNobw==?=").status == 200
    assert refused(by_headers(room, token, target="=?base64?ZGVsZXRlX2FsbA==?="))
    assert by_headers(room, token, target="=?base64?w6l0w6k=?=").status == 200


def test_HD_09_a_batch_hides_nothing(room):
    settings(room, "tool echo", top="log_format json")
    token = room.token()
    assert by_body(room, token, [old(number=1), old(number=2)], "2025-03-26").status == 200
    assert refused(by_body(room, token, [old(number=1), old(target="rm", number=2), old(number=3)], "2025-03-26"))
    last = json.loads([line for line in room.log().splitlines() if '"event":"decision"' in line][-1])
    assert last["mcp_name"] == "rm" and last["reason"] == "operation_refused"
    # An answer of the client to a question of the server asks for nothing.
    assert by_body(room, token, {"jsonrpc": "2.0", "id": 7, "result": {"name": "rm"}}, "2025-11-25").status == 200


def test_CH_09_one_challenge_for_all_of_a_batch(room):
    settings(room, "tool write { scope w both; }\ntool search { scope s both; }\nmethod tools/list { scope l; }\nchallenge needed")
    batch = [old(target="write"), old(target="search", number=2), old("tools/list", number=3)]
    assert steps_up(by_body(room, room.token(scope="x"), batch, "2025-03-26"), "w", "both", "s", "l")
    assert steps_up(by_body(room, room.token(scope="w both"), batch, "2025-03-26"), "s", "both", "l")
    assert by_body(room, room.token(scope="w both s l"), batch, "2025-03-26").status == 200


def test_CH_11_a_batch_asks_for_no_login_that_does_not_help(room):
    settings(room, "tool write { scope w; }", top="log_format json")
    token = room.token()
    assert refused(by_body(room, token, [old(target="write"), old(target="rm", number=2)], "2025-03-26"))
    assert reason(room) == "operation_refused"
    assert steps_up(by_body(room, token, [old(target="write"), old("tools/list", number=2)], "2025-03-26"), "w")


def test_BD_02_HD_04_body_and_headers_must_say_the_same(room):
    settings(room, "tool '*'")
    token = room.token()
    for pairs in (headers(target="other"), headers("tools/list"), headers("prompts/get"), headers()[:1]):
        answer = by_body(room, token, message(), MODERN, pairs[1:])
        assert answer.status == 400 and json.loads(answer.body)["error"]["code"] == -32020, pairs
    assert by_body(room, token, message(), MODERN, headers()[1:]).status == 200


def test_what_is_no_message_is_refused_where_the_body_is_judged(room):
    settings(room, "tool echo")
    token = room.token()
    for body in (b"", b"{", b'{"jsonrpc":"2.0","id":1,"method":"tools/call","method":"ping"}', json.dumps(old()).encode() + b"{}", b"[]", b"\xef\xbb\xbf{}"):
        answer = by_body(room, token, body, "2025-11-25")
        assert answer.status == 400 and json.loads(answer.body)["error"]["code"] == -32600, body
    assert by_body(room, token, b" " * (4 * 1024 * 1024 + 1), "2025-11-25").status == 413
    assert by_body(room, token, old(x="y" * 3_000_000), "2025-11-25").status == 200
    # Of these a part did not come.
    assert by_body(room, token, old(), "2025-11-25", CONTENT_LENGTH="500").status == 400
    assert by_body(room, token, b"", method="GET", CONTENT_LENGTH="500").status == 400
    for method in ("GET", "DELETE"):
        assert by_body(room, token, b"", method=method).status == 200
        assert by_body(room, token, old(), method=method).status == 400
    assert by_body(room, token, old(), method="PUT").status == 400
    assert room.check(token, headers=[("Content-Type", "text/plain")], body=json.dumps(old()).encode(), GATEHOUSE_VOICE="inspect").status == 400


@pytest.mark.parametrize("rules, expected", [
    ('rule "mcp.tool.name =="', "in this condition: 1:"), ('tool x { when "1 + 1 =="; }', "in this condition: 1:"),
    ('rule "nobody.sub == 1"', "in this condition: 1:"), ("rule \"request.headers['Mcp-Param-Role'] == 'admin'\"", "any client can write one"),
    ("tool x { scope; }", "found nothing after scope"), ("tool x { rate 1/s; }", "operation"), ("implies one", "a scope and those that it includes"), ("legacy perhaps", "deny or coarse or allow"),
])
def test_HD_13_SEC_15_a_rule_that_can_not_be_used_is_no_start(room, rules, expected):
    settings(room, rules)
    done = subprocess.run([program_path("auth-check"), "-t", "-c", room.config], env=environment(), capture_output=True, text=True, timeout=30)
    assert done.returncode == 100 and expected in done.stderr and f"{room.config}:" in done.stderr, done.stderr


def test_HD_12_arguments_only_where_they_are_seen(room):
    rules = "rule \"mcp.tool.name == 'echo' && mcp.arguments.path.startsWith('/public/')\""
    settings(room, rules, top="front caddy")
    done = subprocess.run([program_path("auth-check"), "-t", "-c", room.config], env=environment(), capture_output=True, text=True, timeout=30)
    assert done.returncode == 100 and "mcp.arguments" in done.stderr
    settings(room, rules, top="front nginx-inspect")
    token = room.token()
    assert by_body(room, token, old(path="/public/a"), "2025-11-25").status == 200
    assert [by_body(room, token, old(**more), "2025-11-25").status for more in ({"path": "/etc"}, {}, {"path": 7})] == [403] * 3
    settings(room, rules)
    room.running.clear()
    assert refused(by_headers(room, token))


def test_PO_03_conditions_see_the_token_the_call_and_the_request(room):
    settings(room, """
rule 'mcp.tool.name == "a" && jwt.realm.roles.exists(r, r == "editor")'
rule 'mcp.tool.name == "b" && "notes" in principal.scopes && principal.issuer == jwt.iss'
rule 'mcp.tool.name == "c" && request.method == "POST" && request.path == "/mcp" && request.headers["x-team"] == "blue"'
rule 'mcp.prompt.name == "d" && jwt.scope.contains("notes")'
rule 'mcp.tool.name == "e" && has(jwt.absent) && jwt.absent'
rule 'mcp.tool.name == "f" || mcp.prompt.name == "f"'
tool g { when 'jwt.sub in ["alice"]'; scope g; }
""")
    token = room.token(realm={"roles": ["editor"]}, scope=None, scp=["notes"])
    assert [both(room, token, target=name).status for name in ("a", "b", "f")] == [200, 200, 200]
    assert both(room, token, "prompts/get", "d").status == 200 and both(room, token, "prompts/get", "f").status == 200
    assert [both(room, token, target=name).status for name in ("c", "d", "e", "x")] == [403] * 4
    assert steps_up(both(room, token, target="g"), "g") and refused(both(room, room.token(sub="bob"), target="g"))
    assert by_headers(room, token, target="c", REMOTE_USER="x").status == 403
    assert room.check(token, headers=[*headers(target="c"), ("X-Team", "blue")]).status == 200
    # One that came twice has no value.
    assert room.check(token, headers=[*headers(target="c"), ("X-Team", "blue"), ("X-Team", "blue")]).status == 403
    assert [both(room, room.token(realm={"roles": []}), target=name).status for name in ("a", "b")] == [403, 403]


def test_HD_09_a_condition_that_fails_denies_and_says_why(room):
    settings(room, 'rule \'mcp.tool.name == "echo" && jwt.absent.x == "secret-claim"\'')
    assert refused(both(room, room.token(), target="echo"))
    assert "condition_failed" in room.log() and f"{room.config}:" in room.log()


def test_HD_09_what_clients_make_fail_does_not_fill_the_log(room):
    settings(room, "rule 'mcp.arguments.absent == 1'")
    token = room.token()
    for _ in range(9):
        assert refused(by_body(room, token, old(), "2025-11-25"))
    assert room.log().count("condition_failed") == 1


def test_a_rule_that_names_no_kind_judges_everything_but_the_beginning(room):
    settings(room, "rule \"jwt.sub == 'alice'\"")
    alice, bob = room.token(), room.token(sub="bob")
    for method in ("tools/list", "tools/call", "prompts/get", "completion/complete"):
        assert both(room, alice, method).status == 200 and refused(both(room, bob, method)), method
    assert by_body(room, bob, old("initialize"), "2025-11-25").status == 200


def test_HD_09_rules_of_both_sorts_stand_side_by_side(room):
    settings(room, "tool echo\nrule \"jwt.sub == 'alice'\"\nmethod tools/call { scope call; }")
    alice, bob = room.token(scope="call"), room.token(sub="bob", scope="call")
    assert both(room, bob, target="echo").status == 200 and both(room, alice, target="other").status == 200
    assert refused(both(room, bob, target="other")) and refused(both(room, bob, "prompts/get")) and refused(both(room, bob, "tools/list"))
    # What the method asks for is asked of everybody.
    assert steps_up(both(room, room.token(), target="other"), "call")


def test_API_keys_have_facts_too(room):
    keys = room.directory / "keys"
    made = subprocess.run([program_path("gatehouse"), "key", "add", "--file", keys, "--scope", "notes", "--group", "ops", "--owner", "ci"], env=environment(), capture_output=True, text=True, timeout=30)
    key = made.stdout.split()[-1]
    settings(room, "rule 'mcp.tool.name == \"echo\" && jwt.iss == \"api_keys\" && jwt.scope == \"notes\" && \"ops\" in principal.groups'", top=f"api_keys {keys}")
    assert by_headers(room, key).status == 200 and refused(by_headers(room, room.token()))
