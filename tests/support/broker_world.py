"""
Our own authorization server in front of a provider that can nothing of what MCP asks for: no registration, no metadata documents
of clients, no resource indicators, and access tokens that say nothing. All speak https, trusted by a throw-away authority.
"""

import json
from contextlib import ExitStack, contextmanager

from support.broker import seal_keys
from support.credentials import secret_file
from support.processes import free_port
from support.programs import NAMES, run_command
from support.providers import IdentityProvider
from support.site import start_site

GATE_SECRET = "secret-of-the-gate-at-its-provider"
BROKER_NAMES = (*NAMES, "authorize", "token")

SETTINGS = """
authorization_server broker
public_issuer URL
site_name "The gate of the tests"
ca_file {ca}
issuer {issuer} {{
    client_id gate
    {credentials}
    login_scopes openid profile email groups
    userinfo_endpoint discover
}}
scope_words mcp:read "read your notes"
{more}
resource URL/mcp {{
    resource_name "Notes"
    require_scopes mcp:read
    allow group mcp-users
}}
"""


def gate_client(origin, *, key=None) -> dict:
    """gatehouse as oidc-provider's client: with a secret, or with private_key_jwt where there is a `key`."""
    shared = {"client_id": "gate", "redirect_uris": [f"{origin}/oauth/callback"], "grant_types": ["authorization_code", "refresh_token"],
              "response_types": ["code"]}
    if key is None:
        return {**shared, "client_secret": GATE_SECRET, "token_endpoint_auth_method": "client_secret_post"}
    return {**shared, "token_endpoint_auth_method": "private_key_jwt", "token_endpoint_auth_signing_alg": key.algorithm,
            "jwks": {"keys": [key.public]}}


def credentials(directory, key=None) -> str:
    """The line of the settings by which gatehouse proves who it is to the provider."""
    if key is None:
        return f"client_secret_file {secret_file(directory / 'secret', GATE_SECRET)}"
    pem = directory / "gate"
    pem.write_text(key.private_pem)
    pem.chmod(0o600)
    return f"client_key_file {pem}"


def make_keys(config, state):
    """Those that sign tokens and those that seal."""
    made = run_command("gatehouse", "keys", "init", "-c", config)
    assert made.returncode == 0, made.stderr
    if not (state / "seal.keys").exists():
        seal_keys(state)


@contextmanager
def start_broker(kind, directory, *, authority, server_pair, upstream_port, key=None, more="", **provider_settings):
    """A Site with `provider` (IdentityProvider), `ca`, `state`, `resource` (the URL that people enter)."""
    port = free_port()
    origin = f"https://127.0.0.1:{port}"
    directory.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        provider = stack.enter_context(IdentityProvider(
            directory, {}, tls=server_pair, clients=[gate_client(origin, key=key)], resource_indicators=False, scopes=[],
            **provider_settings))
        text = SETTINGS.format(ca=authority.certificate, issuer=provider.issuer, credentials=credentials(directory, key), more=more)
        site = stack.enter_context(start_site(kind, directory / "site", text, upstream_port=upstream_port, names=BROKER_NAMES,
                                              tls=server_pair, port=port, keys=make_keys))
        site.provider, site.ca, site.state, site.resource = provider, authority.certificate, directory / "site" / "state", f"{site.url}/mcp"
        yield site


def seen_identity(text) -> dict:
    """What the tool whoami says that the MCP server was told; never a token."""
    seen = json.loads(text)
    assert seen["authorization"] is False, "the token reached the MCP server"
    return seen["identity"]
