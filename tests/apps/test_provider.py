"""auth-check, its metadata sibling and their provider: https, new keys, lies, and many processes at once."""

import concurrent.futures
import json

import pytest

from support.certificates import Authority
from support.processes import until
from support.programs import fastcgi
from support.scripted_provider import DISCOVERY, KEYS, Answer, ScriptedProvider
from support.tokens import key_set

HERE = "https://127.0.0.1:8443/mcp"
METADATA = "/.well-known/oauth-authorization-server"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


def settings(room, provider, authority=None, more=""):
    trusted = f"ca_file {authority.certificate}\n" if authority else ""
    room.settings(f"dev on\n{trusted}authorization_server augment\n"
                  f"issuer {provider.url} {{ provider_metadata {provider.url}{DISCOVERY}; client_id app; {more} }}\nresource {HERE} {{ allow any; }}\n")


def ask(room, provider, **changes):
    return room.check(room.token(iss=provider.url, aud=HERE, **changes), host="127.0.0.1")


def test_SEC_13_JK_01_https_with_an_authority_of_ones_own(room, key, authority):
    with ScriptedProvider(tls=authority.issue()) as provider:
        provider.behave(key_set(key))
        settings(room, provider, authority)
        assert ask(room, provider).status == 200
        published = room.ask("authorization-server-metadata", METADATA, host="127.0.0.1")
        assert published.status == 200 and json.loads(published.body)["issuer"] == provider.url
        assert (provider.count(DISCOVERY), provider.count(KEYS)) == (1, 1)


@pytest.mark.parametrize("fault", ["unknown authority", "another name", "expired"])
def test_SEC_13_CH_23_a_certificate_that_proves_nothing_is_no_provider(room, key, authority, fault, tmp_path):
    pair = {"unknown authority": lambda: Authority(tmp_path / "other").issue(), "another name": lambda: authority.issue("idp.example.net", file="other"),
            "expired": lambda: authority.issue(file="expired", days=-1)}[fault]()
    with ScriptedProvider(tls=pair) as provider:
        provider.behave(key_set(key))
        settings(room, provider, authority)
        assert ask(room, provider).status == 503
        assert room.ask("authorization-server-metadata", METADATA, host="127.0.0.1").status == 503
        assert provider.requests == [] and "ertificate" in room.log()


def two_minutes_later(room):
    """The programs start anew with what was fetched two minutes ago: fresh still, but perhaps no longer complete."""
    for program in room.running.values():
        program.stop()
    room.running.clear()
    for file in room.state.glob("*.json"):
        kept = json.loads(file.read_text())
        file.write_text(json.dumps({**kept, "fetched": kept["fetched"] - 120}))
    (room.state / "table").unlink()


def test_JK_02_JK_05_a_rotated_key_works_at_once_and_the_old_one_no_longer(room, key, maker):
    fresh = maker.key("ES256", "key-2")
    with ScriptedProvider() as provider:
        provider.behave(key_set(key))
        settings(room, provider)
        assert ask(room, provider).status == 200
        two_minutes_later(room)
        room.program("auth-check", processes=4)
        assert {ask(room, provider).status for _ in range(12)} == {200} and provider.count(KEYS) == 1
        provider.script(KEYS, Answer(body=key_set(fresh)))
        assert ask(room, provider, key=fresh).status == 200
        # Each process, whatever it remembers, follows within the second in which it looks at the files once.
        until(lambda: {ask(room, provider, key=fresh).status for _ in range(8)} == {200}, "all know the new key")
        until(lambda: {ask(room, provider).status for _ in range(8)} == {401}, "none takes the old key")
        assert provider.count(KEYS) == 2


def test_JK_02_a_flood_of_unknown_keys_over_four_processes(room, key):
    with ScriptedProvider() as provider:
        provider.behave(key_set(key))
        settings(room, provider)
        assert ask(room, provider).status == 200
        two_minutes_later(room)
        socket = room.program("auth-check", processes=4).socket

        def attempt(number):
            token = room.token({"kid": f"unknown-{number}"}, iss=provider.url, aud=HERE)
            return [("REQUEST_METHOD", "POST"), ("REQUEST_URI", "/mcp"), ("SERVER_NAME", "127.0.0.1"), ("HTTP_AUTHORIZATION", f"Bearer {token}")]
        requests = [attempt(number) for number in range(60)]
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            answers = list(pool.map(lambda pairs: fastcgi(socket, pairs), requests))
        assert {answer.status for answer in answers} == {401}
        assert provider.count(KEYS) == 2 and ask(room, provider).status == 200


def test_JK_02_CH_23_an_unknown_key_is_no_verdict_while_the_provider_is_down(room, key):
    with ScriptedProvider() as provider:
        provider.behave(key_set(key))
        settings(room, provider)
        assert ask(room, provider).status == 200
        two_minutes_later(room)
        provider.stop()
        assert room.check(room.token({"kid": "key-2"}, iss=provider.url, aud=HERE), host="127.0.0.1").status == 503
        assert ask(room, provider).status == 200


def cut_off(start):
    return Answer(body=start + b" " * 200, cut=60, headers={"Content-Type": "application/json"})


@pytest.mark.parametrize("place, answer", [
    (DISCOVERY, cut_off(b'{"issuer":"')),
    (KEYS, cut_off(b'{"keys":[')),
    (KEYS, Answer(200, b"<html>", {"Content-Type": "text/html"})),
    (KEYS, Answer(302, b"", {"Location": "/elsewhere"})),
    (KEYS, Answer(200, b'{"keys":[],"keys":[]}')),
    (KEYS, Answer(500)),
], ids=["document cut off", "keys cut off", "keys are a page", "keys elsewhere", "keys twice", "keys broken"])
def test_CH_23_ASM_15_SEC_05_half_an_answer_is_none(room, key, place, answer):
    with ScriptedProvider() as provider:
        provider.behave(key_set(key))
        provider.script(place, answer)
        settings(room, provider)
        assert ask(room, provider).status == 503
        assert provider.count("/elsewhere") == 0


@pytest.mark.parametrize("jwks_uri", ["http://idp.example.net/jwks", "https://127.0.0.1@idp.example.net/jwks", "file:///etc/passwd", "gopher://127.0.0.1/x", ""])
def test_SEC_05_a_document_sends_us_nowhere_else(room, key, jwks_uri):
    with ScriptedProvider() as provider:
        provider.behave(key_set(key), jwks_uri=jwks_uri)
        settings(room, provider)
        assert ask(room, provider).status == 503
        assert provider.count() == provider.count(DISCOVERY)
