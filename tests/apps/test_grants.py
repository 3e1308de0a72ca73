"""gatehouse grants, and the keys that seal: gatehouse keys seal."""

import json
import os

import pytest
from grants import MCP, SECRET, UPSTREAM, claims_of, desk, provider  # noqa: F401

from support.credentials import register
from support.processes import until
from support.programs import run_command


class Tool:
    def __init__(self, desk):
        self.desk = desk

    def run(self, *words, verb="grants"):
        done = run_command("gatehouse", verb, *words, "-c", self.desk.room.config)
        assert "Sanitizer" not in done.stderr, done.stderr
        for line in (self.desk.room.state / "seal.keys").read_text().splitlines() if (self.desk.room.state / "seal.keys").exists() else ():
            register(line.split()[1], "seal key")
        return done

    def good(self, *words, **more):
        done = self.run(*words, **more)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def list(self, *words):
        return [json.loads(line) for line in self.good("list", "--json", *words).splitlines()]


@pytest.fixture
def tool(desk):
    return Tool(desk)


def test_BK_14_who_has_allowed_what(desk, tool):
    assert tool.good("list") == "there are none\n" and tool.list() == []
    alice = claims_of(desk.tokens(client_name="No\x1b[2Jtes")["access_token"])["grant_id"]
    bob = claims_of(desk.tokens(claims={"sub": "bob"}, scope="mcp:read")["access_token"])["grant_id"]
    found = {one["id"]: one for one in tool.list()}
    assert set(found) == {alice, bob}
    since = found[alice].pop("since")
    assert since <= found[alice].pop("used") and since.endswith("Z")
    assert found[alice] == {"id": alice, "user": "alice", "client": "notes", "client_name": "No\x1b[2Jtes", "resource": MCP, "scope": "mcp:read mcp:write"}
    assert [one["id"] for one in tool.list("--user", "bob")] == [bob] and tool.list("--user", "mallory") == []
    text = tool.good("list")
    assert "\x1b" not in text and len(text.splitlines()) == 2 and f'{bob}  user "bob"  client "notes"' in text
    assert UPSTREAM not in text + json.dumps(found)


def test_BK_16_one_is_taken_back(desk, tool):
    kept, gone = desk.tokens(), desk.tokens()
    assert desk.check(gone["access_token"]).status == 200
    grant = claims_of(gone["access_token"])["grant_id"]
    assert tool.good("revoke", grant) == f"{grant} has ended\n"
    until(lambda: desk.check(gone["access_token"]).status == 401, "auth-check does not hear of it", timeout=5)
    assert desk.renew(gone["refresh_token"]).status == 400 and desk.renew(kept["refresh_token"]).status == 200
    again = tool.run("revoke", grant)
    assert again.returncode == 1 and "no such grant" in again.stderr


def test_BK_16_all_of_a_person_are_taken_back_with_the_codes(desk, tool):
    tokens = [desk.tokens() for _ in range(3)]
    other, code = desk.tokens(claims={"sub": "bob"}), desk.code()
    assert len(tool.good("revoke", "--user", "alice").splitlines()) == 3
    assert [desk.renew(one["refresh_token"]).status for one in tokens] == [400] * 3
    assert desk.redeem(code).status == 400 and desk.renew(other["refresh_token"]).status == 200
    assert tool.run("revoke", "--user", "alice").returncode == 1


def test_grants_wrong_use(desk, tool):
    for words in ((), ("revoke",), ("lists",), ("revoke", "a", "b"), ("revoke", "a", "--user", "b"), ("list", "a"), ("revoke", "a", "--json"),
                  ("list", "--user"), ("list", "--user", ""), ("list", "--all")):
        if words[-1:] == ("--user",):
            done = run_command("gatehouse", "grants", *words)
        else:
            done = tool.run(*words)
        assert done.returncode == 100 and done.stderr, words
    assert run_command("gatehouse", "grants", "--help").returncode == 0
    desk.room.settings(f"issuer https://idp.example {{ keys_file {desk.room.keys}; }}\nresource https://mcp.example.com/mcp {{ allow any; }}\n")
    assert tool.run("list").returncode == 100


def test_grants_without_store_or_keys_is_trouble(desk, tool):
    grant = claims_of(desk.tokens()["access_token"])["grant_id"]
    (desk.room.state / "seal.keys").rename(desk.room.state / "kept")
    assert tool.run("list").returncode == 111 and tool.run("revoke", "--user", "alice").returncode == 111
    (desk.room.state / "kept").rename(desk.room.state / "seal.keys")
    assert tool.good("revoke", grant)
    for file in desk.room.state.glob("store*"):
        file.unlink()
    (desk.room.state / "store").write_bytes(b"no database")
    assert tool.run("list").returncode == 111


# ---- the keys that seal --------------------------------------------------------------------------------------------

