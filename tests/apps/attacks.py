"""What the attacks on our own authorization server share: its programs in one room, and what an attacker would send."""

import json
from urllib.parse import urlencode

import pytest
from authorizations import BACK, GATE, MCP, VERIFIER, gate, provider  # noqa: F401

from support.credentials import register
from support.programs import run_command

FORM = (("Content-Type", "application/x-www-form-urlencoded"),)


@pytest.fixture
def site(gate):  # noqa: F811
    """A Gate whose codes become tokens."""
    assert run_command("gatehouse", "keys", "init", "-c", gate.room.config).returncode == 0
    return gate


def token(site, parameters, target="/oauth/token", headers=FORM, **more):
    body = parameters if isinstance(parameters, bytes) else urlencode({name: value for name, value in parameters.items() if value is not None}).encode()
    answer = site.room.ask("token", target, "POST", headers, body, host="127.0.0.1", **more)
    if answer.status == 200 and answer.body:
        for name, value in json.loads(answer.body).items():
            if name.endswith("_token"):
                register(value, name)
    return answer


def redeem(site, code, **changes):
    return token(site, {"grant_type": "authorization_code", "client_id": "notes", "code": register(code, "code"), "redirect_uri": BACK,
                        "code_verifier": VERIFIER, "resource": MCP, **changes})


def renew(site, refresh_token, **changes):
    return token(site, {"grant_type": "refresh_token", "client_id": "notes", "refresh_token": refresh_token, **changes})


def granted(site, person=None, subject="alice", **changes):
    """The whole way: what a client has in the end."""
    heard = site.whole(person, subject, **changes).parameters
    answer = redeem(site, heard["code"], client_id=changes.get("client_id", "notes"), redirect_uri=changes.get("redirect_uri", BACK))
    assert answer.status == 200, answer.raw
    return json.loads(answer.body)


def register_client(site, *uris, name="Program"):
    """The id of a client that registers itself."""
    body = json.dumps({"redirect_uris": list(uris), "client_name": name, "token_endpoint_auth_method": "none"}).encode()
    answer = site.room.ask("client-registration", "/oauth/register", "POST", (("Content-Type", "application/json"),), body, host="127.0.0.1")
    assert answer.status == 201, answer.raw
    return json.loads(answer.body)["client_id"]


def error_of(answer, status=400):
    assert answer.status == status, answer.raw
    return json.loads(answer.body)["error"]
