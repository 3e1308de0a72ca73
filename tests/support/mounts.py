"""A file system of a few megabytes that a test may fill, or make read-only."""

import os
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest


class SmallDisk:
    def __init__(self, directory, size, as_root):
        self.directory, self._as_root, self._size = Path(directory), as_root, size

    def _run(self, *words):
        return subprocess.run([*self._as_root, *words], capture_output=True, text=True, timeout=60, check=False)

    def mount(self):
        return self._run("mount", "-t", "tmpfs", "-o", f"size={self._size},mode=0700,uid={os.geteuid()},gid={os.getegid()}", "tmpfs", self.directory)

    def umount(self):
        done = self._run("umount", self.directory)
        assert done.returncode == 0, done.stderr

    def fill(self):
        with open(self.directory / "filler", "wb", buffering=0) as filler:
            for piece in (65536, 1):
                try:
                    while True:
                        filler.write(b"x" * piece)
                except OSError:
                    pass

    def make_room(self):
        (self.directory / "filler").unlink()

    def writable(self, writable):
        """Nobody may have a file open there for writing."""
        done = self._run("mount", "-o", f"remount,{'rw' if writable else 'ro'}", self.directory)
        assert done.returncode == 0, done.stderr


@contextmanager
def small_disk(directory, size="8m"):
    """As root, or with a sudo that asks nothing; where neither may mount, the test is left out."""
    disk = SmallDisk(directory, size, [] if os.geteuid() == 0 else ["sudo", "-n"])
    try:
        done = disk.mount()
        why = done.stderr if done.returncode else None
    except OSError as missing:
        why = str(missing)
    if why:
        pytest.skip(f"nothing can be mounted here: {why}")
    try:
        yield disk
    finally:
        disk.umount()
