"""What docs/tool-rules.md tells people to do themselves: the proof that an MCP server holds headers to its body."""

import re
import subprocess
from contextlib import contextmanager

import pytest

from support.mcp_servers import McpServer
from support.processes import ROOT, Process, environment, free_port, wait_for_port
from support.programs import program_path

SCRIPT = next(text for text in re.findall(r"^```sh\n(.*?)^```$", (ROOT / "docs/tool-rules.md").read_text(), re.S | re.M) if "ask()" in text)
HEADER_MISMATCH = "-32020"


def prove(url):
    """What the server answers to each request of the page: status and body by what stands before the first blank of its title."""
    there = SCRIPT.replace("http://127.0.0.1:8080/mcp", url)
    assert there != SCRIPT
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", there], env=environment(), capture_output=True, text=True, timeout=60, check=True)
    answers = {}
    for part in done.stdout.split("== ")[1:]:
        title, rest = part.split("\n", 1)
        body, status = rest.rstrip("\n").rsplit("\n", 1)
        answers[title.split()[0]] = (int(status), body)
    assert list(answers) == ["as", "(a)", "(b)", "(c)", "(d)", "(e)"]
    return answers


@contextmanager
def our_example(directory):
    port = free_port()
    with Process([program_path("mcp-server"), str(port)], log=directory / "mcp-server.log") as server:
        wait_for_port(port, server)
        yield f"http://127.0.0.1:{port}/mcp"


@contextmanager
def the_sdk(directory):
    with McpServer(directory) as server:
        yield server.url


@pytest.mark.parametrize("start", [the_sdk, our_example], ids=["SDK 2", "our example"])
def test_HD_03_a_server_that_checks_headers_is_proved_to(tmp_path, start):
    with start(tmp_path) as url:
        answers = prove(url)
    assert answers["as"][0] == 200 and '"error"' not in answers["as"][1]
    for name in ("(a)", "(b)", "(c)", "(d)", "(e)"):
        status, body = answers[name]
        assert 400 <= status < 500, (name, answers)
        assert name in ("(c)", "(d)") or HEADER_MISMATCH in body, (name, answers)


def test_HD_03_one_that_does_not_is_found_out(tmp_path):
    with McpServer(tmp_path, sdk=1) as server:
        answers = prove(server.url)
    assert [name for name in ("(a)", "(b)", "(e)") if HEADER_MISMATCH in answers[name][1]] == []
