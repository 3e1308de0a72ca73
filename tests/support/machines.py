"""
Machines of a small network: network namespaces on one bridge, each with a loopback of its own. Needs root. Nothing of the machine
at hand is changed: the bridge is in a namespace too, and each namespace goes with the process that holds it, so nothing is mounted.
"""

import ctypes
import os
import socket
import subprocess
import threading
import time
from contextlib import ExitStack, contextmanager

CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


class Machine:
    """`address` in the network; `before` starts a command there."""

    def __init__(self, name, address):
        self.name, self.address = name, address
        self._holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"], stdin=subprocess.DEVNULL)
        self.pid = self._holder.pid
        self.place = f"/proc/{self.pid}/ns/net"
        self.before = ["nsenter", f"--net={self.place}"]
        deadline = time.monotonic() + 20
        while os.readlink(self.place) == os.readlink("/proc/self/ns/net"):
            assert self._holder.poll() is None and time.monotonic() < deadline, "unshare --net gave no namespace"
            time.sleep(0.01)
        self.ip("link", "set", "lo", "up")

    def ip(self, *words):
        done = subprocess.run([*self.before, "ip", *map(str, words)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"ip {' '.join(map(str, words))}: {done.stderr}"

    def end(self):
        self._holder.kill()
        self._holder.wait()

    def connect(self, address, port, timeout=20.0) -> socket.socket:
        """A connection from this machine. A thread may be in another namespace than its process, and a socket stays in its own."""
        found = []

        def reach():
            descriptor = os.open(self.place, os.O_RDONLY)
            try:
                if _libc.setns(descriptor, CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), "setns")
                found.append(socket.create_connection((address, port), timeout))
            except OSError as error:
                found.append(error)
            finally:
                os.close(descriptor)

        thread = threading.Thread(target=reach)
        thread.start()
        thread.join()
        if isinstance(found[0], OSError):
            raise found[0]
        return found[0]

    def answers(self, port, address=None) -> bool:
        try:
            self.connect(address or self.address, port).close()
        except OSError:
            return False
        return True


@contextmanager
def network(*names):
    """Machines by these names, and "hub" to which all are connected."""
    with ExitStack() as stack:
        def add(name, address):
            machine = Machine(name, address)
            stack.callback(machine.end)
            return machine

        machines = {"hub": add("hub", "10.77.0.1")}
        hub = machines["hub"]
        hub.ip("link", "add", "bridge", "type", "bridge")
        hub.ip("addr", "add", "10.77.0.1/24", "dev", "bridge")
        hub.ip("link", "set", "bridge", "up")
        for number, name in enumerate(names, 2):
            machines[name] = machine = add(name, f"10.77.0.{number}")
            hub.ip("link", "add", f"port{number}", "type", "veth", "peer", "name", "eth0", "netns", machine.pid)
            hub.ip("link", "set", f"port{number}", "master", "bridge", "up")
            machine.ip("addr", "add", f"{machine.address}/24", "dev", "eth0")
            machine.ip("link", "set", "eth0", "up")
        yield machines
