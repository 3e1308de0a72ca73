"""What the tests of rules for tools share: settings, MCP messages, and how they are asked for by headers and by body."""

import json

from conftest import ISSUER, RESOURCE

MODERN = "2026-07-28"
TARGETS = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}


def settings(room, rules, top="", more="allow any; rate off; upstream_checks_headers on"):
    room.settings(f"{top}\nissuer {ISSUER} {{ keys_file {room.keys}; }}\nresource {RESOURCE} {{\n{more}\n{rules}\n}}\naddress_rate off\n")


def message(method="tools/call", target="echo", number=1, **arguments):
    params = {"_meta": {"io.modelcontextprotocol/protocolVersion": MODERN, "io.modelcontextprotocol/clientInfo": {"name": "t", "version": "1"},
                        "io.modelcontextprotocol/clientCapabilities": {}}}
    if method in TARGETS:
        params |= {TARGETS[method]: target, "arguments": arguments}
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def headers(method="tools/call", target="echo", version=MODERN):
    return [("MCP-Protocol-Version", version), ("Mcp-Method", method), *([("Mcp-Name", target)] if method in TARGETS else [])]


def by_headers(room, token, method="tools/call", target="echo", version=MODERN, **more):
    return room.check(token, headers=headers(method, target, version), **more)


def by_body(room, token, body, version=None, pairs=(), **more):
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    pairs = [("Content-Type", "application/json"), *([("MCP-Protocol-Version", version)] if version else []), *pairs]
    return room.check(token, headers=pairs, body=text, GATEHOUSE_VOICE="inspect", **more)


def old(method="tools/call", target="echo", **more):
    """The message as clients before 2026-07-28 write it."""
    whole = message(method, target, **more)
    del whole["params"]["_meta"]
    return whole


def both(room, token, method="tools/call", target="echo"):
    """What it says to the same request where it sees the body, of both eras, and where it does not."""
    answers = [by_headers(room, token, method, target), by_body(room, token, message(method, target), MODERN, headers(method, target)[1:]),
               by_body(room, token, old(method, target), "2025-11-25")]
    kinds = {(answer.status, answer.header("WWW-Authenticate")) for answer in answers}
    assert len(kinds) == 1, kinds
    return answers[0]


def refused(answer):
    assert answer.status == 403 and answer.header("WWW-Authenticate") is None
    return True


def steps_up(answer, *scopes):
    assert answer.status == 403 and 'error="insufficient_scope"' in answer.header("WWW-Authenticate")
    assert f'scope="{" ".join(scopes)}"' in answer.header("WWW-Authenticate")
    return True


def reason(room):
    lines = [line for line in room.log().splitlines() if '"event":"decision"' in line]
    return json.loads(lines[-1])["reason"]
