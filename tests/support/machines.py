"""
Machines of a small network: network namespaces on one bridge, each with a loopback of its own. Needs root. Nothing of the machine
at hand is changed: the bridge is in a namespace too, and all of them go with the Network.
"""

import ctypes
import os
import socket
import subprocess
import threading
from contextlib import ExitStack, contextmanager

CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def _ip(*words):
    done = subprocess.run(["ip", *map(str, words)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"ip {' '.join(map(str, words))}: {done.stderr}"


class Machine:
    """`address` in the network; `before` starts a command there."""

    def __init__(self, name, address):
        self.name, self.address = name, address
        self.before = ["ip", "netns", "exec", name]

    def connect(self, address, port, timeout=20.0) -> socket.socket:
        """A connection from this machine. A thread may be in another namespace than its process, and a socket stays in its own."""
        found = []

        def reach():
            descriptor = os.open(f"/run/netns/{self.name}", os.O_RDONLY)
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
    tag = f"gh{os.getpid()}-{os.urandom(2).hex()}"
    with ExitStack() as stack:
        def add(name, address):
            machine = Machine(f"{tag}-{name}", address)
            _ip("netns", "add", machine.name)
            stack.callback(_ip, "netns", "del", machine.name)
            _ip("-n", machine.name, "link", "set", "lo", "up")
            return machine

        machines = {"hub": add("hub", "10.77.0.1")}
        hub = machines["hub"].name
        _ip("-n", hub, "link", "add", "bridge", "type", "bridge")
        _ip("-n", hub, "addr", "add", "10.77.0.1/24", "dev", "bridge")
        _ip("-n", hub, "link", "set", "bridge", "up")
        for number, name in enumerate(names, 2):
            machines[name] = machine = add(name, f"10.77.0.{number}")
            _ip("-n", hub, "link", "add", f"port{number}", "type", "veth", "peer", "name", "eth0", "netns", machine.name)
            _ip("-n", hub, "link", "set", f"port{number}", "master", "bridge", "up")
            _ip("-n", machine.name, "addr", "add", f"{machine.address}/24", "dev", "eth0")
            _ip("-n", machine.name, "link", "set", "eth0", "up")
        yield machines
