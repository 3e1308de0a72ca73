"""What `gatehouse check` says of a provider that differs from its preset, of endpoints, and of the operator's lists and audit log."""

import os

import pytest
from test_settings import start

from support.credentials import secret_file
from support.scripted_provider import ScriptedProvider
from support.tokens import key_set

RESOURCE = "resource http://127.0.0.1:8080/mcp { allow any; }"


def check(room, provider, settings="", top=""):
    room.settings(f"dev on\n{top}\nissuer {provider.url} {{ {settings} }}\n{RESOURCE}\n")
    return start(room, "gatehouse")


def lines(said, mark):
    return [line[5:].strip() for line in said.stdout.splitlines() if line.startswith(mark)]


def forget(room):
    """Documents are kept in the state directory and are fresh for minutes."""
    for file in room.state.iterdir():
        file.unlink()


@pytest.fixture
def secret(room):
    file = secret_file(room.directory / "secret", "s3cret-of-the-gate-1")
    return f"introspection_client gate; introspection_secret_file {file};"


@pytest.fixture
def provider():
    with ScriptedProvider() as running:
        yield running


def test_DISC_13_a_document_that_differs_from_the_preset_is_told(room, key, provider):
    provider.behave(key_set(key), authorization_response_iss_parameter_supported=True, registration_endpoint=f"{provider.url}/register")
    said = check(room, provider, "preset keycloak;")
    assert said.returncode == 0 and "preset keycloak says" not in said.stdout
    provider.behave(key_set(key))
    said = check(room, provider, "preset keycloak;")
    # Notes: what we know of a product ages, and nobody is kept out by it.
    assert said.returncode == 0
    assert "preset keycloak says that registration_endpoint is present (reported); the provider's document says otherwise: it is absent" in lines(said, "note")
    assert any("authorization_response_iss_parameter_supported is true" in line for line in lines(said, "note"))


def test_DISC_13_a_preset_of_a_product_that_has_a_slash(room, key, provider):
    provider.behave(key_set(key))
    said = check(room, provider, "preset authentik;")
    assert any("issuer ends in /" in line and provider.url in line for line in lines(said, "note"))


@pytest.mark.parametrize("endpoint", ["introspection_endpoint", "userinfo_endpoint"])
def test_DISC_13_an_endpoint_to_be_discovered_must_be_in_the_document(room, key, provider, secret, endpoint):
    settings = f"introspection_endpoint discover; {secret}" if endpoint.startswith("intro") else "userinfo_endpoint discover; userinfo_unsafe on;"
    provider.behave(key_set(key), **{endpoint: f"{provider.url}/ask"})
    said = check(room, provider, settings)
    assert said.returncode == 0 and any(f"{endpoint} {provider.url}/ask" in line for line in lines(said, "good")), said.stdout
    for changes in ({}, {endpoint: ""}, {endpoint: 7}, {endpoint: "http://192.0.2.1/ask"}):
        provider.behave(key_set(key), **changes)
        said = check(room, provider, settings)
        assert said.returncode == 1, said.stdout
        assert any(f"write `{endpoint} URL`" in line for line in lines(said, "WRONG")), said.stdout


def test_DISC_13_keys_from_a_file_don_t_hide_an_endpoint_that_is_missing(room, key, provider, secret):
    settings = f"keys_file {room.keys}; introspection_endpoint discover; {secret}"
    provider.behave(key_set(key))
    assert any("write `introspection_endpoint URL`" in line for line in lines(check(room, provider, settings), "WRONG"))
    forget(room)
    provider.behave(key_set(key), introspection_endpoint=f"{provider.url}/ask")
    assert check(room, provider, settings).returncode == 0
    provider.stop()
    forget(room)
    assert any("document can't be had" in line for line in lines(check(room, provider, settings), "WRONG"))


def test_a_private_key_that_can_t_sign_is_told(room, key, provider):
    file = room.directory / "key.pem"
    file.write_text("-----BEGIN PRIVATE KEY-----\nbm90IGEga2V5\n-----END PRIVATE KEY-----\n")
    file.chmod(0o600)
    provider.behave(key_set(key), introspection_endpoint=f"{provider.url}/ask")
    said = check(room, provider, f"introspection_endpoint discover; introspection_client gate; introspection_key_file {file};")
    assert said.returncode == 1 and any("introspection_key_file" in line for line in lines(said, "WRONG")), said.stdout


def test_lists_with_faults_are_wrong_each_with_its_line(room, key, provider):
    denied, users, keys = (room.directory / name for name in ("denied", "users", "keys"))
    provider.behave(key_set(key))
    denied.write_text("subject alice\nnobody bob\n")
    users.write_text("subject alice from https://a.example is alice\nsubject\n")
    keys.write_text("")
    keys.chmod(0o644)
    said = check(room, provider, top=f"deny_list {denied}\nuser_map {users}\napi_keys {keys}")
    assert said.returncode == 1
    wrong = lines(said, "WRONG")
    assert any(f"{denied}:2: found nobody" in line for line in wrong), wrong
    assert any(f"{users}:2: found subject" in line for line in wrong), wrong
    assert any(str(keys) in line and "chmod" in line for line in wrong), wrong
    denied.write_text("subject alice\n")
    users.write_text("")
    keys.chmod(0o600)
    assert check(room, provider, top=f"deny_list {denied}\nuser_map {users}\napi_keys {keys}").returncode == 0
    denied.unlink()
    assert any(str(denied) in line for line in lines(check(room, provider, top=f"deny_list {denied}"), "WRONG"))


