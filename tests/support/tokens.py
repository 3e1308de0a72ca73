"""
Keys and tokens, good and bad, made by Node's crypto: none of gatehouse's own code signs what gatehouse is to judge.

One helper process serves a whole test session; a token costs one line through a pipe.
"""

import json
import subprocess
from dataclasses import dataclass, field

from support.credentials import register_many
from support.node import node_environment, script_command


@dataclass
class Key:
    """`public` and `private` are JWK dicts with kid, alg and use; `pem` is the public key in SPKI form."""

    kid: str
    algorithm: str
    public: dict
    private: dict = field(repr=False)
    pem: str = field(repr=False)
    private_pem: str = field(repr=False)
    name: str = field(repr=False)  # what the helper calls it; two keys may share a kid


def key_set(*keys, **members) -> dict:
    """A JWK set of Keys or of ready JWK dicts."""
    return {"keys": [key.public if isinstance(key, Key) else key for key in keys], **members}


class TokenMaker:
    """A context manager. Claims and headers are dicts, or texts that are used as they are (for broken JSON)."""

    def __init__(self):
        self._helper = subprocess.Popen(script_command("token-maker.mjs"), env=node_environment(), text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._made = 0

    def key(self, algorithm="RS256", kid=None, *, bits=2048) -> Key:
        """A new key for RS256-512, PS256-512, ES256-512, EdDSA, Ed25519 or Ed448; `bits` is for RSA."""
        self._made += 1
        name = f"key-{self._made}"
        kid = kid or name
        made = self._ask(command="key", name=name, algorithm=algorithm, bits=bits)
        members = {"kid": kid, "alg": algorithm, "use": "sig"}
        return Key(kid, algorithm, {**made["public"], **members}, {**made["private"], **members}, made["pem"],
                   made["private_pem"], name)

    def sign(self, key: Key, claims, header=None, *, algorithm=None, secret=None, searched=True) -> str:
        """
        A token. The header is {"alg", "kid", "typ": "at+jwt"}; `header` adds and replaces members, one that is None is
        left out, and a text replaces the whole. `algorithm` says how it is really signed, whatever the header says:
        also none and HS256-512, the latter with the text `secret`, by default the public key's PEM. One that is shown to
        somebody else's program, past the gate, must not be `searched` for in logs.
        """
        return self.sign_many(key, [claims], header, algorithm=algorithm, secret=secret, searched=searched)[0]

    def sign_many(self, key: Key, claims, header=None, *, algorithm=None, secret=None, searched=True) -> list:
        """One token for each element of `claims`, in one step."""
        algorithm = algorithm or key.algorithm
        if not isinstance(header, str):
            members = {"alg": algorithm, "kid": key.kid, "typ": "at+jwt", **(header or {})}
            header = {name: value for name, value in members.items() if value is not None}
        made = self._ask(command="sign", name=key.name, algorithm=algorithm, secret=secret or key.pem, header=header,
                         claims=list(claims))
        if searched:
            register_many(made["tokens"], "token of the tests")
        return made["tokens"]

    def stop(self):
        self._helper.stdin.close()
        self._helper.wait(10)
        self._helper.stdout.close()

    def _ask(self, **command) -> dict:
        self._helper.stdin.write(json.dumps(command) + "\n")
        self._helper.stdin.flush()
        line = self._helper.stdout.readline()
        assert line, f"the token helper ended with {self._helper.wait()}"
        answer = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
