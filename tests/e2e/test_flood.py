"""
Hostile traffic over eight processes: what it costs the provider, what it costs in memory, and whether those who are known notice. On the
release build: a sanitizer's memory says nothing.
"""

import json
import os
import subprocess
import time
from pathlib import Path

import pytest

from support.processes import ROOT, environment, until
from support.programs import Program, fastcgi, short_directory
from support.scripted_provider import DISCOVERY, KEYS, Answer, ScriptedProvider
from support.site import claims
from support.tokens import key_set

HERE = "http://127.0.0.1:8443/mcp"
PROCESSES, REQUESTS, THREADS = 8, 100_000, 32
GOOD, BAD = "192.0.2.1", "198.51.100.7"


@pytest.fixture(scope="module")
def flood_program(tmp_path_factory):
    program = tmp_path_factory.mktemp("flood") / "flood"
    subprocess.run(["cc", "-std=c11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror", "-pthread", "-o", program, ROOT / "tests/support/flood.c"], check=True)
    return program


@pytest.fixture(scope="module")
def keys(maker):
    return maker.key("ES256", "key-1"), maker.key("ES256", "key-2")


class Gate:
    def __init__(self, directory, provider, flood_program, sockets, top, issuer):
        self.directory, self.provider, self.flood_program = Path(directory), provider, flood_program
        self.state, config = self.directory / "state", self.directory / "gatehouse.conf"
        self.state.mkdir(mode=0o700)
        config.write_text(f"dev on\nlog_format json\nstate_directory {self.state}\naudit_log {self.directory}/audit.log\n{top}\n"
                          f"issuer {provider.url} {{ {issuer} }}\nresource {HERE} {{ allow any; rate off; }}\n")
        self.config, self.sockets = config, sockets
        self.start()

    def start(self):
        self.program = Program(ROOT / "build/release/bin/auth-check", name="auth-check", sockets_dir=self.sockets, config=self.config, processes=PROCESSES,
                               log=self.directory / "auth-check.log")

    def flood(self, lines, requests, threads=THREADS):
        file = self.directory / "lines"
        file.write_text("".join(f"{kind} {address} {token}\n" for kind, address, token in lines))
        done = subprocess.run([self.flood_program, self.program.socket, str(requests), str(threads), file], capture_output=True, text=True, check=True,
                              env=environment(), timeout=300)
        file.unlink()  # it is full of tokens, and the search for those looks everywhere
        return json.loads(done.stdout)

    def ask(self, token):
        return fastcgi(self.program.socket, [("REQUEST_METHOD", "POST"), ("REQUEST_URI", "/mcp"), ("SERVER_NAME", "127.0.0.1"), ("REMOTE_ADDR", GOOD),
                                             ("HTTP_AUTHORIZATION", f"Bearer {token}")]).status

    def audit(self):
        return [json.loads(line) for line in (self.directory / "audit.log").read_text().splitlines()]

    def age(self, seconds):
        """The programs look at files that were fetched so long ago."""
        for file in self.state.glob("*.json"):
            kept = json.loads(file.read_text())
            fresh = file.with_suffix(".fresh")
            fresh.write_text(json.dumps({**kept, "fetched": kept["fetched"] - seconds}))
            fresh.chmod(0o600)
            fresh.rename(file)

    def private_kib(self):
        """Of each process: memory that is nobody else's."""
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == self.program.pid:
                continue
            try:
                if os.getpgid(int(entry.name)) == self.program.pid and (entry / "comm").read_text().strip() == "auth-check":
                    # Of what tells more, only root may see anything (PR_SET_DUMPABLE).
                    found.append(sum(int(line.split()[1]) for line in (entry / "status").read_text().splitlines() if line.startswith(("RssAnon:", "VmSwap:"))))
            except (ProcessLookupError, FileNotFoundError):
                continue
        return found


@pytest.fixture
def start(tmp_path, flood_program, keys):
    with short_directory() as sockets, ScriptedProvider() as provider:
        gates = []
        provider.behave(key_set(keys[0]), introspection_endpoint=f"{provider.url}/introspect")

        def starter(top="", issuer=""):
            gates.append(Gate(tmp_path, provider, flood_program, sockets, top, issuer))
            return gates[0]
        yield starter
        for gate in gates:
            gate.program.stop()


def tokens(maker, keys, provider, count):
    """Of each kind that many: (kind, address, token)."""
    good = [claims(provider.url, HERE, f"user-{number}") for number in range(count)]
    past = [{**one, "iat": 1_600_000_000, "exp": 1_600_003_600} for one in good]
    kinds = {"valid": maker.sign_many(keys[0], good), "expired": maker.sign_many(keys[0], past),
             "unknown-kid": maker.sign_many(keys[1], good), "forged": [token[:-20] + "AAAAAAAAAAAAAAAAAAAA" for token in maker.sign_many(keys[0], good)],
             "garbage": [os.urandom(30).hex() for _ in range(count)]}
    return [(kind, GOOD if kind == "valid" else BAD, kinds[kind][number]) for number in range(count) for kind in kinds]


