"""gatehouse-run: what a newcomer starts first."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from support.credentials import register
from support.fronts import KINDS
from support.processes import ROOT, Process, environment, free_port, wait_for_line
from support.programs import program_path, short_directory

RUN = ROOT / "bin" / "gatehouse-run"


def variables():
    return environment(GATEHOUSE_BIN=str(program_path("x").resolve().parent))


@pytest.mark.parametrize("kind", KINDS)
def test_the_walk_shows_refusal_metadata_token_and_call(kind):
    done = subprocess.run([RUN, "--walk", "--once", "--front", kind], env=variables(), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    for word in ("401", "resource_metadata=", "authorization_servers", "200", '"Remote-User":"alice"', "insufficient_scope"):
        assert word in done.stdout, word


@pytest.mark.parametrize("kind", KINDS)
def test_BK_04_the_walk_shows_a_whole_login_at_our_own_authorization_server(kind):
    done = subprocess.run([RUN, "--walk", "--once", "--broker", "--front", kind], env=variables(), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    for word in ("/oauth/register 201", "/oauth/consent 200", "/oauth/callback 303", "/oauth/token 200", '"Remote-User": "alice"'):
        assert word in done.stdout, word


@pytest.mark.parametrize("words", [*([] if kind == "nginx-inspect" else ["--front", kind] for kind in KINDS), ["--broker"]], ids=" ".join)
def test_a_directory_serves_again_and_again(words):
    with short_directory() as directory:
        for _ in range(3):
            done = subprocess.run([RUN, "--walk", "--once", "--directory", directory, *words], env=variables(), capture_output=True, text=True, timeout=120)
            assert done.returncode == 0, done.stdout + done.stderr


def test_a_development_issuer_of_ones_own_stays():
    command = [RUN, "--walk", "--once", "--directory"]
    with short_directory() as directory:
        made = subprocess.run([program_path("gatehouse"), "token", "--issuer", directory / "issuer", "--new", "http://127.0.0.1:1/mine"],
                              env=variables(), capture_output=True, text=True, timeout=20)
        assert made.returncode == 0, made.stderr
        before = {file.name: file.read_bytes() for file in (directory / "issuer").iterdir()}
        for _ in range(2):
            assert subprocess.run([*command, directory], env=variables(), capture_output=True, timeout=60).returncode == 0
        assert before == {file.name: file.read_bytes() for file in (directory / "issuer").iterdir()}
        # Nor one that somebody put where runs have theirs.
        (directory / "run").mkdir()
        (directory / "issuer").rename(directory / "run" / "development-issuer")
        assert subprocess.run([*command, directory / "run"], env=variables(), capture_output=True, timeout=60).returncode != 0
        assert before == {file.name: file.read_bytes() for file in (directory / "run" / "development-issuer").iterdir()}


def test_BK_04_settings_of_ones_own_with_an_authorization_server_get_keys():
    with short_directory() as directory:
        settings, port = directory / "own.conf", free_port()
        settings.write_text(f"dev on\nauthorization_server broker\npublic_issuer http://127.0.0.1:{port}\nissuer http://127.0.0.1:9 {{ client_id ours; }}\n"
                            f"resource http://127.0.0.1:{port}/mcp {{ allow any; }}\n")
        command = [RUN, "--once", "--directory", directory / "run", "-c", settings, "--port", str(port)]
        keys = None
        for _ in range(2):
            done = subprocess.run(command, env=variables(), capture_output=True, text=True, timeout=60)
            assert done.returncode == 0, done.stdout + done.stderr
            made = (directory / "run" / "state" / "seal.keys").read_bytes()
            register(made.decode().split()[1], "seal key")
            assert keys in (None, made)
            keys = made
        # One kind of them is missing; and they can't be used.
        (directory / "run" / "state" / "assertion-keys.json").unlink()
        assert subprocess.run(command, env=variables(), capture_output=True, timeout=60).returncode == 0
        (directory / "run" / "state" / "seal.keys").chmod(0o644)
        done = subprocess.run(command, env=variables(), capture_output=True, text=True, timeout=60)
        assert done.returncode == 100 and "chmod 600" in done.stderr and "mend" in done.stderr, done
        # Who is no authorization server has nothing to seal.
        settings.write_text(f"dev on\nissuer http://127.0.0.1:9 {{ audience x; }}\nresource http://127.0.0.1:{port}/mcp {{ allow any; }}\n")
        command[3] = directory / "other"
        assert subprocess.run(command, env=variables(), capture_output=True, timeout=60).returncode == 0
        assert not (directory / "other" / "state" / "seal.keys").exists()


def descendants(pid):
    children = [int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()]
    return [pid] + [one for child in children for one in descendants(child)]


def listening_addresses(pids):
    """Hexadecimal local addresses of the TCP sockets that these processes listen on."""
    inodes = set()
    for pid in pids:
        try:
            descriptors = list(Path(f"/proc/{pid}/fd").iterdir())
        except PermissionError:
            # The programs let nobody look into them but root; each has one socket, which spawn-fcgi made, a unix one.
            assert Path(f"/proc/{pid}/comm").read_text().strip() in ("auth-check", "protected-resou", "authorization-s", "client-registra")
            continue
        for descriptor in descriptors:
            try:
                inodes.update(re.findall(r"socket:\[(\d+)\]", os.readlink(descriptor)))
            except FileNotFoundError:
                continue
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                found.append(fields[1].split(":")[0])
    return found


def test_OR_04_it_listens_on_loopback_and_leaves_nothing_behind(tmp_path):
    with short_directory() as directory, Process([RUN, "--walk", "--directory", directory], log=tmp_path / "walk", env=variables()) as run:
        wait_for_line("gatehouse is up", run)
        pids = descendants(run.pid)
        addresses = listening_addresses(pids)
        assert len(addresses) >= 2 and set(addresses) == {"0100007F"}, addresses
    assert [pid for pid in pids if Path(f"/proc/{pid}").exists() and Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"] == []


def test_it_says_its_version():
    done = subprocess.run([RUN, "--version"], env=variables(), capture_output=True, text=True, timeout=20)
    assert done.returncode == 0 and done.stdout.startswith("gatehouse "), done


@pytest.mark.parametrize("words", [["--front", "iis"], ["--port"], ["--frobnicate"], ["--issuer", "https://x.example"]])
def test_wrong_use(words):
    done = subprocess.run([RUN, *words], env=variables(), capture_output=True, text=True, timeout=20)
    assert done.returncode == 100 and "--help" in done.stderr
