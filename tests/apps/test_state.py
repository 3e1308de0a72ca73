"""What is wrong with the state directory and its files: refused or as good as absent, with the path and the mend in the log."""

import os

import pytest
from conftest import RESOURCE

from support.credentials import secret_file
from support.processes import until
from support.programs import parse_answer, run_command
from support.scripted_provider import DISCOVERY, KEYS, ScriptedProvider
from support.tokens import key_set

HERE = "http://127.0.0.1:8080/mcp"


@pytest.fixture
def provider(key):
    with ScriptedProvider() as provider:
        provider.behave(key_set(key))
        yield provider


def provided(room, provider):
    room.settings(f"dev on\nauthorization_server augment\nissuer {provider.url} {{ provider_metadata {provider.url}{DISCOVERY}; client_id app; }}\n"
                  f"resource {HERE} {{ allow any; }}\n")


def good_answer(room, provider, program):
    if program == "auth-check":
        return room.check(room.token(iss=provider.url, aud=HERE), host="127.0.0.1").status == 200
    return room.ask(program, "/.well-known/oauth-authorization-server", host="127.0.0.1").status == 200


def open_to_others(directory):
    directory.chmod(0o750)
    return directory, f"chmod 700 {directory}"


def symbolic_link(directory):
    link = directory.with_name("link")
    link.symlink_to(directory)
    return link, "name the directory itself"


def symbolic_link_with_slash(directory):
    link, mend = symbolic_link(directory)
    return f"{link}/", mend


def of_another_user(directory):
    """Root can give it away; anybody else takes one of root's."""
    if os.geteuid() != 0:
        return "/usr", "chown "
    os.chown(directory, 65534, 65534)
    return directory, f"it belongs to user nobody and this runs as root: run it as nobody, if the programs do, else chown root {directory}, and the files in it"


def no_directory(directory):
    file = directory.with_name("file")
    file.write_text("")
    return file, "no directory"


def without_parent(directory):
    return directory / "missing" / "state", "can't be made"


@pytest.mark.parametrize("program", ["auth-check", "client-registration"])
@pytest.mark.parametrize("make", [open_to_others, symbolic_link, symbolic_link_with_slash, of_another_user, no_directory, without_parent])
def test_JK_06_SEC_16_an_unsafe_directory_refuses_to_start(room, make, program):
    path, mend = make(room.state)
    room.config.write_text(room.config.read_text().replace(f"state_directory {room.state}\n", f"state_directory {path}\n"))
    done = run_command(program, "-c", room.config, REQUEST_METHOD="POST", REQUEST_URI="/mcp")
    assert done.returncode == 100 and done.stdout == "", done
    assert str(path) in done.stderr and mend in done.stderr, done.stderr


def link_to(file):
    """As if somebody had put a link to a file of his there."""
    elsewhere = file.with_name("elsewhere")
    file.rename(elsewhere)
    file.symlink_to(elsewhere)


def torn(file):
    file.write_text(file.read_text()[:-20])


def of_another_form(file):
    file.write_text('{"keys":[],"jwks_uri":"https://evil.example/"}')


@pytest.mark.parametrize("spoil", [link_to, torn, of_another_form, lambda file: file.chmod(0o644), lambda file: file.write_bytes(b"\0" * 100),
                                   lambda file: file.write_text("")], ids=["symbolic link", "torn", "another form", "readable", "zeros", "empty"])
@pytest.mark.parametrize("program, name, place", [("authorization-server-metadata", "provider", DISCOVERY), ("auth-check", "keys", KEYS)])
def test_JK_06_a_spoiled_cache_file_is_as_good_as_absent(room, provider, program, name, place, spoil):
    provided(room, provider)
    assert good_answer(room, provider, program)
    room.running.pop(program).stop()
    (room.state / "table").unlink()
    file = next(room.state.glob(f"{name}-*.json"))
    spoil(file)
    assert good_answer(room, provider, program) and provider.count(place) == 2
    assert any(f"{file} " in line and "not used" in line for line in room.log(program).splitlines()), room.log(program)


def test_JK_06_SEC_16_a_table_of_nonsense_is_made_anew(room):
    (room.state / "table").write_bytes(b"\xff" * 5000)
    (room.state / "table").chmod(0o600)
    room.settings(room.config.read_text().split("\n", 1)[1].replace("allow any", "allow any\n\trate 2/day"))
    assert [room.check(room.token()).status for _ in range(3)] == [200, 200, 429]


def test_JK_06_a_table_that_is_not_ours_alone_is_told_and_limits_still_hold(room):
    (room.state / "table").write_bytes(b"")
    (room.state / "table").chmod(0o666)
    room.settings(room.config.read_text().split("\n", 1)[1].replace("allow any", "allow any\n\trate 2/day"))
    assert [room.check(room.token()).status for _ in range(3)] == [200, 200, 429]
    assert "table_not_shared" in room.log() and "remove it" in room.log()


def test_SEC_16_CH_23_where_nothing_can_be_written_nobody_is_asked(room, provider):
    """As on a read-only disk: no lock elects who asks the provider, so nobody does; the log names the file."""
    provided(room, provider)
    # Root may write everywhere, unless that privilege is dropped.
    plain = [] if os.geteuid() != 0 else ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override"]
    room.state.chmod(0o500)

    def run(program, *words, **variables):
        return run_command(program, *words, "-c", room.config, before=plain, **variables)
    token = room.token(iss=provider.url, aud=HERE)
    asked = run("auth-check", REQUEST_METHOD="POST", REQUEST_URI="/mcp", SERVER_NAME="127.0.0.1", HTTP_AUTHORIZATION=f"Bearer {token}")
    checked = run("gatehouse", "check", "--offline")
    room.state.chmod(0o700)
    assert asked.returncode == 0 and parse_answer(asked.stdout.encode()).status == 503 and provider.requests == []
    said = asked.stderr
    assert "table_not_shared" in said and str(room.state) in said and "Permission denied" in said
    assert checked.returncode == 1 and f"the shared table in {room.state} can't be used" in checked.stdout
    assert list(room.state.iterdir()) == []


def test_SEC_15_a_secret_that_opens_up_keeps_the_old_settings(room):
    secret = secret_file(room.directory / "secret", "s3cret-Value_1")
    settings = ("authorization_server augment\nissuer https://idp.example.net/t1 {{ provider_metadata https://p.example/x; client_id {}; registration_rate off; client_secret_file "
                + str(secret) + "; }}\nresource " + RESOURCE + " {{ allow any; }}\n")

    def client_id():
        answer = room.ask("client-registration", "/oauth/register", "POST", {"Content-Type": "application/json"},
                          b'{"redirect_uris":["http://127.0.0.1/callback"]}', host="idp.example.net")
        return answer.status, b'"client_id":"first"' in answer.raw
    room.settings(settings.format("first"))
    assert client_id() == (201, True)
    secret.chmod(0o644)
    room.settings(settings.format("second"))
    until(lambda: client_id() and f"chmod g-w,o-rwx {secret}" in room.log("client-registration"), "the open secret is refused")
    assert client_id() == (201, True) and "settings_kept" in room.log("client-registration")
