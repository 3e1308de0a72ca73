"""gatehouse policy: which rule decides and why, with the verdict that auth-check gives to the same claims."""

import json
import os
import re
import subprocess
import time

import pytest
from calls import TARGETS, by_body, old, settings
from conftest import ISSUER, RESOURCE

from support.processes import ROOT, environment
from support.programs import program_path

OTHER = "https://mcp.example.com/other"
STRANGER = "https://stranger.example.net"
OPTIONS = {"tools/call": (), "prompts/get": ("--prompt",), "resources/read": ("--uri",)}
RULES = f"""
tool search read {{ scope notes:read; }}
tool write {{ scope notes:write notes:lock; allow group editors from {ISSUER}; }}
tool 'home.*' {{ scope home; }}
tool home.reset {{ deny any; }}
tool odd {{ when 'jwt.department == "ops"'; }}
tool 'läuft gut'
prompt greet {{ scope p; }}
resource 'file:///public/*'
method 'tasks/*' {{ scope t; }}
method ping {{ deny subject mallory from {ISSUER}; }}
rule 'mcp.tool.name == "shell" && mcp.arguments.command in ["ls", "id"]'
rule 'mcp.tool.name == "shell" && principal.is_client'
implies admin notes:write notes:lock notes:read
require_scopes mcp:use
"""


def policy(room, claims, *words, text=None, **variables):
    """`claims`: an object, or what stands after --as."""
    if isinstance(claims, dict):
        claims, text = "-", json.dumps(claims)
    done = subprocess.run([program_path("gatehouse"), "policy", "-c", room.config, "--as", claims, *words], input=text or "", env=environment(**variables),
                          capture_output=True, text=True, timeout=60)
    assert done.returncode in (0, 1, 100, 111), done
    return done


def notes(done):
    return [line[5:].strip() for line in done.stdout.splitlines() if line.startswith("note")]


def line_of(room, text):
    """Where the settings have the rule that begins so."""
    for number, line in enumerate(room.config.read_text().splitlines(), 1):
        if line.startswith(text):
            return f"{room.config}:{number}:"
    raise AssertionError(text)


def said_of(done, where):
    """What the rule at that place said; None: it was not asked."""
    for note in notes(done):
        if note.startswith(where):
            return note.split(": ", 1)[1]
    return None


def test_a_rule_that_allows_is_named(room):
    settings(room, RULES)
    done = policy(room, {"scope": "mcp:use notes:read"}, "search")
    assert done.returncode == 0 and done.stderr == "", done
    assert f'good   {RESOURCE}: "search" is allowed\n' in done.stdout
    assert said_of(done, line_of(room, "tool search")) == "allows it"
    assert 'subject "somebody"' in done.stdout and 'scopes "mcp:use" "notes:read"' in done.stdout
    # Rules that are not about it say nothing.
    assert said_of(done, line_of(room, "tool write")) is None


def test_CH_09_a_step_up_is_told_with_the_very_challenge(room):
    settings(room, RULES)
    claims = {"scope": "notes:read", "groups": ["editors"]}
    done = policy(room, claims, "write")
    assert done.returncode == 1 and "insufficient_scope" in done.stdout
    assert said_of(done, line_of(room, "tool write")) == "allows it to those who have its scopes"
    assert "require_scopes of the resource are not all there" in notes(done)
    answer = by_body(room, room.token(**claims), old(target="write"), "2025-11-25")
    assert f"the client is told: WWW-Authenticate: {answer.header('WWW-Authenticate')}" in notes(done)
    assert 'scope="mcp:use notes:write notes:lock' in answer.header("WWW-Authenticate")


def test_a_deny_is_named_and_comes_without_a_challenge(room):
    settings(room, RULES)
    done = policy(room, {"scope": "mcp:use home"}, "home.reset")
    assert done.returncode == 1 and "operation_refused" in done.stdout and "WWW-Authenticate" not in done.stdout
    assert said_of(done, line_of(room, "tool home.reset")) == "refuses it, whatever other rules say"
    assert said_of(done, line_of(room, "tool 'home.*'")) == "allows it"
    assert any("a new login would not help" in note for note in notes(done))


