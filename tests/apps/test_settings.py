"""What refuses to start, and what it says: programs with -t, and `gatehouse check`."""

import os

import pytest
from conftest import ISSUER, RESOURCE

from support.credentials import secret_file
from support.programs import run_command
from support.scripted_provider import ScriptedProvider
from support.tokens import key_set


def start(room, program="auth-check", *words, **variables):
    verb = ["check"] if program == "gatehouse" else []
    return run_command(program, *verb, *words, "-c", room.config, **variables)


def refusal(room, text, program="auth-check"):
    """The message that refuses these settings; it names file, line, column, what was found and what was expected."""
    room.settings(text)
    done = start(room, program, "-t")
    assert done.returncode == 100, done
    assert f"{room.config}:" in done.stderr and "found" in done.stderr and "expected" in done.stderr, done.stderr
    return done.stderr


def test_good_settings_pass(room):
    for program in ("auth-check", "protected-resource-metadata", "authorization-server-metadata", "client-registration"):
        assert start(room, program, "-t").returncode == 0
        assert start(room, program, "--help").stdout.startswith(program)
        assert start(room, program, "--version").returncode == 0


def test_verbs_say_their_version_and_a_wrong_word_what_was_meant(room):
    version = run_command("gatehouse", "--version").stdout
    for verb in ("check", "explain", "grants", "key", "keys", "policy", "token"):
        done = run_command("gatehouse", verb, "--version")
        assert done.returncode == 0 and done.stdout == version and version.startswith("gatehouse "), done
        told = run_command("gatehouse", verb, "--help").stdout
        assert verb == "token" or ("As root it" in told and "111 system" in told.replace("\n", " ")), told
    for word, meant in (("grnts", "; did you mean grants? Or try --help"), ("chek", "; did you mean check?"), ("frobnicate", "; try --help")):
        done = run_command("gatehouse", word)
        assert done.returncode == 100 and f'found "{word}", expected a verb{meant}' in done.stderr and len(done.stderr.splitlines()) == 1, done
    done = run_command("gatehouse", "frobnicate", "--version")
    assert done.returncode == 100 and 'found "frobnicate", expected a verb' in done.stderr and done.stdout == "", done
    assert run_command("gatehouse").returncode == 100


@pytest.mark.parametrize("issuer", ["https://h.example/x?y", "https://h.example/x#y", "https://u@h.example/", "http://h.example/",
                                    "https://login.example/{tenantid}/v2.0", "h.example", "ftp://h.example"])
def test_ISS_03_issuers_are_plain_https(room, issuer):
    assert "2:8" in refusal(room, f'issuer "{issuer}"\nresource {RESOURCE} {{ allow any; }}\n')


@pytest.mark.parametrize("issuer", ["https://MCP.example.com", "https://mcp.example.com:443", "https://mcp.example.com/a/../b", "https://mcp.example.com/as"])
def test_ISS_04_the_published_issuer_is_in_its_normal_form(room, issuer):
    refusal(room, f"authorization_server facade\npublic_issuer {issuer}\nissuer {ISSUER} {{ provider_iss none; }}\nresource {RESOURCE} {{ allow any; }}\n")


def test_ISS_08_facade_needs_the_operators_word(room):
    assert "provider_iss" in refusal(room, f"authorization_server facade\npublic_issuer https://mcp.example.com\nissuer {ISSUER}\nresource {RESOURCE} {{ allow any; }}\n")


@pytest.mark.parametrize("resource", ["https://mcp.example.com:443/mcp", "https://mcp.example.com/mcp#x", "http://mcp.example.com/mcp", "https://MCP.example.com/mcp",
                                      "https://mcp.example.com/a/../mcp", "https://mcp.example.com/mcp?x=1"])
def test_PRM_04_the_resource_is_in_its_normal_form(room, resource):
    refusal(room, f'issuer {ISSUER}\nresource "{resource}" {{ allow any; }}\n')


def with_resource(room, resource):
    room.settings(f"issuer {ISSUER} {{ keys_file {room.keys}; }}\nresource {resource} {{ allow any; }}\n")
    return start(room, "gatehouse", "--offline")


def test_PRM_03_PRM_05_RG_19_check_says_what_people_type(room):
    said = with_resource(room, "https://mcp.example.com")
    assert said.returncode == 0 and "connect their MCP client to https://mcp.example.com\n" in said.stdout
    assert "is written with and without a closing slash" in said.stdout
    assert "closing slash" not in with_resource(room, RESOURCE).stdout


@pytest.mark.parametrize("audience", ["*", "account", "https://graph.microsoft.com", "00000003-0000-0000-c000-000000000000", "https://idp.example.net/userinfo"])
def test_AUD_04_SEC_04_audiences_of_others(room, audience):
    refusal(room, f'issuer {ISSUER} {{ audience "{audience}"; }}\nresource {RESOURCE} {{ allow any; }}\n')


