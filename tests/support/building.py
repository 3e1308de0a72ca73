"""Programs that tests are helped by, in C."""

import fcntl
import functools
import subprocess

from support.processes import ROOT


@functools.cache
def built(name):
    """The program of tests/support/NAME.c on the sanitized build, made anew where it is out of date; by one process at a time."""
    program = ROOT / "build" / "sanitize" / "tests" / "support" / name
    with open(ROOT / "build" / "making", "a", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run(["make", "-s", "VARIANT=sanitize", str(program.relative_to(ROOT))], cwd=ROOT, check=True, stdout=subprocess.DEVNULL, timeout=600)
    return program