def test_a_rule_for_others_and_no_rule_are_two_things(room):
    settings(room, RULES)
    others = policy(room, {"scope": "mcp:use notes:write notes:lock", "groups": ["guests"]}, "write")
    nobody = policy(room, {"scope": "mcp:use"}, "rm")
    assert others.returncode == nobody.returncode == 1
    assert said_of(others, line_of(room, "tool write")) == "does not allow it to them" and "no rule is about it" not in others.stdout
    # The conditions that look at mcp.tool were asked about it.
    assert "no rule is about it" not in nobody.stdout
    settings(room, f"tool echo\nmethod 'tools/*'\nrule 'mcp.prompt.name == {json.dumps('x')}'")
    nobody = policy(room, {}, "rm")
    assert nobody.returncode == 1 and notes(nobody).count("no rule is about it") == 1 and said_of(nobody, line_of(room, "method")) == "allows it"
    for words, code in ((("--uri", "file:///x"), 0), (("--method", "ping"), 0), (("--prompt", "y"), 1), (("--method", "tools/list"), 0)):
        done = policy(room, {}, *words)
        assert done.returncode == code, done
        assert ("no rule is about it" in done.stdout) == (words[1] in ("file:///x", "ping")), done
    settings(room, "")
    done = policy(room, {}, "rm")
    assert done.returncode == 0 and "no rule is about it" in notes(done)


def test_conditions_that_are_true_false_and_fail(room):
    settings(room, RULES)
    where = line_of(room, "tool odd")
    done = policy(room, {"scope": "mcp:use", "department": "ops"}, "odd")
    assert done.returncode == 0 and said_of(done, where) == "allows it" and done.stderr == ""
    done = policy(room, {"scope": "mcp:use", "department": "it"}, "odd")
    assert done.returncode == 1 and said_of(done, where) == "does not allow it to them" and done.stderr == ""
    done = policy(room, {"scope": "mcp:use", "note": "secret-claim"}, "odd")
    assert done.returncode == 1 and said_of(done, where) == "does not allow it to them"
    assert "condition_failed" in done.stderr and "1:5: there is no such key" in done.stderr and where in done.stderr and "secret-claim" not in done.stderr


def test_arguments_are_given_to_conditions(room):
    settings(room, RULES)
    claims = {"scope": "mcp:use"}
    where = line_of(room, 'rule \'mcp.tool.name == "shell" && mcp.arguments')
    done = policy(room, claims, "shell", "--arguments", '{"command": "ls"}')
    assert done.returncode == 0 and said_of(done, where) == "allows it"
    for words in (("shell", "--arguments", '{"command": "rm"}'), ("shell",)):
        done = policy(room, claims, *words)
        assert done.returncode == 1 and said_of(done, where) == "does not allow it to them", done


def test_prompts_resources_and_methods(room):
    settings(room, RULES)
    claims = {"scope": "mcp:use"}
    assert said_of(policy(room, claims, "--uri", "file:///public/a"), line_of(room, "resource 'file")) == "allows it"
    done = policy(room, claims, "--prompt", "greet")
    assert said_of(done, line_of(room, "prompt")) == "allows it to those who have its scopes" and '"greet" is refused' in done.stdout
    done = policy(room, claims, "--method", "tasks/get")
    assert said_of(done, line_of(room, "method 'tasks")) == "allows it to those who have its scopes" and 'scope="t mcp:use"' not in done.stdout
    assert policy(room, {"scope": "mcp:use t"}, "--method", "tasks/get").returncode == 0
    done = policy(room, {**claims, "sub": "mallory"}, "--method", "ping")
    assert done.returncode == 1 and said_of(done, line_of(room, "method ping")) == "refuses it, whatever other rules say"


