"""
The protocol's own conformance suite for authorization servers, against ours. It asks for the metadata, prints a URL, waits until
somebody has logged in there and the code comes to its callback, and redeems it. It asks for no scope.
"""

import json
import re
import subprocess
import tempfile
import threading
from pathlib import Path

import pytest

from support.broker_world import start_broker
from support.fronts import KINDS
from support.mcp_servers import McpServer
from support.node import NODE, PACKAGES, node_environment, script_command
from support.processes import free_port

SUITE = PACKAGES / "@modelcontextprotocol" / "conformance" / "dist" / "index.js"
CLIENT = """
client conformance {
    client_name "Conformance suite"
    redirect_uri http://127.0.0.1/callback
}
"""
SCENARIOS = {"authorization-server-metadata-endpoint", "authorization-code-grant"}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with McpServer(tmp_path_factory.mktemp("mcp")) as running:
        yield running


@pytest.fixture(scope="module", params=KINDS)
def broker(request, authority, server_pair, server, tmp_path_factory):
    with start_broker(request.param, tmp_path_factory.mktemp("broker"), authority=authority, server_pair=server_pair,
                      upstream_port=server.port, more=CLIENT) as site:
        yield site


def log_in(url, ca):
    """What the suite asks a person to do: opens the URL, agrees, and logs in."""
    done = subprocess.run(script_command("browse.mjs", {"url": url}), env=node_environment(ca), capture_output=True, text=True, timeout=60,
                          check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, (done.stdout, done.stderr[-2000:])
    return json.loads(done.stdout.strip().splitlines()[-1])


def run_suite(site, results, *arguments, timeout=90):
    """Everything that the suite printed, and its checks: {id: {status, errorMessage, ...}}; a URL that it prints is visited."""
    command = [NODE, SUITE, "authorization", "--url", site.url, "--client-id", "conformance", "-p", free_port(), "-o", results, *arguments]
    running = subprocess.Popen([str(word) for word in command], env=node_environment(site.ca), stdin=subprocess.DEVNULL, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    printed, visited, watch = "", None, threading.Timer(timeout, running.kill)
    watch.start()
    try:
        for line in running.stdout:
            printed += line
            if found := re.fullmatch(rf"({re.escape(site.url)}/oauth/authorize\?\S+)\n", line):
                visited = log_in(found[1], site.ca)
    finally:
        watch.cancel()
        running.kill()
        running.wait()
    checks = [check for file in Path(results).rglob("checks.json") for check in json.loads(file.read_text())]
    return printed, visited, {check["id"]: check for check in checks}


@pytest.mark.proves("oidc-provider", "broker")
@pytest.mark.parametrize("arguments", [[], ["--resource"], ["--spec-version", "2025-11-25"]], ids=["bare", "resource", "2025-11-25"])
def test_BK_09_ASM_01_ASM_18_the_suites_scenarios_for_authorization_servers_pass(broker, arguments):
    arguments = [*arguments, broker.resource] if arguments == ["--resource"] else arguments
    # Not below the test's own folder: the suite writes the code there, which is nobody's leak.
    with tempfile.TemporaryDirectory() as results:
        printed, visited, checks = run_suite(broker, results, *arguments)
    assert {one for one in SCENARIOS if f"Running scenario: {one} " in printed} == SCENARIOS, printed
    assert [press["button"] for press in visited["pressed"]] == ["allow"]
    assert {name: (check["status"], check.get("errorMessage")) for name, check in checks.items()} == {
        "authorization-server-metadata": ("SUCCESS", None),
        "authorization-server-metadata-cimd": ("SUCCESS", None),
        "authorization-code-grant": ("SUCCESS", None),
    }, printed


def test_BK_09_the_suite_sees_a_fault(broker):
    """The control: an issuer that is not exactly ours."""
    with tempfile.TemporaryDirectory() as results:
        printed, _, checks = run_suite(broker, results, "--url", f"{broker.url}/", "--scenario", "authorization-server-metadata-endpoint")
    assert checks["authorization-server-metadata"]["status"] == "FAILURE", printed
    assert checks["authorization-server-metadata"]["errorMessage"] == f"Invalid issuer: {broker.url}"
