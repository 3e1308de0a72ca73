"""No token and no secret comes into a log, an error message or a file of ours, whatever way it took; and the search that says so finds them."""

import base64
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.credentials import register, search, secret_file
from support.processes import environment
from support.programs import fastcgi, program_path, short_directory
from support.scripted_provider import DISCOVERY, KEYS, Answer, ScriptedProvider
from support.tokens import key_set

HERE = "http://127.0.0.1:8080/mcp"
CLIENT_SECRET, INITIAL_TOKEN, PASSWORD = "canary-client-secret-1", "canary-initial-token-2", "canary-password-3"


def traces(directory, secrets):
    """Wherever a secret stands in a file below the directory, however it is written."""
    return search(sorted(path for path in directory.rglob("*") if path.is_file()), {secret: f"secret {n}" for n, secret in enumerate(secrets)})


@pytest.fixture
def scene(room, key):
    """All programs, their logs as loud as they get, in a folder that holds nothing of the test's own."""
    with ScriptedProvider() as provider:
        provider.behave(key_set(key))
        files = {}
        for name, content in (("client_secret", CLIENT_SECRET), ("registration_token", INITIAL_TOKEN)):
            files[name] = secret_file(room.directory / name, content, name.replace("_", " "))
        room.provider = provider
        room.more = (f"log_level debug\ndev on\nauthorization_server augment\nissuer {provider.url} {{ provider_metadata {provider.url}{DISCOVERY}; "
                     f"client_id app; client_secret_file {files['client_secret']}; registration_token_file {files['registration_token']}; }}\n"
                     f"resource {HERE} {{ require_scopes mcp:read; allow subject alice; rate 5/day; }}\n")
        yield room


@pytest.mark.parametrize("form", ["text", "json"])
def test_SEC_04_SEC_14_SEC_17_no_secret_in_any_log_or_file(scene, tmp_path_factory, form, maker):
    room, output, secrets = scene, tmp_path_factory.mktemp("output"), [CLIENT_SECRET, INITIAL_TOKEN, register(PASSWORD, "password")]
    room.directory = output  # where the logs go
    room.settings(f"log_format {form}\n{room.more}")
    statuses = set()

    def token(**changes):
        secrets.append(room.token(**{"iss": room.provider.url, "aud": HERE, **changes}))
        return secrets[-1]

    def check(*args, **more):
        for voice in ("forward", "subrequest", "inspect"):
            answer = room.check(*args, host="127.0.0.1", GATEHOUSE_VOICE=voice, **more)
            statuses.add(answer.header("X-Gatehouse-Status") or str(answer.status))
            (output / f"answer-{len(secrets)}-{voice}").write_bytes(answer.raw)

    for changes in ({}, {"exp": 1}, {"aud": "x"}, {"scope": "x"}, {"sub": "eve"}, {"iss": "https://other.example"}, {"header": {"alg": "none"}},
                    {"header": {"kid": "other"}}, {"key": maker.key("ES256", "key-1")}, {"sub": "\u0000\n\x1b[31m"}, {"cnf": {"jkt": "x"}}, {"padding": "x" * 9000}):
        check(token(**changes))
    check(None, target=f"/mcp?access_token={token()}")
    check(token(), target=f"/other?access_token={token()}")
    check(token(), target=f"/mcp?access_token={token()}")
    check(None, headers={"Cookie": f"access_token={token()}"})
    check(f"{token()}, {token()}")
    check(token(), headers=[("Authorization", f"Bearer {token()}")])
    check(None, headers=[("Authorization", "Basic " + base64.b64encode(f"alice:{PASSWORD}".encode()).decode())])
    check(None, headers=[("Authorization", f"Bearer{token()}")])
    check(None, headers=[("Authorization", f"DPoP {token()}")])
    check(None, headers=[("Authorization", f"Bearer {token()} x")])
    for _ in range(3):
        check(token())
    assert statuses == {"200", "400", "401", "403", "404", "429"}

    body = json.dumps({"redirect_uris": ["http://127.0.0.1/callback"], "token_endpoint_auth_method": "client_secret_post"}).encode()
    for credential in (f"Bearer {INITIAL_TOKEN}", f"Bearer {INITIAL_TOKEN}x", INITIAL_TOKEN, f"Basic {INITIAL_TOKEN}"):
        answer = room.ask("client-registration", "/oauth/register", "POST", {"Content-Type": "application/json", "Authorization": credential}, body,
                          host="127.0.0.1")
        assert (CLIENT_SECRET.encode() in answer.raw) == (answer.status == 201) == (credential == f"Bearer {INITIAL_TOKEN}")
    for program in ("protected-resource-metadata", "authorization-server-metadata"):
        for target in ("/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-authorization-server", f"/x?access_token={token()}"):
            room.ask(program, target, headers={"Authorization": f"Bearer {token()}"}, host="127.0.0.1")
    # A provider that says aloud what it was told, and errors that the settings bring about.
    room.provider.script(KEYS, Answer(500, CLIENT_SECRET.encode()))
    room.provider.script(DISCOVERY, Answer(200, json.dumps({"issuer": room.provider.url, "error": PASSWORD}).encode()))
    for words, variables in ((("check",), {}), (("check", "--offline"), {}), (("check", "--offline"), {"GATEHOUSE_CLIENT_SECRET": CLIENT_SECRET})):
        done = subprocess.run([program_path("gatehouse"), *words, "-c", room.config], env=environment(**variables), capture_output=True, timeout=30)
        (output / f"check-{len(words)}-{len(variables)}").write_bytes(done.stdout + done.stderr)
    room.settings(f"{room.more}client_secret {CLIENT_SECRET}\n")
    done = subprocess.run([program_path("client-registration"), "-t", "-c", room.config], env=environment(), capture_output=True, timeout=30)
    assert done.returncode == 100
    (output / "settings").write_bytes(done.stdout + done.stderr)

    assert {"auth-check.log", "client-registration.log"} <= {file.name for file in output.iterdir() if file.stat().st_size > 0}
    room.state.rename(output / "state")
    assert traces(output, secrets) == []
    for number, secret in enumerate((*secrets[:3], secrets[3], secrets[3].split(".")[2])):
        (output / "planted").write_text(f"some line with {secret} in it\n")
        assert traces(output, secrets), f"the search is blind for secret {number}"
    (output / "planted").unlink()


