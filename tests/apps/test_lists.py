"""The operator's files beside the settings: deny list and user map. A change counts within a second; a slip lets nobody in."""

import base64
import hashlib
import json
import time

import pytest
from conftest import ISSUER, RESOURCE

from support.processes import until
from support.tokens import key_set

OTHER = "https://other.example"


def gate(room, more="", rules="allow any"):
    room.settings(f"log_format json\n{more}\nissuer {ISSUER} {{ keys_file {room.keys}; }}\nissuer {OTHER} {{ keys_file {room.keys}; }}\nresource {RESOURCE} {{ issuer {ISSUER}; {rules}; rate off; }}\n")


def digest(token):
    return "sha256:" + hashlib.sha256(token.encode()).hexdigest()


DENIALS = {
    "subject": (lambda token: "subject alice", 403), "client": (lambda token: "client client-1", 403), "jti": (lambda token: "jti id-1", 401),
    "grant": (lambda token: f"grant grant-1 from {ISSUER}", 401), "token": (lambda token: f"token {digest(token)}", 401),
}


@pytest.mark.parametrize("kind", DENIALS)
def test_DC_01_PO_01_a_line_of_the_deny_list_counts_within_a_second(room, kind):
    line, status = DENIALS[kind]
    denied = room.directory / "denied"
    denied.write_text("# nobody\n")
    gate(room, f"deny_list {denied}")
    token = room.token(jti="id-1", grant_id="grant-1")
    room.program("auth-check", processes=2)
    assert {room.check(token).status for _ in range(6)} == {200}
    denied.write_text(f"{line(token)}   # a reason\n")
    changed = time.monotonic()
    until(lambda: room.check(token).status == status, "the line counts")
    time.sleep(max(0, changed + 1.1 - time.monotonic()))  # the second that is promised
    assert {room.check(token).status for _ in range(12)} == {status}
    other = room.token(sub="bob", jti="id-2", grant_id="grant-2", client_id="client-2")
    assert room.check(other).status == 200
    denied.write_text("")
    until(lambda: {room.check(token).status for _ in range(6)} == {200}, "it counts no longer")


def test_DC_01_lines_for_another_issuer_or_another_time_say_nothing(room):
    denied = room.directory / "denied"
    denied.write_text(f"subject alice from {OTHER}\nclient client-1 until 2020-01-01\njti id-1 from {OTHER} until 2030-01-01\n")
    gate(room, f"deny_list {denied}")
    assert room.check(room.token(jti="id-1")).status == 200


def test_DC_01_the_good_lines_of_a_broken_deny_list_count(room):
    denied = room.directory / "denied"
    denied.write_text("subject bob\n")
    gate(room, f"deny_list {denied}")
    assert room.check(room.token()).status == 200
    denied.write_text('sabject carol\nsubject alice\ntoken abc\nsubject "open\n')
    until(lambda: room.check(room.token()).status == 403, "the good line counts")
    assert f"{denied}:1: found sabject, expected subject" in room.log() and f"{denied}:3: found token" in room.log()
    # A list that is gone is no empty list.
    denied.unlink()
    until(lambda: room.check(room.token()).status == 403 and room.log().count("list_refused") >= 4, "it is told")
    assert room.check(room.token()).status == 403
    assert "the lines read before stay in force" in room.log()


def test_a_list_counts_once_its_rights_are_mended(room):
    denied = room.directory / "denied"
    denied.write_text("subject bob\n")
    gate(room, f"deny_list {denied}")
    assert room.check(room.token()).status == 200
    denied.chmod(0o666)
    denied.write_text("subject alice\n")
    until(lambda: room.check(room.token()) is not None and "chmod o-w" in room.log(), "it is told")
    assert room.check(room.token()).status == 200
    denied.chmod(0o644)
    until(lambda: room.check(room.token()).status == 403, "the line counts")


@pytest.mark.parametrize("name, content, expected", [
    ("deny_list", "subject alice from https://idp.exmaple\n", "expected an issuer of the settings after from"),
    ("user_map", "subject alice from https://idp.exmaple is alice\n", "expected an issuer of the settings after from"),
    ("deny_list", "sabject alice\n", "found sabject, expected subject, client, jti, grant or token"), ("deny_list", None, "No such file"),
    ("user_map", "subject alice is al\n", "VALUE from ISSUER is NAME"), ("user_map", None, "No such file"), ("api_keys", "x y\n", "sha256:"),
])
def test_SEC_15_a_broken_list_is_no_start(room, name, content, expected):
    import subprocess

    from support.processes import environment
    from support.programs import program_path
    file = room.directory / "list"
    if content is not None:
        file.write_text(content)
        file.chmod(0o600)
    gate(room, f"{name} {file}")
    done = subprocess.run([program_path("auth-check"), "-t", "-c", room.config], env=environment(), capture_output=True, text=True, timeout=30)
    assert done.returncode == 100 and expected in done.stderr and str(file) in done.stderr, done