def test_CL_03_no_setting_accepts_any_audience(room):
    for text in ('audience ""', "audience", "audience any *"):
        refusal(room, f"issuer {ISSUER} {{ {text}; }}\nresource {RESOURCE} {{ allow any; }}\n")


def test_an_empty_allow_list_is_refused(room):
    assert "allow any" in refusal(room, f"issuer {ISSUER}\nresource {RESOURCE}\n")


def test_RG_07_dangerous_redirect_uris_are_never_listed(room):
    for uri in ("javascript:alert(1)", "http://app.example/cb", "data:text/html,x"):
        refusal(room, f'authorization_server augment\nissuer {ISSUER} {{ provider_metadata https://p.example/x; client_id c; redirect_uri "{uri}"; }}\n'
                      f"resource {RESOURCE} {{ allow any; }}\n")


@pytest.mark.parametrize("program", ["auth-check", "authorize", "token", "client-registration", "protected-resource-metadata", "authorization-server-metadata"])
@pytest.mark.parametrize("line, words", [("redirect_preset claud", 'found "claud", expected claude or chatgpt or '), ("redis 127.0.0.1:port", 'found "127.0.0.1:port", expected HOST'),
                                         ("login_scopes profile", "found login_scopes without openid")])
def test_what_one_program_needs_is_judged_by_all(room, program, line, words):
    assert words in refusal(room, f"{line}\nauthorization_server broker\npublic_issuer https://mcp.example.com\nissuer {ISSUER} {{ client_id c; }}\n"
                                  f"resource {RESOURCE} {{ allow any; }}\n", program)


def with_secret(room, mode=0o600):
    secret = secret_file(room.directory / "secret", "s3cret-Value_1", mode=mode)
    room.settings(f"authorization_server augment\nissuer {ISSUER} {{ provider_metadata https://p.example/x; client_id app; client_secret_file {secret}; }}\n"
                  f"resource {RESOURCE} {{ allow any; }}\n")
    return secret


def test_RG_12_a_secret_without_a_gate_is_told(room):
    with_secret(room)
    done = start(room, "client-registration", "-t")
    assert done.returncode == 0 and "registration_token_file" in done.stdout


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o620, 0o602])
def test_secrets_that_others_can_read_or_write(room, mode):
    secret = with_secret(room, mode)
    done = start(room, "client-registration", "-t")
    assert done.returncode == 100 and str(secret) in done.stderr and "chmod" in done.stderr
    assert "s3cret" not in done.stderr


def test_settings_that_anyone_can_write(room):
    room.config.chmod(0o666)
    done = start(room, "auth-check", "-t")
    assert done.returncode == 100 and "chmod" in done.stderr


def test_a_state_directory_that_others_can_enter(room):
    os.chmod(room.state, 0o755)
    done = start(room, "gatehouse", "--offline")
    assert done.returncode == 1 and str(room.state) in done.stdout and "chmod" in done.stdout


def test_unknown_variable(room):
    done = start(room, "auth-check", "-t", GATEHOUSE_RAET="5/min")
    assert done.returncode == 100 and "GATEHOUSE_RAET" in done.stderr
    assert start(room, "auth-check", "-t", GATEHOUSE_RATE="5/min").returncode == 0


def test_wrong_use(room):
    assert run_command("auth-check", "--frobnicate").returncode == 100
    assert run_command("gatehouse", "frobnicate").returncode == 100


def check_against(room, provider, settings=""):
    room.settings(f"dev on\nissuer {provider.url} {{ {settings} }}\nresource http://127.0.0.1:8080/mcp {{ require_scopes mcp:read; allow any; }}\n")
    return start(room, "gatehouse")


def test_DISC_13_CH_12_check_looks_at_the_providers_document(room, key):
    with ScriptedProvider() as provider:
        provider.behave(key_set(key), scopes_supported=["openid"])
        said = check_against(room, provider)
        assert said.returncode == 0, said.stdout
        assert "mcp:read" in said.stdout and "with `client_id`, or `authorization_server broker`" in said.stdout
        for changes, word in (({"code_challenge_methods_supported": ["plain"]}, "s256`, or `authorization_server broker`"), ({"response_types_supported": ["token"]}, "code"),
                              ({"issuer": provider.url + "/"}, "slash")):
            provider.behave(key_set(key), **changes)
            said = check_against(room, provider)
            assert said.returncode == 1 and word in said.stdout, said.stdout


def test_check_tells_what_a_provider_does_wrong(room, key):
    with ScriptedProvider() as provider:
        provider.behave({"keys": []})
        assert check_against(room, provider).returncode == 1
    said = check_against(room, provider)
    assert said.returncode == 1 and provider.url in said.stdout
