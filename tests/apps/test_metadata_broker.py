"""authorization-server-metadata and protected-resource-metadata of our own authorization server."""

import json

import pytest
from conftest import RESOURCE

from support.broker import GATE, HOST, broker
from support.credentials import secret_file
from support.scripted_provider import ScriptedProvider
from support.tokens import key_set
from test_server_metadata import OPENID, PROGRAM, WELL_KNOWN


@pytest.fixture
def provider(key):
    with ScriptedProvider() as running:
        running.behave(key_set(key), pushed_authorization_request_endpoint=f"{running.url}/par", device_authorization_endpoint=f"{running.url}/device",
                       require_pushed_authorization_requests=True, code_challenge_methods_supported=["plain"], scopes_supported=["foreign"],
                       authorization_response_iss_parameter_supported=False)
        yield running


@pytest.fixture
def gate(room, provider):
    def settings(more="", login=""):
        room.settings("dev on\n" + broker(provider.url, RESOURCE, more, login).replace(GATE, "https://localhost").replace(RESOURCE, "http://localhost/mcp"))
        room.running.clear()
    settings()
    room.gate = settings
    return room


def published(room, target=WELL_KNOWN, **more):
    answer = room.ask(PROGRAM, target, host="localhost", **more)
    assert answer.status == 200, answer
    return json.loads(answer.body)


def test_ISS_01_ASM_01_ASM_02_ASM_04_ASM_17_the_document_is_ours(gate, way):
    document = published(gate, way=way)
    assert document["issuer"] == "https://localhost" and document["authorization_endpoint"] == "https://localhost/oauth/authorize"
    assert document["token_endpoint"] == "https://localhost/oauth/token" and document["jwks_uri"] == "https://localhost/oauth/jwks"
    assert document["registration_endpoint"] == "https://localhost/oauth/register" and document["revocation_endpoint"] == "https://localhost/oauth/revoke"
    assert document["response_types_supported"] == ["code"] and document["response_modes_supported"] == ["query"]
    assert document["code_challenge_methods_supported"] == ["S256"] and document["scopes_supported"] == ["mcp:read", "offline_access"]
    assert document["authorization_response_iss_parameter_supported"] is True and document["client_id_metadata_document_supported"] is True
    # The string that the resource names is the same, byte for byte.
    resource = json.loads(gate.ask("protected-resource-metadata", "/.well-known/oauth-protected-resource/mcp", host="localhost", way=way).body)
    assert resource["authorization_servers"] == [document["issuer"]]


def test_ASM_13_nothing_of_the_providers_document_is_in_ours(gate, provider, way):
    for target in (WELL_KNOWN, OPENID):
        text = json.dumps(published(gate, target, way=way))
        assert provider.url not in text and "pushed" not in text and "device" not in text and "foreign" not in text
    # It is not even asked.
    assert provider.count() == 0


def test_ASM_13_the_document_is_there_while_the_provider_is_down(gate, provider):
    provider.stop()
    assert published(gate)["issuer"] == "https://localhost"


def test_DISC_01_DISC_04_both_places_have_it(gate, way):
    openid = published(gate, OPENID, way=way)
    assert {name: openid[name] for name in published(gate)} == published(gate)
    assert openid["subject_types_supported"] and openid["id_token_signing_alg_values_supported"]
    for target in (f"{WELL_KNOWN}/mcp", f"{WELL_KNOWN}/", f"/mcp{OPENID}", f"{OPENID}/mcp"):
        assert gate.ask(PROGRAM, target, host="localhost", way=way).status == 404, target
    assert gate.ask(PROGRAM, WELL_KNOWN, "POST", host="localhost", way=way).status == 405


def test_ISS_02_nobody_elses_host_has_it(gate):
    for host in ("127.0.0.1", "mcp.example.com", HOST):
        for target in (WELL_KNOWN, OPENID):
            assert gate.ask(PROGRAM, target, host=host).status == 404


def test_ASM_08_ASM_09_ASM_10_ASM_14_the_settings_say_what_is_offered(gate):
    document = published(gate)
    assert document["grant_types_supported"] == ["authorization_code", "refresh_token"] and document["token_endpoint_auth_methods_supported"] == ["none"]
    secret = secret_file(gate.directory / "secret", "s3cret-of-a-client")
    gate.gate(f"cimd off\nrefresh_tokens off\nclient back {{ redirect_uri https://back.example/cb; client_secret_file {secret}; }}")
    document = published(gate)
    assert "client_id_metadata_document_supported" not in document and document["grant_types_supported"] == ["authorization_code"]
    assert document["token_endpoint_auth_methods_supported"] == ["none", "client_secret_basic", "client_secret_post"]
    assert document["scopes_supported"] == ["mcp:read"] and "back" not in json.dumps(document)
    gate.gate("as_scopes one two")
    assert published(gate)["scopes_supported"] == ["one", "two"]


def test_BK_15_our_public_keys_are_where_it_says(gate, way):
    from support.programs import run_command
    place = published(gate)["jwks_uri"].removeprefix("https://localhost")
    assert gate.ask("protected-resource-metadata", place, host="localhost", way=way).status == 503
    assert run_command("gatehouse", "keys", "init", "-c", gate.config).returncode == 0
    keys = json.loads(gate.ask("protected-resource-metadata", place, host="localhost", way=way).body)["keys"]
    assert len(keys) == 2 and all(key["kty"] == "EC" and "d" not in key for key in keys)
    assert gate.ask("protected-resource-metadata", place, host="other.example", way=way).status == 404