def test_BK_14_keys_that_seal_are_made_with_the_others(desk, tool):
    state = desk.room.state
    assert (state / "seal.keys").stat().st_mode & 0o777 == 0o600
    again = tool.run("init", verb="keys")
    assert again.returncode == 1 and "already" in again.stderr
    # Who had assertions before has one kind only.
    (state / "seal.keys").unlink()
    assert tool.run("seal", "list", verb="keys").returncode == 1
    assert "seals from now on" in tool.good("init", verb="keys") and (state / "seal.keys").exists()
    assert tool.run("seal", "init", verb="keys").returncode == 1
    (state / "seal.keys").unlink()
    assert "seals from now on" in tool.good("seal", "init", verb="keys")
    (state / "seal.keys").write_text("nonsense here-is-no-key-at-all\n")
    assert tool.run("seal", "init", verb="keys").returncode == 1 and (state / "seal.keys").read_text() == "nonsense here-is-no-key-at-all\n"


def test_BK_14_after_a_rotation_the_old_ones_open_until_they_are_dropped(desk, tool):
    token = desk.tokens()["refresh_token"]
    first = tool.good("seal", "list", verb="keys").split()[0]
    second = tool.good("seal", "rotate", verb="keys").split()[0]
    listed = tool.good("seal", "list", verb="keys").splitlines()
    assert listed[0].startswith(f"{second}  seals and opens, made 2") and listed[1].startswith(f"{first}  opens, made 2")
    token = json.loads(desk.renew(token).body)["refresh_token"]
    assert f"{first} is gone" in tool.good("seal", "drop", first, verb="keys")
    # What was sealed anew lives on.
    assert desk.renew(token).status == 200
    assert tool.run("seal", "drop", first, verb="keys").returncode == 1 and tool.run("seal", "drop", second, verb="keys").returncode == 1


def test_BK_16_BK_14_grants_whose_seal_key_was_dropped_are_told_and_can_be_ended(desk, tool):
    lost, gone = desk.tokens(), desk.tokens(claims={"sub": "bob"})
    ids = {claims_of(one["access_token"])["grant_id"] for one in (lost, gone)}
    key = tool.good("seal", "list", verb="keys").split()[0]
    tool.good("seal", "rotate", verb="keys")
    kept = desk.tokens()
    tool.good("seal", "drop", key, verb="keys")
    listed = tool.list()
    assert {one["id"] for one in listed if one.get("opens") is False} == ids and len(listed) == 3
    assert len(tool.list("--user", "alice")) == 2
    text = tool.good("list")
    assert "2 can't be opened with the keys of this machine. If it lacks a key that another one has, copy the keys" in text
    assert "end by themselves within 900 seconds" in text and "is gone" not in text and all(f'"{one}"  can\'t be opened\n' in text for one in ids)
    # It is true what it says.
    assert desk.renew(lost["refresh_token"]).status == 400 and desk.check(lost["access_token"]).status == desk.check(gone["access_token"]).status == 200
    assert len(tool.good("revoke", "--user", "alice").splitlines()) == 2
    tool.good("revoke", claims_of(gone["access_token"])["grant_id"])
    for one in (lost, gone, kept):
        until(lambda one=one: desk.check(one["access_token"]).status == 401, "auth-check does not hear of it", timeout=5)
    assert tool.list() == []


def test_keys_seal_wrong_use(tool):
    for words in (("seal",), ("seal", "replace"), ("seal", "drop"), ("seal", "drop", "a", "b"), ("seal", "list", "x"), ("init", "x"), ("list", "--x")):
        assert tool.run(*words, verb="keys").returncode == 100, words


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_grants_as_root_it_works_as_the_owner(desk, tool):
    grant = claims_of(desk.tokens()["access_token"])["grant_id"]
    desk.room.running.clear()
    for file in (desk.secret, desk.room.state, *desk.room.state.iterdir()):
        os.chown(file, 65534, 65534)
    for parent in desk.room.state.parents:
        if parent.stat().st_mode & 0o001 == 0 and parent != parent.parent:
            parent.chmod(parent.stat().st_mode | 0o011)
    assert [one["id"] for one in tool.list()] == [grant]
    assert all(file.stat().st_uid == 65534 for file in desk.room.state.iterdir())


def test_BK_16_explain_knows_of_grants_that_ended(desk, tool):
    token = desk.tokens()["access_token"]
    good = run_command("gatehouse", "explain", "-c", desk.room.config, "--resource", MCP, token)
    assert good.returncode == 0 and "alice may use it" in good.stdout.replace('"', ""), good.stdout
    tool.good("revoke", claims_of(token)["grant_id"])
    ended = run_command("gatehouse", "explain", "-c", desk.room.config, "--resource", MCP, token)
    assert ended.returncode == 1 and "revoked: its grant has ended" in ended.stdout, ended.stdout
    for file in desk.room.state.glob("store*"):
        file.unlink()
    (desk.room.state / "store").write_bytes(b"no database")
    unknown = run_command("gatehouse", "explain", "-c", desk.room.config, "--resource", MCP, token)
    assert unknown.returncode == 1 and "unavailable: our store" in unknown.stdout, unknown.stdout
