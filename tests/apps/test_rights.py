"""Verbs that root calls for programs that run as somebody else: what those can read is good, and nothing is spoilt for them."""

import os
import pwd
import shutil
import tempfile
from contextlib import ExitStack

import pytest
from conftest import ISSUER, RESOURCE, Room
from test_check import lines

from support.credentials import secret_file
from support.programs import program_path, run_command, short_directory

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
OTHER = pwd.getpwnam("nobody")
VERBS = (("keys", "init"), ("keys", "list"), ("grants", "list"), ("explain", "a.b.c"), ("policy", "read"), ("check", "--offline"))


def give(*files):
    for file in files:
        os.chown(file, OTHER.pw_uid, OTHER.pw_gid)


@pytest.fixture
def house(key, maker):
    """Programs of another user, with a secret of theirs; in a folder that pytest does not close to others."""
    with ExitStack() as stack:
        folder = stack.enter_context(short_directory())
        folder.chmod(0o755)
        yield furnish(Room(folder, key, maker, stack))


def furnish(room):
    room.secret = secret_file(room.directory / "secret", "s3cret-of-the-provider-1")
    room.settings("authorization_server broker\npublic_issuer https://mcp.example.com\n"
                  f"issuer {ISSUER} {{ client_id ours; client_secret_file {room.secret}; keys_file {room.keys}; }}\n"
                  f"resource {RESOURCE} {{ allow any; }}\n")
    give(room.secret, room.state)
    room.claims = room.directory / "claims.json"
    room.claims.write_text('{"sub": "alice"}')
    return room


def run(house, *words):
    more = ("--as", house.claims) if words[0] == "policy" else ()
    return run_command("gatehouse", *words, *more, "-c", house.config)


def as_other(house, program, *words):
    with tempfile.TemporaryDirectory() as folder:  # the build may be in a folder that is closed to others
        os.chmod(folder, 0o755)
        copy = shutil.copy(program_path(program), folder)
        return run_command(copy, *words, "-c", house.config, before=("setpriv", f"--reuid={OTHER.pw_uid}", f"--regid={OTHER.pw_gid}", "--clear-groups"))


def test_a_secret_of_the_programs_is_good_for_every_verb(house):
    for words in VERBS:
        done = run(house, *words)
        assert str(house.secret) not in done.stdout + done.stderr, (words, done)
        assert done.returncode == 0 or words[0] in ("check", "explain", "policy"), (words, done)
    assert "s3cret" in house.secret.read_text() and house.secret.stat().st_uid == OTHER.pw_uid
    assert all(file.stat().st_uid == OTHER.pw_uid for file in house.state.iterdir()) and list(house.state.iterdir())
    assert as_other(house, "authorize", "-t").returncode == 0


@pytest.mark.parametrize("mode", [0o600, 0o640])
def test_a_secret_that_root_alone_can_read_is_not_good(house, mode):
    os.chown(house.secret, 0, 0)
    house.secret.chmod(mode)
    for words in VERBS:
        done = run(house, *words)
        assert done.returncode == 100 and f"if the programs run as nobody, give it a group of theirs and chmod 640 {house.secret}" in done.stdout + done.stderr, (words, done)
    # What it advises is what the programs need.
    os.chown(house.secret, 0, OTHER.pw_gid)
    house.secret.chmod(0o640)
    assert run(house, "keys", "init").returncode == 0 and as_other(house, "authorize", "-t").returncode == 0


@pytest.mark.parametrize("group", [OTHER.pw_gid, 4242])
def test_a_secret_of_a_group_of_the_programs_is_good(house, group):
    """The group of the state directory is that of the web server where systemd gives it to them."""
    os.chown(house.state, OTHER.pw_uid, group)
    os.chown(house.secret, 0, OTHER.pw_gid)
    house.secret.chmod(0o640)
    assert run(house, "keys", "init").returncode == 0 and as_other(house, "authorize", "-t").returncode == 0


def test_the_advice_never_takes_a_secret_from_the_programs(house):
    """Root does not know yet as whom they run."""
    house.state.rmdir()
    done = run(house, "check", "--offline")
    assert done.returncode == 100 and "it belongs to user nobody and this runs as root: run it as nobody" in done.stdout, done
    house.state.mkdir(mode=0o700)
    give(house.state)
    os.chown(house.secret, 4242, 0)
    house.secret.chmod(0o644)
    assert f"it belongs to user 4242 and this runs as nobody: run it as 4242 (or with sudo), if the programs do, else chown nobody {house.secret}" in run(house, "check", "--offline").stdout


def test_who_may_not_read_a_secret_is_not_told_to_take_it(house):
    """As docs/broker.md lays it out: root's, for the programs' group; or behind a folder that is closed."""
    assert run(house, "keys", "init").returncode == 0
    os.chown(house.secret, 0, 4242)
    house.secret.chmod(0o640)
    done = as_other(house, "gatehouse", "keys", "list")
    assert done.returncode == 100 and "that user needs the file's group 4242, else run this as their user (or with sudo)" in done.stderr, done.stderr
    folder = house.directory / "closed"
    folder.mkdir(mode=0o700)
    house.config.write_text(house.config.read_text().replace(str(house.secret), str(house.secret.rename(folder / "secret"))))
    give(folder / "secret")
    done = as_other(house, "gatehouse", "keys", "list")
    assert done.returncode == 100 and "for user nobody: a folder above is closed to that user" in done.stderr and "chown" not in done.stderr, done.stderr


