"""Whole ways through our own authorization server, from the request of a client to a renewed token, by many people at once."""

import base64
import hashlib
import itertools
import json
import os
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path
from urllib.parse import parse_qs, urlencode

from support.credentials import register, seen_words
from support.person import Person
from support.processes import environment
from support.programs import fastcgi, program_path, run_cgi, run_command
from support.scripted_provider import Answer, ScriptedProvider
from support.tokens import key_set

GATE = "http://127.0.0.1:8443"
MCP = f"{GATE}/mcp"
BACK = "http://127.0.0.1/callback"
VERIFIER = "verifier-" + "0123456789" * 4
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)


class LoginProvider(ScriptedProvider):
    """A provider that logs in whoever comes, at once; its codes and refresh tokens are for one use, as at strict ones."""

    def __init__(self, maker, key, *, tls=None):
        super().__init__(tls=tls)
        self._maker, self._key, self._lock, self._logins = maker, key, threading.Lock(), {}
        self.silent, self.waiting = False, 0  # of who asks with a refresh token: are they kept waiting, and how many do
        self.behave(key_set(key), authorization_response_iss_parameter_supported=True, id_token_signing_alg_values_supported=["ES256"])

    def _remember(self, kind, login) -> str:
        secret = register(f"{kind}-of-the-provider-{os.urandom(12).hex()}", "token of the provider")
        self._logins[secret] = login
        return secret

    def log_in(self, asked, subject) -> dict:
        """What the browser brings to the callback."""
        return {"code": self._remember("code", (subject, asked["nonce"])), "state": asked["state"], "iss": self.url}

    def take(self, request):
        if request.path != "/token":
            return super().take(request)
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        now = int(time.time())
        with self._lock:
            if self.silent and "refresh_token" in form:
                self.waiting += 1
                return self.never()
            login = self._logins.pop(form.get("code") or form.get("refresh_token"), None)
            if login is None:
                return Answer(400, b'{"error":"invalid_grant"}', {"Content-Type": "application/json"})
            subject, nonce = login
            claims = {"iss": self.url, "aud": "gate", "sub": subject, "email": f"{subject}@example.com", "email_verified": True,
                      "groups": ["staff", "mcp-users"], "iat": now, "exp": now + 300, **({"nonce": nonce} if "code" in form else {})}
            return Answer(body={"access_token": f"opaque-{subject}", "token_type": "Bearer", "id_token": self._maker.sign(self._key, claims, {"typ": "JWT"}),
                                "refresh_token": self._remember("refresh", (subject, nonce))})


class Workers:
    """FastCGI processes of one program on one socket. Any of them may be killed: another takes its place, and who waits is served."""

    def __init__(self, program, config, directory, count=1):
        self._argv = [program_path(program), "-c", config]
        self.socket, self.log = Path(directory) / f"{program}.sock", Path(directory) / f"{program}.log"
        self.socket.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.socket))
        self._listener.listen(128)
        self.processes = [self._start() for _ in range(count)]

    def _start(self):
        with open(self.log, "ab") as log:
            return subprocess.Popen(self._argv, stdin=self._listener, stdout=log, stderr=log, env=environment(), start_new_session=True)

    def kill_one(self, number):
        """SIGKILL, whatever it is doing; gives the process that takes its place."""
        at = number % len(self.processes)
        self.processes[at].kill()
        self.processes[at].wait()
        self.processes[at] = self._start()

    def stop(self):
        """What was wrong with their ends; None: nothing."""
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        ends = [process.wait(20) for process in self.processes]
        self._listener.close()
        self.socket.unlink()
        seen_words(self.log.read_bytes())
        return None if ends == [0] * len(ends) else (ends, self.log.read_text(errors="replace")[-2000:])


