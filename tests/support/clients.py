"""Real MCP clients without a screen: the SDKs in both versions, and mcp-remote."""

import json
import os
import select
import shlex
import subprocess
import time
from pathlib import Path

from support.credentials import register
from support.node import NODE, PACKAGES, node_environment, script_command
from support.processes import Process, Stuck, free_port

PROTOCOL = "2025-11-25"


def run_client(url, *, sdk=2, ca=None, timeout=60, **settings) -> dict:
    """
    Logs in and calls a tool with SDK 1 or 2 or "ai" (the AI SDK's); the settings are those at the head of node/drive.mjs. Returns what the
    driver prints: ok, tools, callback (error and iss of a refusal), called (by tool), result (text), protocol, events, steps (method, url, status), client_id,
    token_claims, error (name, message) if it failed.
    """
    settings = {"url": url, **settings}
    done = subprocess.run(script_command({1: "client-v1.mjs", 2: "client-v2.mjs", "ai": "client-ai-sdk.mjs"}[sdk], settings), env=node_environment(ca), capture_output=True,
                          text=True, timeout=timeout, check=False, stdin=subprocess.DEVNULL)
    lines = [json.loads(line) for line in done.stdout.strip().splitlines()]
    assert lines, f"the client said nothing, exit {done.returncode}: {done.stderr[-2000:]}"
    for line in lines:
        for kind, value in line.get("issued", {}).items():
            register(value, f"{kind} of a client")
    return lines[-1]


class McpRemote(Process):
    """
    mcp-remote as a local stdio server: JSON-RPC in and out by ask(). `client_id` skips registration. The browser that
    it opens is a script which follows the redirects, once the callback is listened to.
    """

    def __init__(self, url, directory, *, ca=None, client_id=None, arguments=()):
        directory = Path(directory)
        home = directory / f"mcp-remote-{os.urandom(4).hex()}"
        home.mkdir(parents=True)
        port = free_port()
        browser = home / "browser"
        write_browser(browser, port)
        (home / "xdg-open").symlink_to(browser)
        known = ["--static-oauth-client-info", json.dumps({"client_id": client_id})] if client_id else []
        env = node_environment(ca, HOME=str(home), BROWSER=str(browser), MCP_REMOTE_CONFIG_DIR=str(home / "config"))
        env["PATH"] = f"{home}:{env['PATH']}"
        proxy = PACKAGES / "mcp-remote" / "dist" / "proxy.js"
        # Its answers are a pipe of their own; only what it says to people goes to the log.
        reader, writer = os.pipe()
        self._answers, self._partial, self._number = reader, b"", 0
        try:
            super().__init__(
                ["bash", "-c", f'exec "$@" >&{writer}', "mcp-remote", NODE, proxy, url, port, "--allow-http", *known, *arguments],
                log=home / "mcp-remote.log", env=env, stdin=subprocess.PIPE, pass_fds=(writer,))
        finally:
            os.close(writer)

    def ask(self, method, timeout=60, **params) -> dict:
        """Sends a request and returns the answer to it: a dict with `result` or `error`."""
        self._number += 1
        self._send({"id": self._number, "method": method, "params": params})
        deadline = time.monotonic() + timeout
        while (answer := self._next_line(deadline)).get("id") != self._number:
            pass
        return answer

    def call(self, tool, timeout=60, **arguments) -> str:
        """Initializes if need be, calls the tool and returns its text."""
        if self._number == 0:
            started = self.ask("initialize", timeout, protocolVersion=PROTOCOL, capabilities={},
                               clientInfo={"name": "gatehouse-tests", "version": "1"})
            assert "result" in started, f"{started}\n{self.tail()}"
            self._send({"method": "notifications/initialized"})
        answer = self.ask("tools/call", timeout, name=tool, arguments=arguments)
        assert "result" in answer, f"{answer}\n{self.tail()}"
        return "".join(part["text"] for part in answer["result"]["content"])

    def stop(self, timeout=10):
        status = super().stop(timeout)
        self.popen.stdin.close()
        if self._answers is not None:
            os.close(self._answers)
            self._answers = None
        return status

    def _send(self, message):
        self.popen.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
        self.popen.stdin.flush()

    def _next_line(self, deadline) -> dict:
        while b"\n" not in self._partial:
            ready, _, _ = select.select([self._answers], [], [], max(0, deadline - time.monotonic()))
            piece = os.read(self._answers, 65536) if ready else b""
            if not piece:
                raise Stuck(f"mcp-remote {'ended' if ready else 'does not answer'}\n{self.tail(4000)}")
            self._partial += piece
        line, _, self._partial = self._partial.partition(b"\n")
        return json.loads(line)


# On a step-up mcp-remote opens the browser before it listens, so the browser waits for the port. A stranger's
# connection to the port does no harm: the callback is told by its path.
_BROWSER = """#!/usr/bin/env bash
exec {command} "{{\\"url\\":\\"$1\\",\\"port\\":{port}}}" >>"${{0%/*}}/browser.log" 2>&1
"""


def write_browser(file, port):
    """A program that clients start with a URL: somebody who logs in and agrees. It waits until the client listens on `port`."""
    *command, _ = script_command("browse.mjs")
    file.write_text(_BROWSER.format(command=" ".join(map(shlex.quote, command)), port=port))
    file.chmod(0o755)


def run_inspector(url, directory, *, ca=None, tool="whoami", arguments=(), timeout=90):
    """
    The Inspector's command line calls a tool, after a login in a browser that is write_browser's. The text of the tool's
    result; an assertion with what it said if it failed.
    """
    home = Path(directory) / f"inspector-{os.urandom(4).hex()}"
    home.mkdir(parents=True)
    port = free_port()
    browser = home / "browser"
    write_browser(browser, port)
    (home / "xdg-open").symlink_to(browser)
    env = node_environment(ca, HOME=str(home), BROWSER=str(browser), MCP_AUTO_OPEN_ENABLED="true")
    env["PATH"] = f"{home}:{env['PATH']}"
    launcher = PACKAGES / "@modelcontextprotocol" / "inspector" / "clients" / "launcher" / "build" / "index.js"
    done = subprocess.run(
        [NODE, launcher, "--cli", "--server-url", url, "--transport", "http", "--method", "tools/call", "--tool-name", tool, "--format", "json",
         "--callback-url", f"http://127.0.0.1:{port}/oauth/callback", *arguments],
        env=env, cwd=home, capture_output=True, text=True, timeout=timeout, check=False, stdin=subprocess.DEVNULL)
    log = home / "browser.log"
    told = f"{done.stdout[-2000:]}\n{done.stderr[-3000:]}\n{log.read_text()[-2000:] if log.exists() else 'no browser was opened'}"
    assert done.returncode == 0, told
    result = json.loads(done.stdout)
    result = result.get("result", result)
    return "".join(part["text"] for part in result["content"])