def test_who_looks_at_the_state_directory_is_not_told_to_take_it(house):
    os.chown(house.state, 4242, 4242)
    for done in (as_other(house, "gatehouse", "keys", "list"), as_other(house, "authorize", "-t")):
        assert f"state directory {house.state} can't be used: it belongs to user 4242 and this runs as nobody: run it as 4242 (or with sudo)" in done.stderr
    os.chown(house.secret, 0, 0)
    give(house.state)
    done = run_command("authorize", "-t", "-c", house.config)
    assert done.returncode == 100 and "it belongs to user nobody and this runs as root: run it as nobody, if the programs do, else chown root" in done.stderr


def test_where_users_can_t_be_looked_up_no_group_is_dropped_in_silence(house):
    """Without its groups the programs' user could not read this secret, and another line would be told."""
    os.chown(house.secret, 0, OTHER.pw_gid)
    house.secret.chmod(0o640)

    done = run_command("gatehouse", "keys", "init", "-c", house.config, before=(
        "unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /etc && mkdir /etc/passwd && exec "$@"', "sh"))
    if "mount:" in done.stderr or "unshare:" in done.stderr:
        pytest.skip("nothing can be mounted here")
    assert done.returncode == 111 and f"can't become user {OTHER.pw_uid}, who owns {house.state}: Is a directory" in done.stderr, done.stderr
    # Nobody of that name is another thing.
    os.chown(house.state, 4242, OTHER.pw_gid)
    os.chown(house.secret, 4242, OTHER.pw_gid)
    assert run(house, "keys", "init").returncode == 0


def test_nothing_that_looks_makes_the_state_directory(house):
    house.state.rmdir()
    os.chown(house.secret, 0, 0)
    for program in ("authorize", "token"):
        done = run_command(program, "-t", "-c", house.config)
        assert done.returncode == 100 and f"start the service once, or make it (mode 700) for its user: {house.state}" in done.stderr, done.stderr
    for words in VERBS:
        run(house, *words)
    house.settings(f"assertion on\nissuer {ISSUER} {{ keys_file {house.keys}; }}\nresource {RESOURCE} {{ allow any; }}\n")
    done = run_command("auth-check", "-t", "-c", house.config)
    assert done.returncode == 100 and f"start the service once, or make it (mode 700) for its user: {house.state}" in done.stderr, done.stderr
    assert not house.state.exists()
    # Who starts for real may make it, as ever.
    assert "no key in" in run_command("auth-check", "-c", house.config, REQUEST_METHOD="POST", REQUEST_URI="/mcp").stderr and house.state.is_dir()


def test_settings_that_the_programs_can_t_read_are_wrong(house):
    house.config.chmod(0o600)
    assert any(f"as user nobody, can't read {house.config}" in line for line in lines(run(house, "check", "--offline"), "WRONG"))


def test_an_api_key_is_made_beside_a_secret_of_the_programs(house):
    house.config.write_text(f"api_keys {house.directory}/api-keys\n{house.config.read_text()}")
    done = run(house, "key", "add", "--owner", "alice")
    assert done.returncode == 0, done.stderr
    assert (house.directory / "api-keys").stat().st_uid == OTHER.pw_uid


def test_check_makes_no_state_directory(room):
    room.state.rmdir()
    room.settings(f"assertion on\nissuer {ISSUER} {{ keys_file {room.keys}; }}\nresource {RESOURCE} {{ allow any; }}\n")
    done = run(room, "check", "--offline")
    assert done.returncode == 1 and not room.state.exists()
    assert any(f"start the service once, or make it (mode 700) for its user: {room.state}" in line for line in lines(done, "WRONG")), done.stdout
    for words in (("keys", "init"), ("keys", "list")):
        done = run(room, *words)
        assert done.returncode == 111 and "start the service once, or make it (mode 700) for its user" in done.stderr and not room.state.exists()


@pytest.mark.parametrize("program", ["authorization-server-metadata", "client-registration"])
def test_a_program_that_only_looks_at_its_settings_makes_none(room, program):
    room.state.rmdir()
    room.settings(f"authorization_server facade\npublic_issuer https://mcp.example.com\nprovider_iss none\n"
                  f"issuer {ISSUER} {{ client_id ours; keys_file {room.keys}; }}\nresource {RESOURCE} {{ allow any; }}\n")
    done = run_command(program, "-t", "-c", room.config)
    assert done.returncode == 0 and not room.state.exists(), done.stderr


def test_programs_name_whose_the_state_directory_is(house):
    os.chown(house.state, 0, 0)
    done = as_other(house, "authorize", "-t")
    assert done.returncode == 100
    assert (f"state directory {house.state} can't be used: it belongs to user root and this runs as nobody: run it as root (or with sudo), if the programs do, "
            f"else chown nobody {house.state}, and") in done.stderr, done.stderr


def test_root_makes_no_file_behind_a_link_of_the_programs_user(house):
    roots, home = house.directory / "roots", house.directory / "home"
    for folder in (roots, home):
        folder.mkdir(mode=0o755)
    (home / "keys").symlink_to(roots)
    give(home)
    house.config.write_text(f"{house.config.read_text()}api_keys {home}/keys/api-keys\n".replace("allow any", "allow any; issuer https://mcp.example.com api_keys"))
    done = run(house, "key", "add", "--owner", "alice")
    assert done.returncode == 111 and "behind a symbolic link" in done.stderr and not list(roots.iterdir())
    (home / "keys").unlink()
    (home / "keys").mkdir()
    give(home / "keys")
    assert run(house, "key", "add", "--owner", "alice").returncode == 0 and (home / "keys" / "api-keys").stat().st_uid == OTHER.pw_uid