def test_what_stands_after_as(room):
    settings(room, RULES)
    file = room.directory / "claims.json"
    claims = {"scope": "mcp:use notes:read", "sub": "alice"}
    file.write_text(json.dumps(claims))
    token = room.token(**claims)
    (room.directory / "token").write_text(token + "\n")
    for given, text in ((token, None), (str(file), None), (str(room.directory / "token"), None), ("-", json.dumps(claims)), ("-", token + "\r\n")):
        done = policy(room, given, "read", text=text)
        assert done.returncode == 0 and 'subject "alice"' in done.stdout, (given, done)
    # The signature is not looked at, and never printed.
    done = policy(room, token[:-8] + "AAAAAAAA", "read")
    assert done.returncode == 0 and token.split(".")[2][:20] not in done.stdout


@pytest.mark.parametrize("name, changes", [
    ("unknown_issuer", {"iss": STRANGER}), ("unknown_issuer", {"iss": 7}), ("unknown_issuer", {"iss": "api_keys"}), ("wrong_audience", {"aud": "https://api.example.com"}),
    ("expired", {"exp": 1700000000}), ("not_yet_valid", {"nbf": 4000000000}), ("bad_claims", {"sub": None}), ("bound_token", {"cnf": {"jkt": "x"}}),
    ("lifetime_too_long", {"iat": int(time.time()), "exp": int(time.time()) + 30 * 86400}),
])
def test_claims_that_are_refused_before_any_rule_is_asked(room, name, changes):
    settings(room, RULES, top="log_format json")
    done = policy(room, {"scope": "mcp:use notes:read", **changes}, "read")
    assert done.returncode == 1 and f"before any rule is asked: {name}: " in done.stdout and notes(done) == [], done


def test_the_rules_of_the_resource_come_first(room):
    settings(room, "tool echo", more=f"allow group staff from {ISSUER}\ndeny subject mallory from {ISSUER}")
    for claims, name in (({"groups": ["guests"]}, "not_allowed"), ({"groups": ["staff"], "sub": "mallory"}, "denied")):
        done = policy(room, claims, "echo")
        assert done.returncode == 1 and f"is refused: {name}: " in done.stdout and said_of(done, line_of(room, "tool")) is None
        assert "allow and deny of the resource decide: no rule for tools is asked" in notes(done)
    assert policy(room, {"groups": ["staff"]}, "echo").returncode == 0


def test_several_resources(room):
    room.settings(f"issuer {ISSUER} {{ keys_file {room.keys}; }}\nresource {RESOURCE} {{ allow any; tool echo; }}\n"
                  f"resource {OTHER} {{ allow any; tool other; audience their-own; }}\n")
    done = policy(room, {}, "echo")
    assert done.returncode == 100 and done.stdout == "" and RESOURCE in done.stderr and OTHER in done.stderr and "--resource" in done.stderr
    assert policy(room, {}, "echo", "--resource", "https://elsewhere.example.com").returncode == 100
    results = {(resource, tool): policy(room, {}, tool, "--resource", resource).returncode for resource in (RESOURCE, OTHER) for tool in ("echo", "other")}
    assert results == {(RESOURCE, "echo"): 0, (RESOURCE, "other"): 1, (OTHER, "echo"): 1, (OTHER, "other"): 0}
    assert "wrong_audience" in policy(room, {"aud": RESOURCE}, "other", "--resource", OTHER).stdout


TOKENS = [
    {}, {"scope": "mcp:use"}, {"scope": "mcp:use notes:read"}, {"scope": "mcp:use notes:write notes:lock"}, {"scope": "mcp:use admin home p t"},
    {"scope": "mcp:use admin", "groups": ["editors"]}, {"scope": "notes:write", "groups": ["editors"]}, {"scope": None, "scp": ["mcp:use", "notes:read"]},
    {"scope": "mcp:use home", "department": "ops"}, {"scope": "mcp:use", "department": 7, "sub": "mallory"}, {"scope": "mcp:use p t", "sub": "client-1"},
]
CALLS = [("tools/call", name, None) for name in ("search", "write", "home.light", "home.reset", "odd", "läuft gut", "läuft", "Search", "rm")] + [
    ("tools/call", "shell", {"command": "ls"}), ("tools/call", "shell", {"command": "rm"}), ("tools/call", "shell", {}),
    ("prompts/get", "greet", None), ("prompts/get", "other", None), ("resources/read", "file:///public/a", None), ("resources/read", "file:///a", None),
    ("tasks/list", None, None), ("ping", None, None), ("tools/list", None, None), ("completion/complete", None, None),
]


