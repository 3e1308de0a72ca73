"""The protocol's own conformance suite finds the same in an MCP server behind the gate as without: the gate takes nothing away."""

import json
import os
import re
import subprocess

import pytest

from support.fronts import KINDS
from support.node import NODE, PACKAGES, NodeServer, node_environment
from support.processes import Process, free_port, wait_for_port
from support.scripted_provider import ScriptedProvider
from support.site import claims, start_site
from support.tokens import key_set

SUITE = PACKAGES / "@modelcontextprotocol" / "conformance" / "dist" / "index.js"
# A bare server believes any Host and Origin; the gate does not.
REBINDING = "dns-rebinding-protection"

SETTINGS = """
ca_file {ca}
issuer {issuer}
resource URL/mcp {{
    allow any
    rate off
    allow_origin http://127.0.0.1:{hop}
}}
"""

# The suite knows no tokens: this hop brings one along and changes nothing else.
HOP = """
{user}
daemon off;
pid {home}/nginx.pid;
error_log stderr;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {home}/body;
    proxy_temp_path {home}/proxy;
    fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi;
    scgi_temp_path {home}/scgi;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://127.0.0.1:{site};
            proxy_http_version 1.1;
            proxy_buffering off;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_set_header Authorization "Bearer {token}";
        }}
    }}
}}
"""


class ConformanceServer(NodeServer):
    """An MCP server with all that the scenarios of the suite ask for."""

    def __init__(self, directory):
        super().__init__("conformance-server.mjs", {}, directory)
        self.port = int(self.url.split(":")[2].split("/")[0])

    def hosts(self) -> list:
        """The Host of every request that reached it so far."""
        return [value for line in self.lines() if "arrived" in line for name, value in line["headers"] if name.lower() == "host"]


def run_suite(url, directory) -> dict:
    """{scenario: {"passed": number, "failed": number, "checks": [(check, status)]}}"""
    done = subprocess.run([NODE, SUITE, "server", "--url", url, "--spec-version", "2025-11-25", "-o", directory],
                          env=node_environment(), capture_output=True, text=True, timeout=120, check=False, stdin=subprocess.DEVNULL)
    summary = re.findall(r"^\S (\S+): (\d+) passed, (\d+) failed", done.stdout.partition("=== SUMMARY ===")[2], re.MULTILINE)
    assert summary, done.stdout[-2000:] + done.stderr[-2000:]
    results = {}
    for scenario, passed, failed in summary:
        [file] = directory.glob(f"server-{scenario}-20*/checks.json")
        checks = [(check["id"], check["status"]) for check in json.loads(file.read_text())]
        results[scenario] = {"passed": int(passed), "failed": int(failed), "checks": checks}
    return results


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with ConformanceServer(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="module")
def straight(server, tmp_path_factory):
    """What the suite finds without the gate: the server does all that it is asked, so that there is something to lose."""
    results = run_suite(server.url, tmp_path_factory.mktemp("straight"))
    assert len(results) >= 30
    assert [scenario for scenario, result in results.items() if result["failed"]] == [REBINDING]
    return results


@pytest.mark.parametrize("kind", KINDS)
def test_HD_14_HD_18_OR_03_the_suite_finds_the_same_behind_the_gate(kind, straight, server, authority, server_pair, maker, tmp_path):
    key, port, hop_port, home = maker.key(), free_port(), free_port(), tmp_path / "hop"
    home.mkdir()
    before = len(server.hosts())
    with ScriptedProvider(tls=server_pair) as provider:
        provider.behave(key_set(key))
        settings = SETTINGS.format(ca=authority.certificate, issuer=provider.url, hop=hop_port)
        with start_site(kind, tmp_path / "site", settings, upstream_port=server.port, port=port) as site:
            token = maker.sign(key, claims(provider.url, f"{site.url}/mcp"))
            config = home / "nginx.conf"
            config.write_text(HOP.format(user="user root;" if os.geteuid() == 0 else "", home=home, port=hop_port, site=port, token=token))
            with Process(["nginx", "-p", home, "-e", "stderr", "-c", config], log=home / "nginx.log") as hop:
                wait_for_port(hop_port, hop)
                gated = run_suite(f"http://127.0.0.1:{hop_port}/mcp", tmp_path / "results")
    assert gated.pop(REBINDING)["failed"] == 0
    assert server.hosts()[before:]
    assert not [host for host in server.hosts()[before:] if host.split(":")[0] != "127.0.0.1"]
    assert gated == {scenario: result for scenario, result in straight.items() if scenario != REBINDING}
