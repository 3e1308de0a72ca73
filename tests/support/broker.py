"""Settings and keys of our own authorization server, for the tests of its programs."""

import base64
import os

from support.credentials import register

GATE = "https://gate.example.com"
HOST = "gate.example.com"


def seal_keys(state):
    """The file of keys with which values are sealed, as `gatehouse keys` makes it."""
    key = register(base64.urlsafe_b64encode(os.urandom(32)).rstrip(b"=").decode(), "seal key")
    file = state / "seal.keys"
    file.write_text(f"2026-01-01T00:00:00Z {key}\n")
    file.chmod(0o600)
    return file


def broker(issuer, resource, more="", login=""):
    """`more` stands at the top, `login` in the block of the provider."""
    return (f"authorization_server broker\npublic_issuer {GATE}\nissuer {issuer} {{ client_id at-the-provider; {login} }}\n"
            f"resource {resource} {{ allow any; require_scopes mcp:read; }}\n{more}\n")