def test_JK_02_SEC_12_a_hundred_thousand_requests_of_all_kinds(start, maker, keys):
    gate = start("address_rate off")
    lines = tokens(maker, keys, gate.provider, 300)
    assert gate.ask(lines[0][2]) == 200 and (gate.provider.count(DISCOVERY), gate.provider.count(KEYS)) == (1, 1)
    # The keys are old enough that a name nobody knows might be a new one, and the last question is long ago.
    gate.program.stop()
    gate.age(120)
    (gate.state / "table").unlink()
    gate.start()
    started = time.monotonic()
    gate.flood(lines, REQUESTS // 2)  # by now every process remembers every good one
    before = gate.private_kib()
    outcome = gate.flood(lines, REQUESTS)
    after = gate.private_kib()
    minutes = int((time.monotonic() - started) // 60)

    each = str(REQUESTS // 5)
    assert {kind: one["statuses"] for kind, one in outcome.items()} == {
        "valid": {"200": int(each)}, **{kind: {"401": int(each)} for kind in ("expired", "unknown-kid", "forged", "garbage")}}
    # One refresh was forced, and one more for each minute that passed.
    assert 2 <= gate.provider.count(KEYS) <= 2 + minutes and gate.provider.count(DISCOVERY) <= 1 + minutes
    assert len(before) == len(after) == PROCESSES
    assert max(after) <= max(before) + 256, f"private memory in KiB grew from {before} to {after}"


def test_SEC_12_with_the_provider_hanging_nobody_who_is_known_waits_for_it(start, maker, keys, tmp_path, record_property):
    secret = tmp_path / "secret"
    secret.write_text("secret-of-the-gate-itself\n")
    secret.chmod(0o600)
    gate = start("address_rate off", f"introspection_endpoint discover; introspection_client gate; introspection_secret_file {secret};")
    gate.provider.script("/introspect", Answer(body={"active": False}))
    everything = tokens(maker, keys, gate.provider, 200)
    known = [line for line in everything if line[0] == "valid"]
    gate.flood(known, 4000)  # by now each process knows the keys
    calm = gate.flood(known, 20_000, threads=4)["valid"]

    for path in (DISCOVERY, KEYS, "/introspect"):
        gate.provider.script(path, gate.provider.never())
    gate.age(310)  # longer than keys are fresh: everybody would like new ones
    (gate.directory / "audit.log").unlink()
    until(lambda: (gate.directory / "audit.log").exists() or gate.ask(known[0][2]) is None, "the programs have noticed that time went by")
    asked = gate.provider.count()
    unknown = [line for line in everything if line[0] in ("garbage", "unknown-kid")]
    # Two thirds of what comes would have to wait for the provider, and as many at once as there are processes and more.
    with subprocess.Popen([gate.flood_program, gate.program.socket, "400", "24", _file(gate, unknown)], stdout=subprocess.PIPE, env=environment()) as strangers:
        gate.provider.wait_for(KEYS if gate.provider.count(KEYS) > 1 else "/introspect", gate.provider.count("/introspect") or 1)
        hanging = gate.flood(known, 20_000, threads=4)["valid"]
        statuses = json.loads(strangers.communicate(timeout=120)[0])
    (gate.directory / "strangers").unlink()
    assert gate.provider.count() > asked
    assert hanging["statuses"] == {"200": 20_000}
    assert all(set(one["statuses"]) <= {"401", "503"} for one in statuses.values())
    waited = [line for line in gate.audit() if line["decision"] == "allow" and "asked_provider" in line]
    assert waited == [], f"{len(waited)} requests of known people waited for the provider"
    record_property("seen", f"known tokens while the provider hangs: median {hanging['median_us']} us, {hanging['median_us'] / calm['median_us']:.2f} "
                            f"of {calm['median_us']} us before; slowest {hanging['slowest_us'] / 1000:.0f} ms; none of {hanging['statuses']['200']} waited")


def _file(gate, lines):
    file = gate.directory / "strangers"
    file.write_text("".join(f"{kind} {address} {token}\n" for kind, address, token in lines))
    return file


def test_PO_05_a_flood_from_one_address_leaves_the_others_alone(start, maker, keys):
    gate = start("address_rate 100/day")
    lines = tokens(maker, keys, gate.provider, 200)
    outcome = gate.flood(lines, 20_000)
    assert outcome["valid"]["statuses"] == {"200": 4000}
    refused = [one["statuses"] for kind, one in outcome.items() if kind != "valid"]
    assert sum(one.get("401", 0) for one in refused) == 100 and sum(one["429"] for one in refused) == 16_000 - 100
