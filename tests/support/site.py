"""A whole site: a front server with the shipped configuration and the real programs behind it."""

import subprocess
import time
from contextlib import contextmanager, ExitStack
from pathlib import Path

from support.fronts import start_front
from support.processes import environment, free_port
from support.programs import NAMES, Programs, program_path, run_command, short_directory


def claims(issuer, audience, subject="alice", **more) -> dict:
    """Those of a good access token (RFC 9068 2.2) that lives for an hour; a member that is None is left out."""
    now = int(time.time())
    members = {"iss": issuer, "aud": audience, "sub": subject, "client_id": "client-1", "jti": f"{subject}-{now}", "iat": now,
               "exp": now + 3600, "scope": "mcp:read", "groups": ["mcp-users"], **more}
    return {name: value for name, value in members.items() if value is not None}


class Site:
    """`front`, `programs`, `sockets` (their directory), `config` (the settings' file), `url` (no closing slash)."""

    def __init__(self, kind, front, programs, config):
        self.kind, self.front, self.programs, self.config = kind, front, programs, config
        self.sockets, self.url, self.port = programs.sockets_dir, front.url, front.port


@contextmanager
def start_site(kind, directory, settings, *, upstream_port, names=NAMES, processes=2, tls=None, port=None, keys=False):
    """
    `settings` is their text, with URL where the site's own address belongs; http on 127.0.0.1 unless there is `tls`. `keys`: make
    those that sign assertions, or a function that makes keys for a settings' file and its state directory.
    """
    port, directory = port or free_port(), Path(directory)
    state, config = directory / "state", directory / "gatehouse.conf"
    state.mkdir(mode=0o700, parents=True)
    url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    config.write_text(f"dev on\nstate_directory {state}\n{settings.replace('URL', url)}\n")
    if callable(keys):
        keys(config, state)
    elif keys:
        assert run_command("gatehouse", "keys", "init", "-c", config).returncode == 0
    # A program that does not start would be a refusal like any other, seen from outside.
    trial = subprocess.run([program_path(names[-1]), "-c", config, "-t"], env=environment(), capture_output=True, text=True,
                           check=False)
    assert trial.returncode == 0, trial.stderr
    with ExitStack() as stack:
        sockets = stack.enter_context(short_directory())
        programs = stack.enter_context(Programs(sockets, config, names, processes))
        front = stack.enter_context(start_front(kind, directory, sockets_dir=sockets, upstream_port=upstream_port, port=port,
                                                tls=tls))
        yield Site(kind, front, programs, config)