@pytest.mark.parametrize("more", ["", "rule 'jwt.sub == \"mallory\"'", "method 'tools/*' { scope t; }", "challenge needed", "implies admin t\nimplies t admin p"])
def test_the_verdict_is_that_of_auth_check(room, more):
    settings(room, RULES + more)
    for number, changes in enumerate(TOKENS):
        token = room.token(**changes)
        (room.directory / "token").write_text(token)
        for method, target, arguments in CALLS if more == "" else CALLS[number % 2::2]:
            words = ("--method", method) if target is None else (*OPTIONS[method], target)
            if arguments is not None:
                words += ("--arguments", json.dumps(arguments))
            done = policy(room, str(room.directory / "token"), *words)
            answer = by_body(room, token, old(method, target, **(arguments or {})), "2025-11-25")
            assert (done.returncode == 0) == (answer.status == 200) and answer.status in (200, 403), (changes, method, target, done, answer)
            challenges = [note.split("WWW-Authenticate: ")[1] for note in notes(done) if "WWW-Authenticate" in note]
            assert challenges == [value for value in [answer.header("WWW-Authenticate")] if value], (changes, method, target, done)


def test_the_table_has_calls_of_each_kind():
    assert {method for method, target, _ in CALLS if target is not None} == set(TARGETS) == set(OPTIONS)


def test_nothing_in_claims_acts_on_a_terminal(room):
    settings(room, "tool echo { scope e; }", more="allow any\nchallenge needed+granted")
    evil = "\x1b[31m\x07\x7f\u009b\r\nred"
    for claims in ({"sub": evil}, {"iss": evil}, {"email": evil, "email_verified": True, "groups": [evil], "client_id": evil}, {"scope": evil}, {"scp": [evil]},
                   {"aud": evil}, {"exp": evil}):
        for name in ("echo", evil.replace("\r\n", "")):
            done = policy(room, claims, name)
            assert done.returncode in (0, 1), done
            for text in (done.stdout, done.stderr):
                assert not [byte for byte in text if byte != "\n" and (ord(byte) < 0x20 or 0x7f <= ord(byte) < 0xa0)], (claims, done)
    # A claim of such bytes is refused, but for those beyond ASCII.
    assert "\\u009b" in policy(room, {"sub": "\u009bred"}, "echo").stdout.lower()


def test_colour_is_for_terminals(room):
    settings(room, "tool echo")
    controller, terminal = os.openpty()
    done = subprocess.run([program_path("gatehouse"), "policy", "-c", room.config, "--as", "-", "echo"], input="{}", env=environment(), stdout=terminal,
                          text=True, timeout=60, check=False)
    os.close(terminal)
    with open(controller, "rb", buffering=0) as output:
        assert done.returncode == 0 and b"\033[32mgood \033[0m  " in output.read(65536)


def test_wrong_use(room):
    settings(room, "tool echo")

    def run(*words, text="{}"):
        return subprocess.run([program_path("gatehouse"), "policy", *words], input=text, env=environment(), capture_output=True, text=True, timeout=30)

    shown = run("--help")
    assert shown.returncode == 0 and "--as TOKEN|CLAIMS" in shown.stdout
    good = ["-c", room.config, "--as", "-"]
    assert run(*good, "echo").returncode == 0
    for words in ([], ["echo"], good, [*good, "echo", "second"], [*good, "echo", "--prompt", "x"], [*good, "--prompt"], [*good, ""], [*good, "--frobnicate", "x"],
                  [*good, "--method", "tools/call"], [*good, "--method", "resources/read"], [*good, "--method", "TOOLS/LISt", "x"], [*good, "--method", "Tools/call"], [*good, "--method", "a b"], [*good, b"\xff"], [*good, "echo", "--arguments", "[]"],
                  [*good, "echo", "--arguments"], ["-c", "/nowhere/at/all", "--as", "-", "echo"], ["-c", room.config, "--as", "/tmp", "echo"]):
        done = run(*words)
        assert done.returncode == 100 and done.stderr and done.stdout == "", (words, done)
    for text in ("", "[]", "x.y", "x.y.z", "{}{}", '{"a": 1, "a": 2}', "{" * 200):
        done = run(*good, "echo", text=text)
        assert done.returncode == 100 and "--as needs" in done.stderr, (text, done)