def test_an_audit_log_that_can_t_be_written_is_wrong(room, key, provider):
    provider.behave(key_set(key))
    assert check(room, provider, top=f"audit_log {room.directory}/audit.log").returncode == 0
    said = check(room, provider, top=f"audit_log {room.directory}/missing/audit.log\ndeny_list {room.directory}/missing/denied")
    assert said.returncode == 1
    wrong = lines(said, "WRONG")
    assert any("audit_log" in line and "missing" in line for line in wrong) and any("denied" in line for line in wrong), wrong
    assert not os.path.exists(f"{room.directory}/audit.log")


def test_conditions_that_can_t_be_used_are_wrong_and_doubtful_ones_are_told(room, key, provider, monkeypatch):
    provider.behave(key_set(key))

    def with_rules(rules):
        monkeypatch.setitem(globals(), "RESOURCE", f"resource http://127.0.0.1:8080/mcp {{\nallow any\n{rules}\n}}")
        return check(room, provider)
    said = with_rules("rule 'mcp.tool.name == \"a\" && jwt.sub == \"alice\"'")
    assert said.returncode == 0 and not any("in this condition" in line or "jwt.scope" in line for line in lines(said, "note")), said.stdout
    said = with_rules("rule 'mcp.tool.name =='\ntool x { when 'nobody.knows'; }")
    assert said.returncode == 1
    wrong = lines(said, "WRONG")
    assert len(wrong) == 2 and all(str(room.config) in line and "in this condition: 1:" in line for line in wrong), wrong
    said = with_rules("rule 'mcp.tool.name == \"a\" && jwt.scope.contains(\"read\")'\nrule 'mcp.tool.name == \"b\" && mcp.arguments.x == 1'")
    assert said.returncode == 0
    told = lines(said, "note")
    assert any(f"{room.config}:" in line and "searches jwt.scope as text" in line for line in told), told
    assert any(f"{room.config}:" in line and "arguments are seen only by nginx with inspect" in line for line in told), told


def test_CH_12_scopes_that_the_provider_does_not_offer_are_told_also_those_of_rules_for_tools(room, key, provider, monkeypatch):
    monkeypatch.setitem(globals(), "RESOURCE", """resource http://127.0.0.1:8080/mcp {
allow any
require_scopes mcp:use
publish_scopes mcp:use notes:read both
tool read { scope notes:read both; }
tool write { scope notes:write; }
tool lock { scope notes:write mcp:lock; }
}""")
    provider.behave(key_set(key), scopes_supported=["mcp:use", "notes:read", "mcp:lock"])
    said = check(room, provider)
    told = [line for line in lines(said, "note") if "is not among the scopes" in line]
    # Each is told once, and nobody is kept out by it: providers don't list all that they grant.
    assert said.returncode == 0 and [line.split()[1] for line in told] == ["both", "notes:write"], said.stdout
    assert "which a rule for tools asks for" in told[1] and "which a rule" not in told[0] and provider.url in told[1]
    forget(room)
    provider.behave(key_set(key))
    assert "is not among the scopes" not in check(room, provider).stdout


def test_RG_20_RG_19_the_place_where_registrations_are_passed_on_to_is_asked_without_registering(room, key, provider):
    own = f"provider_metadata {provider.url}/.well-known/openid-configuration; redirect_preset claude; redirect_uri http://127.0.0.1/own; registration_endpoint"
    augment = "authorization_server augment"
    provider.behave(key_set(key), registration_endpoint=f"{provider.url}/register")
    said = check(room, provider, f"{own} discover;", augment)
    assert said.returncode == 0, said.stdout
    assert any(f"registration_endpoint {provider.url}/register (status 404" in line for line in lines(said, "good")), said.stdout
    assert [one.method for one in provider.requests if one.path == "/register"] == ["GET"]
    told = [line for line in lines(said, "note") if "registration at" in line and "clients may use, " in line]
    assert len(told) == 2 and "claude clients may use, https://claude.ai/" in told[0] and ": clients may use, http://127.0.0.1/own:" in told[1], said.stdout
    assert all(line.endswith(": loopback, where any program on the person's machine can take its place") for line in told), told
    forget(room)
    provider.behave(key_set(key))
    assert any("write `registration_endpoint URL`" in line for line in lines(check(room, provider, f"{own} discover;", augment), "WRONG"))
    said = check(room, provider, f"{own} http://127.0.0.1:9/register;", augment)
    assert said.returncode == 1 and any("registration_endpoint http://127.0.0.1:9/register can't be reached" in line for line in lines(said, "WRONG")), said.stdout
