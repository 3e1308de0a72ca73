"""What the tests of tokens and grants share: a provider, our authorization server, clients, and codes as `authorize` makes them."""

import base64
import hashlib
import json
import subprocess
import time
from urllib.parse import urlencode

import pytest

from support.building import built
from support.credentials import register, secret_file
from support.processes import environment
from support.programs import run_command
from support.scripted_provider import Answer, ScriptedProvider
from support.tokens import key_set

GATE = "http://127.0.0.1:8443"
MCP, OTHER = f"{GATE}/mcp", f"{GATE}/other"
BACK = "http://127.0.0.1:5001/callback"
VERIFIER = "verifier-" + "0123456789" * 4
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
UPSTREAM = "refresh-token-of-the-provider-" + "0123456789abcdef"
ROTATED = "rotated-token-of-the-provider-" + "0123456789abcdef"
SECRET = "s3cret/of+the client:1"
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)


def claims_of(token) -> dict:
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


@pytest.fixture
def provider(key):
    with ScriptedProvider() as running:
        running.behave(key_set(key), id_token_signing_alg_values_supported=["ES256"])
        yield running


class Desk:
    """Our token endpoint, with a provider behind it."""

    def __init__(self, room, provider):
        self.room, self.provider = room, provider
        register(UPSTREAM, "token of the provider")
        register(ROTATED, "token of the provider")
        self.secret = secret_file(room.directory / "secret", SECRET)
        self.settings()
        assert run_command("gatehouse", "keys", "init", "-c", room.config).returncode == 0

    def settings(self, top="", login="", resource="allow any; require_scopes mcp:read; publish_scopes mcp:read mcp:write;"):
        self.room.settings(
            f"dev on\nauthorization_server broker\npublic_issuer {GATE}\n{top}\nissuer {self.provider.url} {{ client_id gate; {login} }}\n"
            f"resource {MCP} {{ {resource} }}\nresource {OTHER} {{ allow any; }}\n"
            f"client notes {{ client_name Notes; redirect_uri {BACK} }}\nclient other {{ redirect_uri https://other.example/cb }}\n"
            f"client closed {{ redirect_uri {BACK}; client_secret_file {self.secret} }}\n")
        self.room.running.clear()

    def code(self, ago=0, kind=1, claims=None, **changes) -> str:
        identity = {"iss": self.provider.url, "sub": "alice", "email": "alice@example.com", "email_verified": True, "groups": ["staff"], **(claims or {})}
        grant = {"client": "notes", "client_name": "Notes", "redirect_uri": BACK, "resource": MCP, "scope": "mcp:read mcp:write", "claims": identity,
                 "id_token": identity, "kind": kind, "token": UPSTREAM if kind else "", **changes}
        done = subprocess.run([built("issue-code"), self.room.config], input=json.dumps({"grant": grant, "challenge": CHALLENGE, "ago": ago}), env=environment(),
                              capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return register(done.stdout.strip(), "code")

    def post(self, parameters, target="/oauth/token", method="POST", headers=FORM, **more):
        body = parameters if isinstance(parameters, bytes) else urlencode(parameters).encode()
        answer = self.room.ask("token", target, method, headers, body, host=more.pop("host", "127.0.0.1"), **more)
        if answer.status == 200 and answer.body:
            given = json.loads(answer.body)
            register(given["access_token"], "access token")
            if "refresh_token" in given:
                register(given["refresh_token"], "refresh token")
        return answer

    def redeem(self, code, headers=FORM, way="fastcgi", **changes):
        parameters = {"grant_type": "authorization_code", "client_id": "notes", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER,
                      "resource": MCP, **changes}
        return self.post({name: value for name, value in parameters.items() if value is not None}, headers=headers, way=way)

    def renew(self, token, way="fastcgi", headers=FORM, **changes):
        parameters = {"grant_type": "refresh_token", "client_id": "notes", "refresh_token": token, **changes}
        return self.post({name: value for name, value in parameters.items() if value is not None}, headers=headers, way=way)

    def revoke(self, token, way="fastcgi", headers=FORM, **changes):
        parameters = {"client_id": "notes", "token": token, **changes}
        return self.post({name: value for name, value in parameters.items() if value is not None}, "/oauth/revoke", headers=headers, way=way)

    def tokens(self, **changes) -> dict:
        answer = self.redeem(self.code(**changes), resource=None)
        assert answer.status == 200, answer.raw
        return json.loads(answer.body)

    def check(self, token, **more):
        return self.room.check(token, host="127.0.0.1", **more)

    def log(self, name="token"):
        return self.room.log(name)

    def provider_renews(self, subject="alice", **claims):
        now = int(time.time())
        token = self.room.maker.sign(self.room.key, {"iss": self.provider.url, "aud": "gate", "sub": subject, "iat": now, "exp": now + 300, **claims},
                                     {"typ": "JWT"})
        self.provider.script("/token", Answer(body={"access_token": "opaque-of-the-provider", "token_type": "Bearer", "id_token": token,
                                                    "refresh_token": ROTATED}))


@pytest.fixture
def desk(room, provider):
    return Desk(room, provider)
