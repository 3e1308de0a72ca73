"""Real identity providers, each a context manager. `url` is also the issuer, unless another was given or it has several."""

import base64
import hashlib
import http.client
import json
import os
import secrets
import sqlite3
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from support.node import NodeServer
from support.processes import TOOLS, Process, free_port, wait_for_port


class _Provider(NodeServer):
    @property
    def issuer(self) -> str:
        return self.ready["issuer"]

    def requests(self, path=None) -> list:
        """What reached it so far: dicts with method and path (without query), only those of `path` if given."""
        seen = [line["request"] for line in self.lines() if "request" in line]
        return [one for one in seen if path is None or one["path"] == path]

    def count(self, path=None) -> int:
        return len(self.requests(path))

    def issued(self, kind="access_token") -> list:
        """What it gave out so far, the newest last."""
        return [line["issued"][kind] for line in self.lines() if kind in line.get("issued", {})]


class IdentityProvider(_Provider):
    """
    oidc-provider. Users alice (the default) and bob log in and agree by themselves; "mcp-client" is a public client
    with loopback redirects. `resources` maps the URL of a resource to RS256, ES256 or EdDSA; `tls` is a
    certificates.Pair (https) or None (http). Further settings: head of node/identity-provider.mjs.
    """

    CLIENT = "mcp-client"

    def __init__(self, directory, resources, *, tls=None, before=(), **settings):
        files = {"certificate": str(tls[0]), "key": str(tls[1])} if tls else {}
        super().__init__("identity-provider.mjs", {"resources": resources, **files, **settings}, directory, before=before)


class MockProvider(_Provider):
    """oauth2-mock-server over http: sends no `iss`, registers nobody. Settings: head of node/mock-provider.mjs."""

    def __init__(self, directory, **settings):
        super().__init__("mock-provider.mjs", settings, directory)