def people(room, *lines):
    file = room.directory / "people"
    file.write_text("".join(f"{line}\n" for line in lines))
    return file


def test_the_user_map_gives_the_local_name(room):
    file = people(room, f"subject alice from {ISSUER} is 'al ice'", f"email Bob@Example.com from {ISSUER} is bob", f"subject carol from {OTHER} is carol")
    gate(room, f"user_map {file}")
    assert room.check(room.token()).header("Remote-User") == "al ice"
    assert room.check(room.token()).header("Remote-Subject") == "alice"
    assert room.check(room.token(sub="b", email="bob@example.COM", email_verified=True)).header("Remote-User") == "bob"
    audit = [json.loads(line) for line in room.log().splitlines() if '"event":"decision"' in line]
    assert audit[0]["user"] == "al ice" and audit[0]["subject"] == "alice"


def test_CL_16_an_unverified_address_or_another_issuer_maps_nobody(room):
    file = people(room, f"email bob@example.com from {ISSUER} is bob", f"subject carol from {OTHER} is carol")
    gate(room, f"user_map {file}")
    for claims in ({"email": "bob@example.com"}, {"email": "bob@example.com", "email_verified": False}, {"sub": "carol"}, {"sub": "bob"}):
        refused = room.check(room.token(**claims))
        assert refused.status == 403 and refused.header("WWW-Authenticate") is None, claims


def test_who_is_not_mapped_may_keep_the_name_of_the_claim(room):
    gate(room, f"user_map {people(room, f'subject alice from {ISSUER} is al')}\nunmapped_users claim")
    assert room.check(room.token()).header("Remote-User") == "al"
    assert room.check(room.token(sub="bob")).header("Remote-User") == "bob"


def test_a_changed_user_map_counts_and_a_broken_one_does_not(room):
    file = people(room, f"subject alice from {ISSUER} is al")
    gate(room, f"user_map {file}")
    assert room.check(room.token()).header("Remote-User") == "al"
    people(room, f"subject alice from {ISSUER} is ally")
    until(lambda: room.check(room.token()).header("Remote-User") == "ally", "the new name")
    people(room, f"subject alice from {ISSUER} is one", f"subject alice from {ISSUER} is two")
    until(lambda: "list_refused" in room.log() or room.check(room.token()) is None, "it is told")
    assert room.check(room.token()).header("Remote-User") == "ally"


# The orders of the groups of P-256, P-384 and P-521.
ORDERS = {"ES256": 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551,
          "ES384": 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973,
          "ES512": (1 << 521) - 0x5ae79787c40d069948033feb708f65a2fc44a36477663b851449048e16ec79bf7}


def twin(token, order):
    """The same ECDSA token with the other signature that verifies, (r, n - s) in place of (r, s): its holder can write it so."""
    head, _, signature = token.rpartition(".")
    both = base64.urlsafe_b64decode(signature + "==")
    half = len(both) // 2
    other = both[:half] + (order - int.from_bytes(both[half:], "big")).to_bytes(half, "big")
    return head + "." + base64.urlsafe_b64encode(other).rstrip(b"=").decode()


@pytest.mark.parametrize("algorithm", ORDERS)
def test_DC_01_a_signed_token_can_not_be_written_another_way(room, maker, algorithm):
    key = maker.key(algorithm, "key-2")
    room.keys.write_text(json.dumps(key_set(key)))
    denied = room.directory / "denied"
    denied.write_text("")
    token = room.token(key=key)
    other = twin(token, ORDERS[algorithm])
    gate(room, f"deny_list {denied}")
    assert other != token and [room.check(one).status for one in (token, other)] == [200, 200]
    denied.write_text(f"token {digest(token)}\n")
    until(lambda: room.check(token).status == 401, "the line counts")
    assert room.check(other).status == 401
    assert room.check(room.token(sub="bob", key=key)).status == 200
