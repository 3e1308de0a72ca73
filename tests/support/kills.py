"""Runs a program as plain CGI and kills it (SIGKILL) just before a system call of its own: each that changes anything, one after the other."""

import re
import signal
import subprocess
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from support.credentials import seen_words
from support.processes import environment
from support.programs import Answer, parse_answer, program_path

# All by which a program changes a file or tells something. strace knows them under these names on every machine.
CALLS = ("write", "writev", "pwrite64", "pwritev", "fsync", "fdatasync", "ftruncate", "truncate", "fallocate", "rename", "renameat", "renameat2",
         "link", "linkat", "unlink", "unlinkat", "mkdir", "mkdirat")


@dataclass
class Traced:
    """`answer` is None when nothing was answered; `calls` is what was done of CALLS: (name, descriptor or None)."""

    killed: bool
    answer: Answer
    calls: list = field(repr=False)


def run_traced(program, variables, body, config, trace: Path, kill=None) -> Traced:
    """`kill` is (call, number): the program ends before its call of that number, counted by itself. As ptrace allows no second look, no leaks."""
    inject = ["-e", f"inject={kill[0]}:signal=SIGKILL:when={kill[1]}"] if kill else []
    env = environment(GATEWAY_INTERFACE="CGI/1.1", **variables)
    env["ASAN_OPTIONS"] = env.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
    done = subprocess.run(["strace", "-f", "-qq", "-s", "0", "-o", trace, "-e", "trace=" + ",".join(f"?{call}" for call in CALLS), "-e", "signal=none", *inject,
                           program_path(program).resolve(), "-c", config], input=body, env=env, capture_output=True, timeout=60, check=False)
    seen_words(done.stderr)
    killed = done.returncode == -signal.SIGKILL  # strace ends as the program did
    assert killed or done.returncode == 0, (done.returncode, done.stderr.decode(errors="replace"), trace.read_text()[-2000:])
    calls = [(name, int(first) if first else None) for name, first in re.findall(r"^\d+ +([a-z0-9]+)\((\d+)?", trace.read_text(), re.M)]
    return Traced(killed, parse_answer(done.stdout, done.stderr.decode(errors="replace")) if done.stdout else None, calls)


def kill_everywhere(directory, config, prepare):
    """
    For each of the calls that the program makes: yields (what, context, Traced) of a run that ended before the first, the second and
    so on, until one is not killed. `prepare()` gives (program, variables, body, context) for one run.
    """
    program, variables, body, context = prepare()
    whole = run_traced(program, variables, body, config, directory / "trace")
    yield "not killed", context, whole
    for call in sorted({name for name, _ in whole.calls}):
        for number in count(1):
            program, variables, body, context = prepare()
            run = run_traced(program, variables, body, config, directory / "trace", (call, number))
            yield f"before {call} {number}", context, run
            if not run.killed:
                break