class GlewlwydProvider(Process):
    """
    glewlwyd of Debian, over http, its log in `log`. It has an issuer, with a path, for each of RS256, ES256 and EdDSA, and
    publishes only openid-configuration. `sub` is random; the name is in `preferred_username`, the groups are one string
    with commas in it. `maker` is a TokenMaker, `resources` are the URLs that tokens may be for, `users` maps a name to its
    properties. "mcp-client" is a public client; "introspector" is confidential, may ask about and revoke anybody's tokens.
    """

    CLIENT, REDIRECT = "mcp-client", "http://127.0.0.1/callback"
    INTROSPECTOR = ("introspector", "introspector-secret")
    PLUGINS = {"RS256": "oidc", "ES256": "oidc-es256", "EdDSA": "oidc-eddsa"}
    USERS = {
        "alice": {"name": "Alice Example", "email": "alice@example.com", "groups": ["mcp-users", "admins"]},
        "bob": {"name": "Bob Example", "email": "bob@example.com", "groups": ["guests"]},
    }
    SCOPES = ("mcp:read", "mcp:write")

    def __init__(self, directory, maker, resources, *, users=None, port=None, lifetime=3600):
        self.port, self.lifetime = port or free_port(), lifetime
        self.url = f"http://127.0.0.1:{self.port}"
        self.resources, self.users = list(resources), users or self.USERS
        home = Path(directory) / f"glewlwyd-{os.urandom(4).hex()}"
        home.mkdir(parents=True)
        # Where install-packages unpacked it, else the system's own.
        root = TOOLS.parent / "root" if (TOOLS / "glewlwyd").exists() else Path("/")
        assert (root / "usr/bin/glewlwyd").exists(), "glewlwyd is missing: run bin/install-packages check"
        self._make_database(root, home)
        super().__init__(["glewlwyd", f"--config-file={self._write_config(root, home)}"], log=home / "log", cwd=home)
        try:
            wait_for_port(self.port, self)
            self._cookies = self._configure(maker)
        except BaseException:
            self.stop()
            raise

    def issuer(self, algorithm) -> str:
        return f"{self.url}/api/{self.PLUGINS[algorithm]}"

    def metadata(self, algorithm) -> dict:
        return self._ask("GET", f"/api/{self.PLUGINS[algorithm]}/.well-known/openid-configuration")[2]

    def token(self, algorithm, user="alice", resource=None, scope="mcp:read", client=None) -> str:
        """An access token; the other arguments are those of `grant`."""
        return self.grant(algorithm, user, resource, scope, client)["access_token"]

    def grant(self, algorithm, user="alice", resource=None, scope="mcp:read", client=None) -> dict:
        """
        The whole answer of the token endpoint (access_token, refresh_token, ...) after a login with code and PKCE.
        `resource` is the first one unless given; `client` is a pair of name and secret, or None for the public one.
        """
        path = f"/api/{self.PLUGINS[algorithm]}"
        verifier, state = secrets.token_urlsafe(32), secrets.token_urlsafe(8)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        common = {"client_id": client[0] if client else self.CLIENT, "redirect_uri": self.REDIRECT,
                  "resource": resource or self.resources[0]}
        # g_continue: the login page, which we skip, has been seen.
        question = {**common, "response_type": "code", "scope": scope, "state": state, "code_challenge": challenge,
                    "code_challenge_method": "S256", "g_continue": ""}
        status, headers, answer = self._ask("GET", f"{path}/auth?{urlencode(question)}", cookie=self._cookies[user])
        back = parse_qs(urlsplit(headers.get("Location", "")).query)
        assert status == 302 and "code" in back, (status, headers.get("Location"), answer)
        assert (back["state"], back["iss"]) == ([state], [self.issuer(algorithm)]), back
        status, _, answer = self._ask("POST", f"{path}/token", client=client, form={
            **common, "grant_type": "authorization_code", "code": back["code"][0], "code_verifier": verifier})
        assert status == 200, (status, answer)
        return answer

    def introspect(self, algorithm, token) -> dict:
        status, _, answer = self._ask("POST", f"/api/{self.PLUGINS[algorithm]}/introspect", client=self.INTROSPECTOR, form={"token": token})
        assert status == 200, (status, answer)
        return answer

    def revoke(self, algorithm, token):
        """Makes an access or refresh token worthless; to be seen only by asking (introspection)."""
        status, _, answer = self._ask("POST", f"/api/{self.PLUGINS[algorithm]}/revoke", client=self.INTROSPECTOR, form={"token": token})
        assert status == 200, (status, answer)

    def _make_database(self, root, home):
        script = (root / "usr/share/dbconfig-common/data/glewlwyd/install/sqlite3").read_text()
        database = sqlite3.connect(home / "database")
        database.executescript(script)
        database.close()

    def _write_config(self, root, home) -> Path:
        modules = root / "usr/lib/glewlwyd"
        # A slash at the end of external_url would double that of the API's path.
        texts = {"bind_address": "127.0.0.1", "external_url": self.url, "login_url": "login.html", "api_prefix": "api",
                 "log_mode": "console", "log_level": "INFO", "admin_scope": "g_admin", "profile_scope": "g_profile",
                 "user_module_path": modules / "user", "client_module_path": modules / "client",
                 "user_auth_scheme_module_path": modules / "scheme", "plugin_module_path": modules / "plugin",
                 "hash_algorithm": "SHA512"}
        lines = [f"port={self.port}", "cookie_secure=0", *(f'{name}="{value}"' for name, value in texts.items()),
                 f'database={{type="sqlite3"; path="{home / "database"}"}}']
        config = home / "glewlwyd.conf"
        config.write_text("\n".join([*lines, ""]))
        return config

    def _configure(self, maker) -> dict:
        """Plugins, scopes, clients and users; returns the session of each user, who has agreed to everything."""
        admin = self._log_in("admin", "password")

        def change(method, path, members=None):
            status, _, answer = self._ask(method, f"/api{path}", cookie=admin, members=members)
            assert status == 200, (method, path, status, answer)
            return answer

        for algorithm in self.PLUGINS:
            change("POST", "/mod/plugin/", self._plugin(algorithm, maker.key(algorithm)))
        for scope in self.SCOPES:
            change("POST", "/scope/", {"name": scope, "display_name": scope, "description": scope, "password_required": True,
                                       "password_max_age": 0, "scheme": {}, "scheme_required": {}})
        # A property of users that glewlwyd does not know by itself.
        module = change("GET", "/mod/user/database")
        module["parameters"].setdefault("data-format", {})["groups"] = {
            "multiple": True, "read": True, "write": True, "profile-read": False, "profile-write": False}
        change("PUT", "/mod/user/database", module)
        change("PUT", "/mod/user/database/reset/")
        client = {"enabled": True, "redirect_uri": [self.REDIRECT], "scope": ["openid", *self.SCOPES]}
        name, secret = self.INTROSPECTOR
        change("POST", "/client/", {**client, "client_id": self.CLIENT, "name": self.CLIENT, "confidential": False,
                                    "authorization_type": ["code", "refresh_token"]})
        change("POST", "/client/", {**client, "client_id": name, "name": name, "confidential": True, "client_secret": secret,
                                    "authorization_type": ["code", "refresh_token", "client_credentials"],
                                    "token_endpoint_auth_method": ["client_secret_basic", "client_secret_post"]})
        cookies = {}
        for user, properties in self.users.items():
            change("POST", "/user/", {"username": user, "enabled": True, "password": f"password-of-{user}",
                                      "scope": ["g_profile", "openid", *self.SCOPES], **properties})
            cookies[user] = self._log_in(user, f"password-of-{user}")
            for one in (self.CLIENT, name):
                status, _, answer = self._ask("PUT", f"/api/auth/grant/{one}", cookie=cookies[user],
                                              members={"scope": " ".join(["openid", *self.SCOPES])})
                assert status == 200, (status, answer)
        return cookies

    def _plugin(self, algorithm, key) -> dict:
        on = ("oauth-as-iss-id", "jwks-show", "allow-non-oidc", "auth-type-code-enabled", "auth-type-client-enabled",
              "auth-type-refresh-enabled", "pkce-allowed", "pkce-required", "introspection-revocation-allowed",
              "introspection-revocation-allow-target-client", "resource-allowed", "resource-change-allowed")
        off = ("auth-type-token-enabled", "auth-type-id-token-enabled", "auth-type-none-enabled", "auth-type-password-enabled",
               "auth-type-device-enabled", "pkce-method-plain-allowed")
        claims = {"username": "preferred_username", "name": "name", "email": "email", "groups": "groups"}
        return {"module": "oidc", "name": self.PLUGINS[algorithm], "display_name": algorithm, "enabled": True, "parameters": {
            **dict.fromkeys(on, True), **dict.fromkeys(off, False), "iss": self.issuer(algorithm),
            "jwks-private": json.dumps({"keys": [key.private]}), "jwks-public": json.dumps({"keys": [key.public]}),
            "default-kid": key.kid, "client-sign_kid-parameter": "sign_kid", "access-token-duration": self.lifetime,
            "refresh-token-duration": 86400, "code-duration": 600, "resource-client-property": "",
            "resource-scope": {scope: self.resources for scope in self.SCOPES},
            # With a scope here, which nobody has, any confidential client may ask; without, each about its own tokens only.
            "introspection-revocation-auth-scope": ["introspect"],
            "additional-parameters": [{"user-parameter": ours, "token-parameter": theirs} for ours, theirs in claims.items()],
            "scope": [{"name": scope, "refreshTokenRolling": True} for scope in self.SCOPES]}}

    def _log_in(self, user, password) -> str:
        status, headers, answer = self._ask("POST", "/api/auth/", members={"username": user, "password": password})
        assert status == 200, (user, status, answer)
        return headers["Set-Cookie"].split(";")[0]

    def _ask(self, method, target, *, cookie=None, client=None, members=None, form=None):
        """Status, headers, and the body: parsed if it is JSON. `members` are sent as JSON, `form` as a form."""
        headers, body = {}, None
        if members is not None:
            headers["Content-Type"], body = "application/json", json.dumps(members)
        elif form is not None:
            headers["Content-Type"], body = "application/x-www-form-urlencoded", urlencode(form)
        if cookie:
            headers["Cookie"] = cookie
        if client:
            headers["Authorization"] = "Basic " + base64.b64encode(":".join(client).encode()).decode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, target, body, headers)
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        is_json = response.headers.get_content_type() == "application/json"
        return response.status, response.headers, json.loads(text) if is_json and text else text
