"""Who comes from mcp-oauth-proxy brings its variables and nothing else: gatehouse-run makes a working site of them."""

import json
import shlex
from contextlib import contextmanager

import pytest

from support.clients import run_client
from support.credentials import register
from support.fronts import KINDS
from support.mcp_servers import McpServer
from support.node import script_command
from support.processes import ROOT, Process, environment, free_port, wait_for_line
from support.programs import program_path, short_directory
from support.providers import MockProvider


CLIENT_SECRET = "a-secret-of-the-client"


@contextmanager
def gatehouse_run(directory, *arguments, **variables):
    """gatehouse-run with these variables, once it says that all is up."""
    env = environment(GATEHOUSE_BIN=str(program_path("auth-check").parent.absolute()), GATEHOUSE_DEV="on", **variables)
    with short_directory() as place:
        command = [ROOT / "bin" / "gatehouse-run", "--directory", place, *arguments]
        with Process(command, log=directory / "gatehouse-run.log", env=env) as running:
            wait_for_line("gatehouse is up", running)
            yield running


@pytest.fixture
def provider(tmp_path):
    with MockProvider(tmp_path, claims={"sub": "alice"}) as running:
        yield running


def seed(provider, port, **more):
    register(CLIENT_SECRET, "client secret")
    return {"OIDC_ISSUER_URL": provider.issuer, "OIDC_AUDIENCE": f"http://127.0.0.1:{port}/mcp", "RESOURCE_URL": f"http://127.0.0.1:{port}/mcp",
            "ALLOW_SUBS": "alice", "STATIC_CLIENT_ID": "mcp-client", "STATIC_CLIENT_SECRET": CLIENT_SECRET, "PORT": str(port), **more}


def assert_alice(outcome, port):
    assert outcome["ok"], outcome
    assert outcome["client_id"] == "mcp-client"
    assert f"http://127.0.0.1:{port}/oauth/register" in [step["url"] for step in outcome["steps"] if step["status"] == 201]
    seen = json.loads(outcome["result"])
    assert (seen["identity"]["remote-user"], seen["authorization"]) == ("alice", False)


@pytest.mark.parametrize("front", KINDS)
def test_RG_03_the_seeds_variables_alone_let_a_client_register_log_in_and_call(provider, tmp_path, front):
    port = free_port()
    with McpServer(tmp_path, sdk=1) as server:
        variables = seed(provider, port, MCP_UPSTREAM_URL=f"http://127.0.0.1:{server.port}")
        with gatehouse_run(tmp_path, "--front", front, **variables):
            assert_alice(run_client(f"http://127.0.0.1:{port}/mcp", sdk=1, tool="whoami"), port)


def test_RG_03_the_seeds_spawn_command_starts_the_mcp_server_and_gives_it_no_secret(provider, tmp_path):
    port, server_port = free_port(), free_port()
    started = tmp_path / "environment"
    command = script_command("mcp-server-v1.mjs", {"port": server_port})
    # The command is words for a shell, as the seed has it; on its way it shows what it was given.
    wrapper = tmp_path / "start"
    wrapper.write_text(f"#!/bin/sh\nenv >'{started}'\nexec {shlex.join(command)}\n")
    wrapper.chmod(0o755)
    variables = seed(provider, port, MCP_SPAWN_CMD=str(wrapper), MCP_SPAWN_PORT=str(server_port))
    with gatehouse_run(tmp_path, **variables):
        assert_alice(run_client(f"http://127.0.0.1:{port}/mcp", sdk=1, tool="whoami"), port)
    assert "PATH=" in started.read_text()
    assert CLIENT_SECRET not in started.read_text()


def test_CH_11_who_is_not_on_the_seeds_list_is_refused(provider, tmp_path):
    port = free_port()
    with McpServer(tmp_path, sdk=1) as server:
        variables = seed(provider, port, MCP_UPSTREAM_URL=f"http://127.0.0.1:{server.port}", ALLOW_SUBS="bob")
        with gatehouse_run(tmp_path, **variables):
            outcome = run_client(f"http://127.0.0.1:{port}/mcp", sdk=1, tool="whoami")
        assert not outcome["ok"]
        assert 403 in [step["status"] for step in outcome["steps"]]
        assert server.requests() == []
