"""What the tests of `authorize` share: a provider that does as told, a client, and a whole way from request to code."""

import base64
import hashlib
import time

import pytest

from support.broker import seal_keys
from support.credentials import register
from support.person import Person
from support.scripted_provider import Answer, ScriptedProvider
from support.tokens import key_set

GATE = "http://127.0.0.1:8443"
MCP = f"{GATE}/mcp"
AUTHORIZE, CONSENT, CALLBACK, ACCESS = "/oauth/authorize", "/oauth/consent", "/oauth/callback", "/oauth/access"
BACK = "http://127.0.0.1/callback"
VERIFIER = "verifier-" + "0123456789" * 4
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
OPAQUE = "at-the-provider-" + "fedcba9876543210" * 2


@pytest.fixture
def provider(key):
    with ScriptedProvider() as running:
        running.behave(key_set(key), authorization_response_iss_parameter_supported=True, id_token_signing_alg_values_supported=["ES256"])
        yield running


class Gate:
    """Our authorization server: settings, people with browsers, and what the provider says of them."""

    def __init__(self, room, provider):
        self.room, self.provider = room, provider
        seal_keys(room.state)
        self.settings()

    def settings(self, top="", login="", resource="allow any; require_scopes mcp:read; publish_scopes mcp:read mcp:write;"):
        self.room.settings(
            f"dev on\nlog_format json\nauthorization_server broker\npublic_issuer {GATE}\n{top}\n"
            f"issuer {self.provider.url} {{ client_id gate; {login} }}\nresource {MCP} {{ {resource} }}\n"
            f"client notes {{ client_name Notes; redirect_uri {BACK} https://notes.example/cb?tenant=7; }}\n"
            f"client other {{ client_name Other; redirect_uri https://other.example/cb; }}\n")
        self.room.running.clear()

    def ask(self, target, method="GET", headers=(), body=b"", way="fastcgi"):
        return self.room.ask("authorize", target, method, headers, body, host="127.0.0.1", way=way)

    def person(self):
        return Person(self.ask)

    def request(self, **changes):
        parameters = {"response_type": "code", "client_id": "notes", "redirect_uri": BACK, "state": "st&te", "code_challenge": CHALLENGE,
                      "code_challenge_method": "S256", "scope": "mcp:read", "resource": MCP, **changes}
        return {name: value for name, value in parameters.items() if value is not None}

    def begin(self, person, **changes):
        return person.open(AUTHORIZE, **self.request(**changes))

    def log_in(self, step, subject="alice", **claims):
        """What the provider does when the browser comes there: the answer for the token endpoint is ready; gives the callback's query."""
        asked = step.parameters
        now = int(time.time())
        told = {"iss": self.provider.url, "aud": "gate", "sub": subject, "iat": now, "exp": now + 300, "nonce": asked.get("nonce"), **claims}
        token = self.room.maker.sign(self.room.key, {name: value for name, value in told.items() if value is not None}, {"typ": "JWT"})
        self.provider.script("/token", Answer(body={"access_token": register(OPAQUE, "token of the provider"), "token_type": "Bearer",
                                                    "id_token": token, "refresh_token": register("refresh-" + OPAQUE, "token of the provider")}))
        return {"code": register("code-" + OPAQUE, "code of the provider"), "state": asked["state"], "iss": self.provider.url}

    def come_back(self, person, step, subject="alice", **claims):
        return person.open(CALLBACK, **self.log_in(step, subject, **claims))

    def whole(self, person=None, subject="alice", **changes):
        """From the request to what the client hears."""
        person = person or self.person()
        return self.come_back(person, person.allow(self.begin(person, **changes)), subject)


@pytest.fixture
def gate(room, provider):
    return Gate(room, provider)