def test_SEC_17_no_program_names_itself_or_its_version(scene):
    """Answers carry no banner (RFC 9110 10.2.4), and no trace of what went wrong inside."""
    room = scene
    room.settings(room.more)
    version = subprocess.run([program_path("auth-check"), "--version"], capture_output=True, text=True).stdout.split()[-1]
    for program, target in (("auth-check", "/mcp"), ("auth-check", "/x"), ("client-registration", "/oauth/register"), ("client-registration", "/x"),
                            ("protected-resource-metadata", "/.well-known/oauth-protected-resource"), ("authorization-server-metadata", "/x")):
        for method in ("GET", "POST", "TRACE"):
            answer = room.ask(program, target, method, {"X-Canary": "canary-header"}, host="127.0.0.1")
            assert answer.header("Server") is None and answer.header("X-Powered-By") is None and version.encode() not in answer.raw
            assert b"canary" not in answer.raw and str(room.directory).encode() not in answer.raw, answer.raw
            assert program.encode() not in answer.raw


class Person:
    """Somebody other than root, who may look into everything; without root it is whoever runs the tests."""

    def __init__(self):
        self.id = os.geteuid() or 65534
        self.popen = {"user": self.id, "group": self.id, "extra_groups": []} if os.geteuid() == 0 else {}

    def give(self, *paths):
        for path in paths:
            os.chown(path, self.id, -1)

    def can_read(self, file):
        return subprocess.run(["head", "-c", "1", file], capture_output=True, **self.popen).returncode == 0

    @contextmanager
    def running(self, command, folder, **more):
        """The command, which may leave as large a core file as the system allows."""
        hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
        with subprocess.Popen(command, cwd=folder, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (hard, hard)), **self.popen,
                              **more) as process:
            try:
                yield process
            finally:
                process.kill()


def core_limit(pid):
    """(soft, hard), as texts"""
    line = next(line for line in Path(f"/proc/{pid}/limits").read_text().splitlines() if line.startswith("Max core file size"))
    return tuple(line.split()[4:6])


def test_SEC_04_SEC_17_no_core_file_and_no_look_into_a_process_that_has_seen_a_token(room):
    person, hard = Person(), resource.getrlimit(resource.RLIMIT_CORE)[1]
    with short_directory() as folder, socket.socket(socket.AF_UNIX) as listener:
        folder.chmod(0o755)  # `person` comes here
        cores, state, keys, config, program = (folder / name for name in ("cores", "state", "jwks.json", "gatehouse.conf", "auth-check"))
        cores.mkdir()
        state.mkdir(mode=0o700)
        person.give(cores, state)
        shutil.copyfile(room.keys, keys)
        config.write_text(room.config.read_text().replace(str(room.state), str(state)).replace(str(room.keys), str(keys)))
        shutil.copyfile(program_path("auth-check"), program)
        for file, mode in ((keys, 0o644), (config, 0o644), (program, 0o755)):
            file.chmod(mode)
        listener.bind(str(folder / "socket"))
        listener.listen()

        # The control: of an ordinary program of that person all this can be had.
        with person.running(["sleep", "600"], cores, env=environment()) as ordinary:
            assert person.can_read(f"/proc/{ordinary.pid}/environ") and person.can_read(f"/proc/{ordinary.pid}/maps")
            assert Path(f"/proc/{ordinary.pid}/mem").stat().st_uid == person.id
            assert core_limit(ordinary.pid)[1] == ("unlimited" if hard == resource.RLIM_INFINITY else str(hard))
            ordinary.send_signal(signal.SIGABRT)
            ordinary.wait()
        left = sorted(cores.iterdir())
        pattern = Path("/proc/sys/kernel/core_pattern").read_text().strip()
        assert left or hard == 0 or pattern.startswith(("|", "/")), "the control left no core file"

        # The sanitizer would forbid core files by itself.
        options = ":".join(filter(None, (os.environ.get("ASAN_OPTIONS"), "disable_coredump=0")))
        asked = {"REQUEST_METHOD": "POST", "REQUEST_URI": "/mcp", "SERVER_NAME": "mcp.example.com", "HTTP_AUTHORIZATION": f"Bearer {room.token()}"}
        with open(room.directory / "auth-check.log", "wb") as log, \
                person.running([program, "-c", config], cores, env=environment(ASAN_OPTIONS=options), stdin=listener, stdout=log, stderr=log) as check:
            assert fastcgi(folder / "socket", asked).status == 200, room.log()
            program.unlink()
            assert not person.can_read(f"/proc/{check.pid}/environ") and not person.can_read(f"/proc/{check.pid}/maps")
            # The kernel gives what nobody may look into to root (PR_SET_DUMPABLE); the limit is a second lock.
            assert Path(f"/proc/{check.pid}/mem").stat().st_uid == 0 and core_limit(check.pid) == ("0", "0")
            check.send_signal(signal.SIGABRT)
            assert check.wait(20) == -signal.SIGABRT
        assert sorted(cores.iterdir()) == left
        for core in left:
            core.unlink()