class Place:
    """Our authorization server with one resource and one client; asked as plain CGI unless start() has begun FastCGI processes."""

    def __init__(self, directory, provider, *, state=None, top=""):
        self.directory, self.provider = Path(directory), provider
        self.state, self.config = state or self.directory / "state", self.directory / "gatehouse.conf"
        self.state.mkdir(mode=0o700, exist_ok=True)
        self.running, self._numbers = {}, itertools.count(1)
        self._settings(top)
        if not (self.state / "seal.keys").exists():
            done = run_command("gatehouse", "keys", "init", "-c", self.config)
            assert done.returncode == 0, done.stderr

    def _settings(self, top):
        self.config.write_text(
            f"dev on\nlog_format json\nstate_directory {self.state}\nauthorization_server broker\npublic_issuer {GATE}\naddress_rate off\n{top}\n"
            f"issuer {self.provider.url} {{ client_id gate; }}\nclient notes {{ client_name Notes; redirect_uri {BACK}; }}\n"
            f"resource {MCP} {{ allow any; require_scopes mcp:read; publish_scopes mcp:read mcp:write; rate off; }}\n")

    def start(self, count=1, programs=("authorize", "token")):
        for program in programs:
            self.running[program] = Workers(program, self.config, self.directory, count)

    def stop(self):
        running, self.running = self.running, {}
        # All of them, whatever is wrong with the first: nothing may be left that runs.
        wrong = [what for workers in running.values() if (what := workers.stop())]
        assert not wrong, wrong

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def log(self, program) -> str:
        return (self.directory / f"{program}.log").read_text(errors="replace")

    # ---- one request ----

    def request(self, target, method="GET", headers=(), body=b"", address="192.0.2.1") -> dict:
        """As variables (RFC 3875)."""
        variables = {"REQUEST_METHOD": method, "REQUEST_URI": target, "SERVER_NAME": "127.0.0.1", "REMOTE_ADDR": address}
        for name, value in headers:
            variable = name.upper().replace("-", "_")
            variables[variable if variable == "CONTENT_TYPE" else f"HTTP_{variable}"] = value
        if body:
            variables["CONTENT_LENGTH"] = str(len(body))
        return variables

    def ask(self, program, variables, body=b""):
        if program in self.running:
            return fastcgi(self.running[program].socket, variables, body)
        return run_cgi(program, variables, body, ["-c", self.config])

    # ---- people and clients ----

    def person(self) -> Person:
        """At an address of their own: limits are not what this is about."""
        number = next(self._numbers)
        address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        return Person(lambda target, method, headers, body: self.ask("authorize", self.request(target, method, headers, body, address), body))

    def ask_consent(self, person):
        """The page that the client's request leads to."""
        return person.open("/oauth/authorize", response_type="code", client_id="notes", redirect_uri=BACK, state="a state", code_challenge=CHALLENGE,
                           code_challenge_method="S256", scope="mcp:read", resource=MCP)

    def begin(self, person, subject="alice") -> dict:
        """From the client's request over consent to the login; gives what the browser brings to the callback. None: refused."""
        return self.agree(person, self.ask_consent(person), subject)

    def agree(self, person, page, subject="alice") -> dict:
        """The rest of begin()."""
        onward = person.allow(page) if page.answer.status == 200 else page
        return self.provider.log_in(onward.parameters, subject) if onward.answer.status == 200 else None

    def callback(self, person, query) -> str:
        """The code; None: refused."""
        step = person.open("/oauth/callback", **query)
        code = step.parameters.get("code") if step.goes_to else None
        return register(code, "code") if code else None

    def code(self, subject="alice") -> str:
        person = self.person()
        query = self.begin(person, subject)
        return self.callback(person, query) if query else None

    def redemption(self, code):
        return self._form("/oauth/token", grant_type="authorization_code", client_id="notes", code=code, redirect_uri=BACK, code_verifier=VERIFIER)

    def refresh(self, token):
        return self._form("/oauth/token", grant_type="refresh_token", client_id="notes", refresh_token=token)

    def revocation(self, token):
        return self._form("/oauth/revoke", client_id="notes", token=token)

    def _form(self, target, **parameters):
        body = urlencode(parameters).encode()
        return self.request(target, "POST", FORM, body), body

    def post(self, form):
        """The answer of `token` to what redemption, refresh or revocation gave."""
        return self.ask("token", *form)

    def tokens(self, form) -> dict:
        """What was given; None: refused as invalid_grant. Any other answer is an error."""
        return given_by(self.post(form))

    def check(self, token):
        variables = self.request("/mcp", "POST", (("Authorization", f"Bearer {token}"),))
        return self.ask("auth-check", variables)


def given_by(answer) -> dict:
    if answer is None:
        return None
    if answer.status == 400 and json.loads(answer.body)["error"] == "invalid_grant":
        return None
    assert answer.status == 200, answer.raw
    given = json.loads(answer.body)
    register(given["access_token"], "access token")
    register(given["refresh_token"], "refresh token")
    return given
