"""Starts the real programs that a test needs, waits until they answer, and ends them by process id."""

import itertools
import os
import random
import select
import signal
import socket
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Servers that make install-packages unpacked for the tests come first; see bin/install-packages.
TOOLS = ROOT / "build" / "packages" / "bin"


class Stuck(AssertionError):
    """A program did not do in time what the test waits for; the message carries the end of its log."""


# Below the ports that the system gives to connections, a part for each of the processes that run tests at once.
_PORTS = range(12000, 32000)
_ports = itertools.count(random.randrange(len(_PORTS)))


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on right now, and that no other test will be given soon."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    mine = _PORTS[int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])::workers]
    while True:
        port = mine[next(_ports) % len(mine)]
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def environment(**more: str) -> dict:
    """A small environment: nothing of the caller's but what programs need to run."""
    keep = ("HOME", "LANG", "TMPDIR", "NODE_EXTRA_CA_CERTS", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS")
    clean = {name: os.environ[name] for name in keep if name in os.environ}
    clean["PATH"] = f"{TOOLS}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    clean.update(more)
    return clean


class Process:
    """One running program in its own process group; its output goes to `log`."""

    def __init__(self, argv, *, log: Path, env=None, cwd=None, **popen):
        self.argv = [str(word) for word in argv]
        self.log = Path(log)
        self._stopped = False
        with open(self.log, "ab") as out:
            self.popen = subprocess.Popen(
                self.argv, stdin=popen.pop("stdin", subprocess.DEVNULL), stdout=out, stderr=subprocess.STDOUT,
                env=environment() if env is None else env, cwd=cwd, start_new_session=True, **popen)

    @property
    def pid(self) -> int:
        return self.popen.pid

    def tail(self, size=2000) -> str:
        return self.log.read_text(errors="replace")[-size:]

    def stop(self, timeout=10) -> int:
        """Asks the group to end, insists after `timeout` seconds; returns the exit status. Once: its number may be another's later."""
        if self._stopped:
            return self.popen.returncode
        if self.popen.poll() is None:
            self._signal(signal.SIGTERM)
            try:
                self.popen.wait(timeout)
            except subprocess.TimeoutExpired:
                self._signal(signal.SIGKILL)
                self.popen.wait()
        self._signal(signal.SIGKILL)  # whatever the program left behind in its group
        self._stopped = True
        return self.popen.returncode

    def _signal(self, number):
        try:
            os.killpg(self.popen.pid, number)
        except ProcessLookupError:
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def until(condition, what: str, *, process: Process = None, timeout=20.0):
    """Asks `condition` until it is true; fails at once when `process` has ended."""
    deadline = time.monotonic() + timeout
    while not (value := condition()):
        if process is not None and process.popen.poll() is not None:
            raise Stuck(f"{process.argv[0]} ended with {process.popen.returncode} before: {what}\n{process.tail()}")
        if time.monotonic() > deadline:
            raise Stuck(f"not in {timeout} s: {what}\n{process.tail() if process else ''}")
        select.select([], [], [], 0.01)
    return value


def wait_for_port(port: int, process: Process, host="127.0.0.1"):
    def answers():
        with socket.socket() as probe:
            return probe.connect_ex((host, port)) == 0
    until(answers, f"{process.argv[0]} listens on {host}:{port}", process=process)


def wait_for_socket(path: Path, process: Process):
    def answers():
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(path)) == 0
    until(answers, f"{process.argv[0]} listens on {path}", process=process)


def wait_for_line(text: str, process: Process):
    until(lambda: text in process.log.read_text(errors="replace"), f"{process.argv[0]} prints {text!r}", process=process)
