"""Providers that give no clear word about a token: what that is for it, and what for all others."""

import concurrent.futures

import pytest
from inquiries import HERE, INTROSPECT, OPAQUE, SECRET, USERINFO, active, ask, github, provider, settings

from support.processes import until
from support.scripted_provider import Answer


def no_verdict(room, provider):
    settings(room, provider)
    refusal = ask(room)
    assert refusal.status == 503 and refusal.header("WWW-Authenticate") is None and int(refusal.header("Retry-After")) > 0
    assert "inquiry_" in room.log() and OPAQUE not in room.log() and SECRET not in room.log()


@pytest.mark.parametrize("answer", [
    Answer(500), Answer(401, b'{"error":"invalid_client"}', {"Content-Type": "application/json"}), Answer(403), Answer(404), Answer(429),
    Answer(302, b"", {"Location": "/elsewhere"}), Answer(200, b"<html>", {"Content-Type": "text/html"}),
    Answer(200, b'{"active":true}', {"Content-Type": "text/plain"}), Answer(200, b"eyJ.e30.x", {"Content-Type": "application/token-introspection+jwt"}),
], ids=["500", "our secret is wrong", "403", "404", "429", "redirect", "page", "no JSON type", "signed"])
def test_IN_05_IN_06_CH_23_no_clear_word_is_no_verdict(room, provider, answer):
    provider.script(INTROSPECT, answer)
    no_verdict(room, provider)
    # The breaker: the next one is not even asked.
    assert ask(room, "another").status == 503 and provider.count(INTROSPECT) == 1


@pytest.mark.parametrize("body", [b'{"active":true', b'{"active":true,"active":true}', b"[true]", b" " * 1100000], ids=["half", "double", "array", "huge"])
def test_IN_05_what_one_token_can_bring_about_is_no_outage(room, provider, body):
    provider.script(INTROSPECT, Answer(200, body, {"Content-Type": "application/json"}), active())
    no_verdict(room, provider)
    assert ask(room, "another").status == 200


def test_IN_05_an_error_while_others_are_answered_is_no_outage(room, provider):
    provider.script(INTROSPECT, active(), Answer(500), active())
    settings(room, provider)
    assert [ask(room, token).status for token in ("one", "two", "another")] == [200, 503, 200]


@pytest.mark.parametrize("answer", [Answer(401), Answer(404), Answer(429)], ids=["our secret is wrong", "404", "429"])
def test_IN_05_what_is_about_us_is_an_outage_although_others_were_answered(room, provider, answer):
    provider.script(INTROSPECT, active(), answer, active())
    settings(room, provider)
    assert [ask(room, token).status for token in ("one", "two", "another")] == [200, 503, 503] and provider.count(INTROSPECT) == 2


def test_IN_05_our_own_bad_secret_is_said_aloud(room, provider):
    provider.script(INTROSPECT, Answer(401))
    settings(room, provider)
    assert ask(room).status == 503
    assert "inquiry_refused" in room.log() and "introspection_client" in room.log()


def test_IN_05_after_an_outage_the_first_answer_ends_it(room, provider):
    provider.script(INTROSPECT, Answer(500), active())
    settings(room, provider)
    assert ask(room).status == 503
    until(lambda: ask(room).status == 200, "one question in ten seconds finds it well again", timeout=30)
    assert ask(room, "another").status == 200 and provider.count(INTROSPECT) == 3
    assert "provider_answers_again" in room.log()


def test_SEC_12_a_dead_endpoint_holds_up_no_other_credential(room, provider, key):
    provider.script(INTROSPECT, provider.never())
    settings(room, provider, resource="allow any; rate off")
    known = room.token(iss=provider.url, aud=HERE)
    room.program("auth-check", processes=3)
    until(lambda: ask(room, known).status == 200 and provider.count("/jwks") == 1, "the keys are there")
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(ask, room, f"opaque-{number}") for number in range(6)]
        provider.wait_for(INTROSPECT, 2)
        # Two of three processes wait; the third does not, whoever asks.
        assert [ask(room, known).status for _ in range(20)] == [200] * 20
        assert not any(one.done() and one.result().status != 503 for one in waiting)
        assert provider.count(INTROSPECT) == 2
        provider.stop()
        assert {one.result().status for one in waiting} == {503}


@pytest.mark.parametrize("answer, status", [
    (Answer(400), 503), (Answer(404), 503), (Answer(413), 503), (Answer(429), 503), (Answer(431), 503), (Answer(body={"ok": False, "error": "invalid_auth"}), 503),
], ids=["400", "404", "413", "429", "431", "no subject"])
def test_IN_05_UI_02_a_strangers_token_does_not_stop_the_questions_about_others(room, provider, answer, status):
    provider.script(USERINFO, answer, Answer(body={"sub": "alice"}))
    settings(room, provider, "userinfo_endpoint discover; userinfo_unsafe on;", client=False)
    assert ask(room, "stranger").status == status
    assert ask(room).status == 200


@pytest.mark.parametrize("status", [400, 413, 414, 422, 431])
def test_IN_05_an_introspection_that_dislikes_one_token_is_no_outage(room, provider, status):
    provider.script(INTROSPECT, Answer(status), active())
    settings(room, provider)
    assert ask(room, "stranger").status == 503
    assert ask(room).status == 200


@pytest.mark.parametrize("answer", [Answer(429), Answer(401), Answer(body=[{"login": "x" * 1200000}])], ids=["429", "401", "huge"])
def test_IN_05_memberships_of_one_person_do_not_stop_the_questions_about_others(room, provider, answer):
    provider.script("/applications/app-1/token", Answer(body={"scopes": ["read:org"], "user": {"login": "octo", "id": 1}, "app": {"client_id": "app-1"}}))
    provider.script("/orgs", answer, Answer(body=[{"login": "example"}]))
    settings(room, provider, github(room, provider), resource="allow org example; require_scopes read:org", client=False)
    assert ask(room, "gho_stranger").status in (401, 503)
    assert ask(room, "gho_good").status == 200


def test_IN_05_a_clock_that_was_ahead_does_not_keep_the_breaker_open(room, provider):
    """A machine that starts with a wrong clock and no network, and gets both right later."""
    provider.script(INTROSPECT, Answer(500), active())
    settings(room, provider, top="address_rate off")
    assert ask(room).status == 503
    for program in room.running.values():
        program.stop()
    room.running.clear()
    table = room.state / "table"
    content = bytearray(table.read_bytes())
    for at in range(64, len(content), 16):
        slot, value = int.from_bytes(content[at:at + 8], "little"), int.from_bytes(content[at + 8:at + 16], "little")
        if slot and value:
            content[at + 8:at + 16] = (value + 86400 * 10**9).to_bytes(8, "little")
    table.write_bytes(content)
    assert ask(room).status == 200
