"""Sessions of older revisions (Mcp-Session-Id): bound to the one who used them first."""

import concurrent.futures
import itertools
import json

import pytest
from conftest import ISSUER, RESOURCE

from support.processes import until

SESSION = "Mcp-Session-Id"
OTHER = "https://mcp.example.com/other"


@pytest.fixture
def bound(room):
    room.settings(f"bind_sessions on\nallow any\nissuer {ISSUER} {{ keys_file {room.keys}; audience {RESOURCE}; }}\nresource {RESOURCE} {{\n}}\n"
                  f"resource {OTHER} {{\n}}\nresource https://mcp.example.com/free {{\n\tbind_sessions off\n}}\n")
    return room


def use(room, token, session="session-1", **more):
    return room.check(token, headers=[(SESSION, session)], **more)


def test_HD_17_a_session_belongs_to_who_used_it_first(bound, way):
    alice, bob = bound.token(), bound.token(sub="bob")
    assert use(bound, alice, way=way).status == 200
    refused = use(bound, bob, way=way)
    assert refused.status == 404 and refused.header("WWW-Authenticate") is None and refused.all("Remote-User") == []
    assert json.loads(refused.body)["error"] == "session_not_found" and refused.header("Cache-Control") == "no-store"
    # Another token or client of the same person will do; another session too; and none at all.
    assert use(bound, bound.token(jti="other", client_id="client-2"), way=way).status == 200
    assert use(bound, bob, "session-2", way=way).status == 200 and use(bound, alice, "session-2", way=way).status == 404
    assert bound.check(bob, way=way).status == 200


def test_HD_17_the_audit_says_so_and_nobody_writes_the_id_down(bound):
    use(bound, bound.token(), "a-secret-session")
    use(bound, bound.token(sub="bob"), "a-secret-session")
    lines = bound.log()
    assert "reason=\"session_of_another\" status=404" in lines and "subject=\"bob\"" in lines
    assert "a-secret-session" not in lines
    assert not [file for file in bound.state.iterdir() if b"a-secret-session" in file.read_bytes()]


def test_HD_17_the_same_subject_of_another_issuer_or_resource_is_another(bound):
    assert use(bound, bound.token()).status == 200
    assert use(bound, bound.token(sub="bob"), target="/other").status == 200
    assert use(bound, bound.token(), target="/other").status == 404


def test_HD_17_off_unless_said(bound, room):
    for person in ("alice", "bob"):
        assert use(room, room.token(sub=person), target="/free").status == 200
    assert room.check(room.token(), headers=[(SESSION, "a b")], target="/free").status == 200


@pytest.mark.parametrize("headers", [
    [(SESSION, "a"), (SESSION, "a")], [(SESSION, "a"), (SESSION, "")], [(SESSION, "a, b")], [(SESSION, "a,b")], [(SESSION, "a b")],
    [(SESSION, "ä")], [(SESSION, "a\tb")], [(SESSION, "a" * 1025)], [(SESSION, " ")],
])
def test_HD_07_HD_17_one_header_of_visible_ascii(bound, headers):
    answer = bound.check(bound.token(), headers=headers)
    assert answer.status == 400 and "or is malformed" in answer.body.decode()


def test_HD_17_the_longest_id_and_an_empty_one(bound):
    alice, bob = bound.token(), bound.token(sub="bob")
    assert use(bound, alice, "!~" * 512).status == 200 and use(bound, bob, "!~" * 512).status == 404
    assert use(bound, alice, "").status == 200 and use(bound, bob, "").status == 200


def test_HD_17_whoever_is_refused_takes_no_session(bound):
    for token in ("x", bound.token(aud="https://elsewhere.example"), bound.token(exp=1)):
        assert use(bound, token).status == 401
    assert use(bound, bound.token()).status == 200
    # Nor is a session of one's own a credential.
    assert bound.check(headers=[(SESSION, "session-1")]).status == 401


def test_HD_17_a_limit_that_is_reached_takes_no_session_but_anothers_is_found_first(room):
    room.settings(f"bind_sessions on\nrate 1/day\nallow any\nissuer {ISSUER} {{ keys_file {room.keys}; }}\nresource {RESOURCE} {{\n}}\n")
    alice, bob = room.token(), room.token(sub="bob")
    assert use(room, bob, "bobs").status == 200
    assert use(room, bob, "fresh").status == 429
    assert use(room, alice, "fresh").status == 200
    assert use(room, bob, "fresh").status == 404


def test_HD_17_all_processes_agree_and_a_restart_forgets_nothing(bound):
    bound.program("auth-check", processes=4)
    people = [bound.token(sub=f"person-{i}") for i in range(8)]
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        for number in range(12):
            answers = list(pool.map(lambda token: use(bound, token, f"contested-{number}").status, people * 2))
            assert sorted(answers) == [200] * 2 + [404] * 14 and answers[:8] == answers[8:]
    winner = next(token for token in people if use(bound, token, "contested-0").status == 200)
    bound.running.pop("auth-check").stop()
    assert use(bound, winner, "contested-0").status == 200
    assert [use(bound, token, "contested-0").status for token in people if token != winner] == [404] * 7


def test_HD_17_it_can_be_switched_on_while_running(room):
    alice, bob = room.token(), room.token(sub="bob")
    assert use(room, alice).status == use(room, bob).status == 200
    room.settings(f"bind_sessions on\nallow any\nissuer {ISSUER} {{ keys_file {room.keys}; }}\nresource {RESOURCE} {{\n}}\n")
    # Each time another one: what bob used first, between the two, is his.
    fresh = (f"fresh-{number}" for number in itertools.count())
    until(lambda: use(room, alice, session := next(fresh)).status == 200 and use(room, bob, session).status == 404, "sessions are bound")