def test_settings_that_can_not_be_used(room):
    for rules, expected in (("rule 'mcp.tool.name =='", "in this condition"), ("tool", "expected")):
        settings(room, rules)
        done = policy(room, {}, "echo")
        assert done.returncode == 100 and expected in done.stderr and f"{room.config}:" in done.stderr, done


@pytest.fixture(scope="module")
def examples():
    """The settings in docs/tool-rules.md."""
    found = re.findall(r"^```gatehouse\n(.*?)^```$", (ROOT / "docs/tool-rules.md").read_text(), re.S | re.M)
    assert len(found) == 4
    return found


def verdicts(room, rules, asked):
    """What it says of each (claims, tool): 0 or 1, and the scopes of the challenge."""
    room.settings(rules)
    results = []
    for claims, tool in asked:
        done = policy(room, claims, tool)
        assert done.returncode in (0, 1), done
        scopes = re.search(r'WWW-Authenticate: .*scope="([^"]*)"', done.stdout)
        results.append((done.returncode, scopes and scopes.group(1)))
    return results


def test_the_examples_of_the_page_do_what_it_says(room, examples):
    staff = {"scope": "mcp:use", "groups": ["staff"]}
    reader, editor = {**staff, "scope": "mcp:use notes:read"}, {**staff, "scope": "mcp:use notes:write"}
    home = {"scope": "mcp:use home", "groups": ["staff", "household"]}
    assert verdicts(room, examples[0], [
        (staff, "notes.read"), (reader, "notes.read"), (editor, "notes.read"), (reader, "notes.write"), (home, "home.light"), (home, "home.reset"),
        ({**home, "groups": ["staff"]}, "home.light"), (reader, "rm"), ({**reader, "groups": ["guests"]}, "notes.read"), ({**reader, "scope": "x"}, "notes.write"),
    ]) == [(1, "mcp:use notes:read"), (0, None), (0, None), (1, "mcp:use notes:write notes:read"), (0, None), (1, None), (1, None), (1, None), (1, None),
           (1, "mcp:use notes:write")]
    mail = {"email": "a@example.com", "email_verified": True}
    assert verdicts(room, examples[1], [
        ({"scope": "notes:read"}, "search"), ({"scope": "notes:readonly"}, "search"), ({"realm_access": {"roles": ["household"]}}, "home.x"), ({}, "home.x"),
        ({**mail, "scope": "admin"}, "reset"), (mail, "reset"), ({**mail, "email_verified": False, "scope": "admin"}, "reset"),
    ]) == [(0, None), (1, None), (0, None), (1, None), (0, None), (1, "admin"), (1, None)]


def test_rules_of_agentgateway_can_be_pasted(room, examples):
    tools = ("obsidian.search", "obsidian.read", "obsidian.write", "obsidian.delete", "home.light", "home", "other")
    table = {"read:notes": (0, 0, 1, 1, 1, 1, 1), "write:notes": (1, 1, 0, 0, 1, 1, 1), "read:notes execute:home": (0, 0, 1, 1, 0, 1, 1), "": (1,) * 7}
    for scope, expected in table.items():
        asked = [({"scope": scope}, tool) for tool in tools]
        pasted, blocks = verdicts(room, examples[2], asked), verdicts(room, examples[3], asked)
        assert [code for code, _ in pasted] == [code for code, _ in blocks] == list(expected), scope
        assert all(challenge is None for _, challenge in pasted)
        assert [challenge for code, challenge in blocks if code][-2:] == [None, None]
    # The one is a search in a text, the other a comparison of scopes.
    asked = [({"scope": "read:notes:titles"}, "obsidian.read")]
    assert verdicts(room, examples[2], asked) == [(0, None)] and verdicts(room, examples[3], asked) == [(1, "read:notes")]
