"""Fixtures of the end-to-end tests: front servers, a stand-in for auth-check, an MCP server that remembers."""

import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.certificates import Authority  # noqa: E402
from support.fronts import KINDS, start_front  # noqa: E402
from support.mcp_recorder import Recorder  # noqa: E402
from support.processes import ROOT  # noqa: E402
from support.programs import NAMES, Program, short_directory  # noqa: E402
from support.tokens import TokenMaker  # noqa: E402

PROVEN = ROOT / "build" / "tests" / "e2e" / "proven"


def pytest_configure(config):
    config.addinivalue_line("markers", "proves(provider, mode): what the table in docs/providers.md may call tested when this passes")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    if call.when == "call" and outcome.get_result().passed:
        for mark in item.iter_markers("proves"):
            PROVEN.parent.mkdir(parents=True, exist_ok=True)
            with open(PROVEN, "a", encoding="utf-8") as file:
                file.write("\t".join(mark.args) + "\n")


def pytest_terminal_summary(terminalreporter):
    """What tests measured (record_property("seen", ...)), in words."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "seen":
                terminalreporter.write_line(f"{report.nodeid}: {value}")


WARNINGS = ("-std=c11 -D_GNU_SOURCE -O1 -g -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion "
            "-Wstrict-prototypes -Wmissing-prototypes -Wcast-qual -Wwrite-strings -Wformat=2 -Wundef -Wvla "
            "-Wnull-dereference -Werror").split()


@pytest.fixture(scope="session")
def scripted_check_program(tmp_path_factory):
    """The stand-in for auth-check; the bearer token tells it what to do: see scripted-check.c."""
    program = tmp_path_factory.mktemp("scripted") / "scripted-check"
    subprocess.run(["cc", *WARNINGS, "-o", program, Path(__file__).with_name("scripted-check.c"), "-lfcgi"], check=True)
    return program


@pytest.fixture(scope="session")
def scripted_sockets(scripted_check_program):
    """A directory with the sockets of all programs, the scripted check behind each of them."""
    with short_directory() as directory:
        running = []
        try:
            for name in NAMES:
                running.append(Program(scripted_check_program, sockets_dir=directory, name=name, processes=4))
            yield directory
        finally:
            for program in running:
                program.stop()


@pytest.fixture(scope="session")
def mcp():
    """The MCP server of all tests in this folder that need no real one."""
    with Recorder() as recorder:
        yield recorder


@pytest.fixture(scope="session", params=KINDS)
def scripted_front(request, scripted_sockets, mcp, tmp_path_factory):
    """Each front server in turn, with the scripted check behind it."""
    directory = tmp_path_factory.mktemp("front")
    with start_front(request.param, directory, sockets_dir=scripted_sockets, upstream_port=mcp.port) as running:
        running.kind = request.param
        yield running


@pytest.fixture
def front(scripted_front, mcp):
    """A front server that runs before and after the test, and an MCP server that has seen nothing yet."""
    mcp.forget()
    assert scripted_front.popen.poll() is None
    yield scripted_front
    mcp.release.set()
    assert scripted_front.popen.poll() is None, scripted_front.tail()


# --- the real programs ------------------------------------------------------------------------------------------------

@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    """The one authority that clients and gatehouse trust."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def server_pair(authority):
    """Certificate and key of whoever speaks https on 127.0.0.1."""
    return authority.issue()


@pytest.fixture(scope="session")
def maker():
    """Makes keys and tokens."""
    with TokenMaker() as running:
        yield running
