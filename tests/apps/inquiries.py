"""What the tests share that ask a provider about tokens: the provider, its answers, the settings."""

import json
import time

import pytest

from support import credentials
from support.scripted_provider import Answer, ScriptedProvider
from support.tokens import key_set

HERE = "http://127.0.0.1:8443/mcp"
INTROSPECT, USERINFO, TOKENINFO = "/introspect", "/userinfo", "/tokeninfo"
# All that needs encoding in a form or in Basic.
SECRET = "s:e+c%r e&t=" + "x" * 20
OPAQUE = "opaque-" + "0123456789abcdef" * 2


@pytest.fixture
def provider(key):
    with ScriptedProvider() as running:
        running.behave(key_set(key), introspection_endpoint=f"{running.url}{INTROSPECT}", userinfo_endpoint=f"{running.url}{USERINFO}")
        yield running


def active(**more):
    members = {"active": True, "sub": "alice", "client_id": "app", "aud": HERE, "scope": "mcp:read", "exp": int(time.time()) + 3600, "iss": None, **more}
    return Answer(body={name: value for name, value in members.items() if value is not None})


def secret_file(room):
    return credentials.secret_file(room.directory / "secret", SECRET, "secret of our own client")


def key_file(room, key):
    file = room.directory / "key.pem"
    file.write_text(key.private_pem)
    file.chmod(0o600)
    return file


def settings(room, provider, issuer=f"introspection_endpoint discover", resource="allow any", top="", client=True):
    own = f"introspection_client gate:1; introspection_secret_file {secret_file(room)};" if client else ""
    room.settings(f"dev on\nlog_format json\n{top}\nissuer {provider.url} {{ {own} {issuer} }}\nresource {HERE} {{ {resource}; }}\n")


def ask(room, token=OPAQUE, **more):
    return room.check(token, host="127.0.0.1", **more)


def decision(room):
    return [json.loads(line) for line in room.log().splitlines() if '"event":"decision"' in line][-1]


def github(room, provider, page=""):
    """GitHub's ways, at our own provider."""
    return (f"preset github; tokeninfo_endpoint {provider.url}/applications/CLIENT/token; organizations_endpoint {provider.url}/orgs{page}; "
            f"teams_endpoint {provider.url}/teams; introspection_client app-1; introspection_secret_file {secret_file(room)}; audience_clients app-1;")
