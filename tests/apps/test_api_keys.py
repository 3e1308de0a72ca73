"""API keys: gatehouse key makes and withdraws them, auth-check judges them; the real programs throughout."""

import concurrent.futures
import hashlib
import itertools
import json
import os
import re
import subprocess

import pytest
from conftest import ISSUER, RESOURCE

from support.processes import ROOT, environment, until
from support.programs import program_path

KEY = re.compile(r"ghk_[A-Za-z0-9_-]{32}")


class Keys:
    """The file of keys of a room, and the tool that looks after it."""

    def __init__(self, room):
        self.room, self.file = room, room.directory / "api-keys"

    def run(self, *words, where=None, **popen):
        done = subprocess.run([program_path("gatehouse"), "key", *map(str, words), *(where or ("-c", self.room.config))], env=environment(),
                              capture_output=True, text=True, timeout=60, check=False, **popen)
        assert "Sanitizer" not in done.stderr, done.stderr
        return done

    def make(self, *words):
        """What add or rotate prints: the key, alone on its line."""
        done = self.run(*words)
        assert done.returncode == 0, done.stderr
        key = done.stdout.removesuffix("\n")
        assert KEY.fullmatch(key) and key not in done.stderr
        return key

    def add(self, *words, owner="robot"):
        return self.make("add", "--owner", owner, *words)

    def good(self, *words):
        done = self.run(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def settings(self, rules="allow any", top="", more=""):
        self.room.settings(f"api_keys {self.file}\n{top}issuer {ISSUER} {{ keys_file {self.room.keys}; }}\n"
                           f"resource {RESOURCE} {{\n\t{rules}\n}}\n{more}")


@pytest.fixture
def keys(room):
    keys = Keys(room)
    keys.settings()
    return keys


def status(room, key, **more):
    return room.check(key, **more).status


def becomes(room, key, wanted):
    """Within a second or so, and without a restart. Each time from another address, since wrong keys from one are counted."""
    addresses = (f"198.51.{i // 250}.{i % 250 + 1}" for i in itertools.count())
    until(lambda: status(room, key, REMOTE_ADDR=next(addresses)) == wanted, f"{wanted} for a key", timeout=5)


def test_AK_01_as_bearer_with_its_prefix(room, keys):
    key = keys.add("--id", "robot-1", owner="the robot")
    answer = room.check(key)
    assert answer.status == 200 and answer.header("X-Gatehouse-Decision") == "allow"
    assert [answer.header(f"Remote-{name}") for name in ("User", "Subject", "Issuer")] == ["the robot", "key:robot-1", "api_keys"]
    assert status(room, room.token()) == 200
    for wrong in (key[:-1] + ("A" if key[-1] != "A" else "B"), key.removeprefix("ghk_"), "GHK_" + key[4:], key + "A", "ghk_"):
        assert status(room, wrong) == 401


def test_AK_01_never_in_the_url(room, keys):
    key = keys.add()
    assert room.check(target=f"/mcp?api_key={key}").status == 401
    assert room.check(target=f"/mcp?x=1&api_key={key}").status == 401
    assert room.check(target=f"/mcp?access_token={key}").status == 401
    assert room.check(key, target=f"/mcp?api_key={key}").status == 400
    assert key not in room.log()


def test_AK_01_the_header_of_its_own_only_if_it_is_on(room, keys):
    key = keys.add()
    assert room.check(headers={"X-API-Key": key}).status == 401
    assert room.check(key, headers={"X-API-Key": "something"}).status == 200  # it is the MCP server's then, not ours
    keys.settings(top="api_key_header on\n")
    until(lambda: room.check(headers={"X-API-Key": key}).status == 200, "the header counts", timeout=5)
    assert room.check(headers={"X-API-Key": key + "A"}).status == 401
    assert room.check(headers={"X-API-Key": "a b"}).status == 401


def test_AK_04_two_credentials_are_refused(room, keys):
    keys.settings(top="api_key_header on\n")
    key = keys.add()
    for authorization in (f"Bearer {key}", f"Bearer {room.token()}", "Basic YTpi"):
        assert room.check(headers=[("X-API-Key", key), ("Authorization", authorization)]).status == 400
    assert room.check(headers=[("X-API-Key", key), ("X-API-Key", key)]).status == 400
    assert room.check(headers={"X-API-Key": f"{key}, {key}"}).status == 400
    assert room.check(headers={"X-API-Key": key}).status == 200


def test_AK_02_a_file_that_others_may_read_stops_the_start(room, keys):
    keys.add()
    for mode in (0o604, 0o602, 0o620):
        keys.file.chmod(mode)
        done = subprocess.run([program_path("auth-check"), "-c", room.config], env=environment(), capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 100 and "chmod g-w,o-rwx" in done.stderr and str(keys.file) in done.stderr
        refused = keys.run("list")
        assert refused.returncode == 1 and "chmod g-w,o-rwx" in refused.stderr
    keys.file.chmod(0o640)
    done = subprocess.run([program_path("auth-check"), "-t", "-c", room.config], env=environment(), capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr


def test_AK_02_the_digest_only_is_kept(room, keys):
    key = keys.add("--scope", "mcp:read", "--group", "a group")
    text = keys.file.read_text()
    assert hashlib.sha256(key.encode()).hexdigest() in text and key not in text and key[4:] not in text
    assert keys.file.stat().st_mode & 0o7777 == 0o600
    listed = keys.good("list")
    assert "robot" in listed and "good" in listed and "sha256" not in listed and hashlib.sha256(key.encode()).hexdigest()[:8] not in listed
    assert status(room, key) == 200 and key not in room.log()


def test_AK_02_digests_are_compared_in_constant_time():
    """The search looks at every key, and only through the one comparison whose time tells nothing."""
    source = (ROOT / "common/api_key.c").read_text()
    search = source[source.index("enum outcome api_keys_find("):]
    loop = search[search.index("for ("):search.index("if (found == NULL)")]
    assert "str_eq_secret(" in loop and "break" not in loop and "return" not in loop


def test_AK_03_scopes_groups_and_rules_apply(room, keys):
    keys.settings("require_scopes mcp:read\n\tallow group robots from api_keys\n\tdeny subject key:evil from api_keys")
    words = ("--scope", "mcp:read", "--group", "robots")
    made = {id: keys.add("--id", id, *more) for id, more in {
        "good": ("--scope", "x", *words, "--group", "more robots"), "no-scope": ("--group", "robots"), "no-group": ("--scope", "mcp:read"),
        "other-group": ("--scope", "mcp:read", "--group", "Robots"), "evil": words}.items()}
    answer = room.check(made["good"])
    assert answer.status == 200
    assert answer.header("Remote-Scopes") == "x mcp:read" and answer.header("Remote-Groups") == "robots,more robots"
    for id, error in (("no-scope", "insufficient_scope"), ("no-group", "access_denied"), ("other-group", "access_denied"), ("evil", "access_denied")):
        answer = room.check(made[id])
        assert answer.status == 403 and json.loads(answer.body)["error"] == error, id
    assert status(room, room.token(groups=["robots"])) == 403  # the same word from elsewhere is another group


def test_AK_03_disabled_and_enabled_without_a_restart(room, keys):
    key = keys.add("--id", "k")
    assert status(room, key) == 200
    assert "disabled" in keys.good("disable", "k")
    becomes(room, key, 401)
    assert "reason=revoked" in room.log() or '"revoked"' in room.log()
    assert "already" in keys.good("disable", "k") and re.search(r"k .* disabled$", keys.good("list"), re.M)
    keys.good("enable", "k")
    becomes(room, key, 200)
    assert keys.run("disable", "other").returncode == 1


def test_AK_03_expired(room, keys):
    key = keys.add("--expires", "2s")
    assert status(room, key) == 200
    becomes(room, key, 401)
    assert "expired" in keys.good("list") and b"expired" in room.check(key).body
    listed = [keys.add("--expires", when, "--id", id) and id for when, id in (("3d", "three"), ("never", "ever"), ("2999-01-31", "date"))]
    table = {line.split()[0]: line for line in keys.good("list").splitlines()}
    assert table["three"].endswith("days") and " never " in table["ever"] and "2999-01-31T00:00:00Z" in table["date"] and len(listed) == 3
    for wrong in ("2001-01-01", "0d", "soon", "", "-1d", "Never"):
        assert keys.run("add", "--owner", "x", "--expires", wrong).returncode == 100


def test_AK_03_rotated(room, keys):
    old = keys.add("--id", "k", "--group", "robots", owner="a robot")
    assert status(room, old) == 200
    new = keys.make("rotate", "k")
    becomes(room, new, 200)
    assert status(room, old) == 401
    answer = room.check(new)
    assert [answer.header(f"Remote-{name}") for name in ("User", "Subject", "Groups")] == ["a robot", "key:k", "robots"]
    newest = keys.make("rotate", "k", "--overlap", "3s")
    becomes(room, newest, 200)
    assert status(room, new) == 200 and re.search(r"^k-old-[0-9a-f]{8} ", keys.good("list"), re.M)
    becomes(room, new, 401)
    assert status(room, newest) == 200


def guess(room, n, **more):
    return [room.check(f"ghk_{i:032d}", **more).status for i in range(n)]


def test_guesses_are_few_and_hurt_nobody_else(room, keys):
    key, unknown = keys.add("--id", "known"), keys.add("--id", "unknown")
    assert status(room, key) == 200
    assert guess(room, 20) == [401] * 20
    answer = room.check("ghk_" + "x" * 32)
    assert answer.status == 429 and 1 <= int(answer.header("Retry-After")) <= 60
    assert status(room, unknown) == 429  # a good guess is a guess, too
    assert status(room, key) == 200
    assert status(room, room.token()) == 200
    assert status(room, unknown, REMOTE_ADDR="192.0.2.2") == 200


def test_good_keys_are_no_guesses(room, keys):
    made = [keys.add() for _ in range(25)]
    until(lambda: status(room, made[-1]) == 200, "the keys are read", timeout=5)
    assert [status(room, key) for key in made] == [200] * 25


def test_a_resource_says_whose_tokens_it_takes(room, keys):
    keys.settings("issuer api_keys\n\tallow any", more=f"resource {RESOURCE}2 {{\n\tissuer {ISSUER}\n\tallow any\n}}\n")
    key, token = keys.add(), room.token(aud=[RESOURCE, RESOURCE + "2"])
    assert [status(room, key), status(room, token)] == [200, 401]
    assert [status(room, key, target="/mcp2"), status(room, token, target="/mcp2")] == [401, 200]
    # /mcp2 is a resource, not another spelling of the first; what nearly is one of them stays nobody's.
    assert [status(room, key, target=path) for path in ("/mcp/x", "/MCP", "/mcp;x", "/mcp2;x", "/mcp2/x", "/mcp3")] == [200, 404, 404, 404, 401, 404]


def test_SEC_15_a_broken_new_file_keeps_the_old_keys(room, keys):
    key = keys.add("--id", "k")
    assert status(room, key) == 200
    good = keys.file.read_bytes()
    for broken, line in ((b"other sha256:00 owner x\n", 3), (b"k " + good.split(b"k ", 1)[1], 3), (b"\xff\n", 3), (b'o "\n', 3)):
        seen = room.log().count("list_refused")
        keys.file.write_bytes(good + broken)
        until(lambda: status(room, key) == 200 and room.log().count("list_refused") > seen, "the log tells", timeout=5)
        done = keys.run("disable", "k")
        assert done.returncode == 1 and f"{keys.file}:{line}: found " in done.stderr and "expected" in done.stderr or broken in (b"\xff\n", b'o "\n')
        assert done.returncode == 1 and keys.file.read_bytes() == good + broken
    assert f"{keys.file}:3: found" in room.log() and "the keys read before stay in use" in room.log()
    keys.file.write_bytes(good)
    keys.good("disable", "k")
    becomes(room, key, 401)


def test_twenty_at_once_lose_nothing(room, keys):
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        made = list(pool.map(lambda i: keys.add("--id", f"k{i}", owner=f"robot {i}"), range(20)))
    assert len(set(made)) == 20 and sorted(path.name for path in room.directory.iterdir() if path.name.startswith((".api", "api"))) == ["api-keys"]
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda i: keys.good("disable", f"k{i}"), range(0, 20, 2)))
    assert [status(room, key) for key in made] == [401, 200] * 10


def test_other_lines_stay_byte_for_byte(room, keys):
    keys.add("--id", "a")
    keys.add("--id", "b")
    text = keys.file.read_text()
    first, second = [line for line in text.splitlines() if line[0] in "ab"]
    before = f"\n# mine\t \r\n  \"a\"  {first[2:]}  # why not\r\n\n{second} # the last"
    keys.file.write_text(before, newline="")
    keys.file.chmod(0o640)
    keys.good("disable", "b")
    keys.good("enable", "b")
    assert keys.file.read_bytes().decode() == before + "\n"
    keys.good("disable", "a")
    assert keys.file.read_bytes().decode() == before.replace("  # why", " disabled  # why") + "\n"
    keys.good("enable", "a")
    keys.make("rotate", "a")
    changed = keys.file.read_bytes().decode()
    assert changed.startswith("\n# mine\t \r\n  \"a\"  sha256:") and changed.endswith(f"  # why not\r\n\n{second} # the last\n")
    assert keys.file.stat().st_mode & 0o7777 == 0o640


def test_owners_and_links(room, keys):
    keys.add("--id", "a")
    link = room.directory / "link"
    link.symlink_to(keys.file)
    for words in (("add", "--owner", "x"), ("list",), ("disable", "a")):
        done = keys.run(*words, where=("--file", link))
        assert done.returncode == 1 and "symbolic link" in done.stderr
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    os.chown(keys.file, 65534, 65533)
    keys.good("disable", "a")
    assert (keys.file.stat().st_uid, keys.file.stat().st_gid) == (65534, 65533)
    keys.file.unlink()
    os.chown(room.state, 65532, 65531)
    keys.add()
    assert (keys.file.stat().st_uid, keys.file.stat().st_gid, keys.file.stat().st_mode & 0o777) == (65532, 65531, 0o600)


def test_the_prefix_chooses_the_file(room, keys):
    other = room.directory / "other-keys"
    keys.settings(top=f"token_prefix svc_ {{ api_keys {other}; }}\n")
    done = keys.run("add", "--owner", "x")
    assert done.returncode == 100 and "--prefix svc_" in done.stderr and not keys.file.exists() and not other.exists()
    made = keys.run("add", "--owner", "x", "--prefix", "svc_").stdout.strip(), keys.run("add", "--owner", "x", "--prefix", "ghk_").stdout.strip()
    assert made[0].startswith("svc_") and made[1].startswith("ghk_")
    assert [status(room, key) for key in made] == [200, 200]
    assert keys.run("add", "--owner", "x", "--prefix", "none_").returncode == 100
    room.settings(f"issuer {ISSUER} {{ keys_file {room.keys}; }}\nresource {RESOURCE} {{ allow any; }}\n")
    done = keys.run("list")
    assert done.returncode == 100 and "`api_keys /etc/gatehouse/api-keys`" in done.stderr


@pytest.mark.parametrize("words", [(), ("make",), ("add",), ("disable",), ("rotate", "a", "b"), ("add", "--owner"), ("add", "--owner", ""),
                                   ("add", "--owner", "a\nb disabled"), ("add", "--owner", "x", "--id", "a b"), ("add", "--owner", "x", "--scope", "a b"),
                                   ("add", "--owner", "x", "--owner", "y"), ("list", "--owner", "x"), ("add", "--owner", "\"'"), ("list", "--overlap", "1h")])
def test_wrong_use(keys, words):
    done = subprocess.run([program_path("gatehouse"), "key", *words, *(("--file", keys.file) if words else ())], env=environment(), capture_output=True,
                          text=True, timeout=30, check=False)
    assert done.returncode in ((100, 1) if words[:1] == ("list",) else (100,)) and done.stdout == "" and not keys.file.exists()


def test_a_key_that_nobody_got_is_told(keys):
    with open("/dev/full", "w") as full:
        done = subprocess.run([program_path("gatehouse"), "key", "add", "--owner", "x", "--id", "k", "--file", keys.file], env=environment(), stdout=full,
                              stderr=subprocess.PIPE, text=True, timeout=30, check=False)
    assert done.returncode == 111 and "disable k" in done.stderr


def test_the_deny_list_withdraws_keys_too(room, keys):
    denied = room.directory / "deny"
    denied.write_text("")
    keys.settings(top=f"deny_list {denied}\n")
    first, second = keys.add("--id", "one"), keys.add("--id", "two")
    assert [status(room, first), status(room, second)] == [200, 200]
    denied.write_text(f"subject key:one from api_keys\ntoken sha256:{hashlib.sha256(second.encode()).hexdigest()}\n")
    becomes(room, first, 403)
    becomes(room, second, 401)
    assert json.loads(room.check(second).body)["error"] == "invalid_token"
