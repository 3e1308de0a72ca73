"""Real identity providers, each a context manager whose `url` is also its issuer unless another was given."""

from support.node import NodeServer


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


class IdentityProvider(_Provider):
    """
    oidc-provider. Users alice (the default) and bob log in and agree by themselves; "mcp-client" is a public client
    with loopback redirects. `resources` maps the URL of a resource to RS256, ES256 or EdDSA; `tls` is a
    certificates.Pair (https) or None (http). Further settings: head of node/identity-provider.mjs.
    """

    CLIENT = "mcp-client"

    def __init__(self, directory, resources, *, tls=None, **settings):
        files = {"certificate": str(tls[0]), "key": str(tls[1])} if tls else {}
        super().__init__("identity-provider.mjs", {"resources": resources, **files, **settings}, directory)


class MockProvider(_Provider):
    """oauth2-mock-server over http: sends no `iss`, registers nobody. Settings: head of node/mock-provider.mjs."""

    def __init__(self, directory, **settings):
        super().__init__("mock-provider.mjs", settings, directory)
