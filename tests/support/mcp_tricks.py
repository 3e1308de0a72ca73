"""
Requests that call the tool `forbidden` and try to look like a call of the tool `safe`, or like none at all. Each is told
by its name; BODIES, TYPES and HEADERS map it to what is odd about it.
"""

import base64
import gzip
import json
import zlib
from dataclasses import dataclass, field
from functools import cache

SAFE, FORBIDDEN = "safe", "forbidden"
MODERN, OLDER = "2026-07-28", "2025-11-25"
BASE = "io.modelcontextprotocol/"
META = {f"{BASE}protocolVersion": MODERN, f"{BASE}clientInfo": {"name": "tests", "version": "1"}, f"{BASE}clientCapabilities": {}}
JSON = ("Content-Type", "application/json")
ACCEPT = ("Accept", "application/json, text/event-stream")


def call(name, revision=MODERN, **members) -> str:
    """A call of that tool. `members` replace those of the message; one that is None is left out."""
    params = {"name": name, "arguments": {}}
    if revision:
        params["_meta"] = {**META, f"{BASE}protocolVersion": revision}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params, **members}
    return json.dumps({key: value for key, value in message.items() if value is not None}, separators=(",", ":"))


def standard(name=SAFE, method="tools/call", version=MODERN) -> list:
    """The headers of a call; one that is None is left out, a list comes several times."""
    pairs = []
    for header, value in (("MCP-Protocol-Version", version), ("Mcp-Method", method), ("Mcp-Name", name)):
        pairs += [(header, one) for one in (value if isinstance(value, list) else [value]) if one is not None]
    return pairs


@dataclass
class Trick:
    """What is sent to /mcp: `headers` are all but Host, the credential and the length."""

    body: bytes
    headers: list = field(default_factory=lambda: [JSON, ACCEPT])
    method: str = "POST"
    chunked: bool = False


def _instead(text, old, new) -> str:
    assert old in text, (old, text)
    return text.replace(old, new, 1)


@cache
def bodies(revision=MODERN) -> dict:
    """Bodies of that revision (None: one that does not say it), each read by somebody as a call of `forbidden`."""
    safe, bad = call(SAFE, revision), call(FORBIDDEN, revision)
    name, bad_name, method = f'"name":"{SAFE}"', f'"name":"{FORBIDDEN}"', '"method":"tools/call"'
    params = bad[bad.index('"params":'):-1]
    long_s, deep = "param\u017f", "[" * 5000 + "]" * 5000
    found = {
        "plain": bad,
        "a batch": f"[{safe},{bad}]",
        "a batch of one": f"[{bad}]",
        "a batch in a batch": f"[[{bad}]]",
        "a batch with a number": f"[1,{bad}]",
        "101 messages": f"[{','.join([safe] * 100)},{bad}]",
        "a second name": _instead(safe, name, f"{name},{bad_name}"),
        "a first name": _instead(safe, name, f"{bad_name},{name}"),
        "a second name in escapes": _instead(safe, name, f'{name},"n\\u0061me":"{FORBIDDEN}"'),
        "a second method": _instead(bad, method, f'"method":"ping",{method}'),
        "a first method": _instead(bad, method, f'{method},"method":"ping"'),
        "second params": f"{safe[:-1]},{params}}}",
        "first params": _instead(safe, '"params":', f'{params},"params":'),
        "Name beside name": _instead(safe, name, f'{name},"Name":"{FORBIDDEN}"'),
        "Params beside params": f"{safe[:-1]},{_instead(params, 'params', 'Params')}}}",
        "Method beside method": _instead(bad, method, f'"method":"ping","Method":"tools/call"'),
        "a long s in params": f"{safe[:-1]},{_instead(params, 'params', long_s)}}}",
        "__proto__ in params": _instead(safe, name, f'{name},"__proto__":{{"name":"{FORBIDDEN}"}}'),
        "__proto__ instead of a name": _instead(safe, name, f'"__proto__":{{"name":"{FORBIDDEN}"}}'),
        "__proto__ in the message": f"{safe[:-1]},\"__proto__\":{{{params}}}}}",
        "the name in escapes": _instead(bad, FORBIDDEN, "\\u0066orbidden"),
        "the method in escapes": _instead(bad, "tools/call", "tools\\/c\\u0061ll"),
        "the method in capitals": _instead(bad, "tools/call", "Tools/Call"),
        "the method and a blank": _instead(bad, "tools/call", "tools/call "),
        "the method and a NUL": _instead(bad, "tools/call", "tools/call\\u0000"),
        "the name and a NUL": _instead(bad, FORBIDDEN, f"{FORBIDDEN}\\u0000"),
        "the other name after a NUL": _instead(bad, FORBIDDEN, f"{SAFE}\\u0000{FORBIDDEN}"),
        "the name in a list": _instead(bad, f'"{FORBIDDEN}"', f'["{FORBIDDEN}"]'),
        "a lone surrogate": _instead(bad, FORBIDDEN, f"{FORBIDDEN}\\ud800"),
        "a lone surrogate elsewhere": _instead(bad, '"arguments":{}', '"arguments":{"x":"\\udc00"}'),
        "swapped surrogates": _instead(bad, FORBIDDEN, f"\\udc00\\ud800{FORBIDDEN}"),
        "params as a list": json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": [FORBIDDEN, {}]}),
        "no id": call(FORBIDDEN, revision, id=None),
        "id null": _instead(bad, '"id":1', '"id":null'),
        "an id that is an object": _instead(bad, '"id":1', '"id":{}'),
        "an id beyond all doubles": _instead(bad, '"id":1', '"id":1e999'),
        "no jsonrpc": call(FORBIDDEN, revision, jsonrpc=None),
        "jsonrpc 1.0": call(FORBIDDEN, revision, jsonrpc="1.0"),
        "a response too": call(FORBIDDEN, revision, result={}),
        "an error too": call(FORBIDDEN, revision, error={"code": 1, "message": "x"}),
        "nested deeply": _instead(bad, '"arguments":{}', f'"arguments":{{"x":{deep}}}'),
        "a comment": f"/* {safe} */{bad}",
        "a comma at the end": f"{bad[:-1]},}}",
        "NaN": _instead(bad, '"arguments":{}', '"arguments":{"x":NaN}'),
        "quotes that are single": bad.replace('"', "'"),
        "a message after it": f"{safe}{bad}",
        "a message on the next line": f"{safe}\n{bad}\n",
        "a message after a NUL": f"{safe}\0{bad}",
        "a message after a record separator": f"\x1e{safe}\n\x1e{bad}\n",
        "a NUL at the end": f"{bad}\0",
        "a brace at the end": f"{bad}}}",
        "a form feed before it": f"\f{bad}",
        "a text that holds it": json.dumps(bad),
        "an empty batch": "[]",
        "nothing": "",
        "null": "null",
    }
    found = {label: text.encode("utf-8") for label, text in found.items()}
    bad = bad.encode()
    return found | {
        "a byte order mark": b"\xef\xbb\xbf" + bad,
        "UTF-16": b"\xff\xfe" + bad.decode().encode("utf-16-le"),
        "an overlong letter": bad.replace(FORBIDDEN.encode(), b"\xc1\xa6orbidden"),
        "an overlong slash": bad.replace(b"tools/call", b"tools\xc0\xafcall"),
        "a surrogate in UTF-8": bad.replace(FORBIDDEN.encode(), b"forbidden\xed\xa0\x80"),
        "a byte that is no UTF-8 elsewhere": bad.replace(b'"arguments":{}', b'"arguments":{"x":"\xff"}'),
        "a name that is cut short": bad.replace(FORBIDDEN.encode(), b"forbidden\xe2\x82"),
        "5 MiB": bad.replace(b'"arguments":{}', b'"arguments":{"x":"' + b"a" * (5 << 20) + b'"}'),
    }


def types(revision=MODERN, standard_headers=()) -> dict:
    """Headers that change what the bytes mean, or the way they come."""
    bad = call(FORBIDDEN, revision).encode()
    # To whoever reads ASCII, a call of `safe` with an odd text in it.
    hidden = base64.b64encode(f'","name":"{FORBIDDEN}'.encode("utf-16-be")).rstrip(b"=").decode()
    seven = _instead(call(SAFE, revision), f'"name":"{SAFE}"', f'"name":"{SAFE}","x":"+{hidden}-"').encode()

    def typed(value, body=bad, **more):
        extra = [(name.replace("_", "-"), text) for name, text in more.items()]
        return Trick(body, [*([("Content-Type", value)] if value else []), ACCEPT, *extra, *standard_headers])

    def framed(method="POST", chunked=False, *headers):
        return Trick(bad, [JSON, ACCEPT, *headers, *standard_headers], method, chunked)

    return {
        "no type": typed(None),
        "text": typed("text/plain"),
        "a form": typed("application/x-www-form-urlencoded"),
        "a patch": typed("application/json-patch+json"),
        "multipart": typed("multipart/form-data; boundary=x", b"--x\r\nContent-Type: application/json\r\n\r\n" + bad + b"\r\n--x--\r\n"),
        "UTF-7": typed("application/json; charset=utf-7", seven),
        "UTF-16": typed("application/json; charset=utf-16", b"\xff\xfe" + bad.decode().encode("utf-16-le")),
        "two charsets": typed("application/json; charset=utf-8; charset=utf-7", seven),
        "two types": Trick(bad, [JSON, ("Content-Type", "text/plain"), ACCEPT, *standard_headers]),
        "gzip": typed("application/json", gzip.compress(bad), Content_Encoding="gzip"),
        "deflate": typed("application/json", zlib.compress(bad), Content_Encoding="deflate"),
        "gzip that is none": typed("application/json", Content_Encoding="gzip"),
        "an encoding of nobody's": typed("application/json", Content_Encoding="x-unknown"),
        "chunked": framed(chunked=True),
        "PUT": framed("PUT"),
        "PATCH": framed("PATCH"),
        "GET with a body": framed("GET"),
        "DELETE with a body": framed("DELETE"),
        "OPTIONS with a body": framed("OPTIONS"),
        "GET that says POST": framed("GET", False, ("X-HTTP-Method-Override", "POST"), ("X-Method-Override", "POST")),
    }


def _around(pairs_by_label, body) -> dict:
    return {label: Trick(body.encode(), [JSON, ACCEPT, *pairs]) for label, pairs in pairs_by_label.items()}


def _encoded(text) -> str:
    return f"=?base64?{text}?="


ENDS_HERE = ("Connection", "MCP-Protocol-Version, Mcp-Method, Mcp-Name, close")


def headers_as_safe() -> dict:
    """What looks like a call of `safe`, or of no tool, to whoever sees the headers only."""
    return _around({
        "another name": standard(SAFE),
        "another name encoded": standard(_encoded("c2FmZQ==")),
        "another method": standard(FORBIDDEN, "ping"),
        "another method, no name": standard(None, "ping"),
        "an underscore": [*standard(SAFE), ("Mcp_Name", FORBIDDEN)],
        "an underscore in the method": [*standard(SAFE, "ping"), ("Mcp_Method", "tools/call")],
        "an underscore in the version": [*standard(SAFE), ("MCP_Protocol_Version", OLDER)],
        "a dot": [*standard(SAFE), ("Mcp.Name", FORBIDDEN)],
        "headers that end here": [*standard(SAFE), ENDS_HERE],
        "headers that come later": [*standard(SAFE), ("Trailer", "Mcp-Name"), ("TE", "trailers")],
        "argument headers": [*standard(SAFE), ("Mcp-Param-Name", SAFE), ("Mcp-Param-Role", "admin")],
    }, call(FORBIDDEN)) | _around({
        "the body says nothing of its revision": standard(),
        "... and the headers end here": [*standard(), ENDS_HERE],
    }, call(FORBIDDEN, None)) | _around({"the body is of an older revision": standard()}, call(FORBIDDEN, OLDER))


def headers_as_nothing() -> dict:
    """Headers that tell no call of `safe` plainly, whatever is in the body."""
    return _around({
        "the name as it is": standard(FORBIDDEN),
        "no method": standard(FORBIDDEN, None),
        "no name": standard(None),
        "an empty name": standard(""),
        "two names": standard([SAFE, FORBIDDEN]),
        "two names, the other way round": standard([FORBIDDEN, SAFE]),
        "joined names": standard(f"{SAFE}, {FORBIDDEN}"),
        "two methods": standard(SAFE, ["ping", "tools/call"]),
        "joined methods": standard(SAFE, "ping, tools/call"),
        "two versions": standard(SAFE, version=[MODERN, OLDER]),
        "joined versions": standard(SAFE, version=f"{MODERN}, {OLDER}"),
        "an underscore for both": [*standard(None), ("Mcp_Name", SAFE), ("mcp_name", FORBIDDEN)],
        "only underscores": [("MCP_Protocol_Version", MODERN), ("Mcp_Method", "tools/call"), ("Mcp_Name", SAFE)],
        "a blank before the colon": [*standard(None), ("Mcp-Name ", SAFE)],
        "the name in capitals": standard("SAFE"),
        "the method in capitals": standard(SAFE, "TOOLS/CALL"),
        "the name encoded": standard(_encoded("Zm9yYmlkZGVu")),
        "encoded without padding": standard(_encoded("c2FmZQ")),
        "encoded with other bits": standard(_encoded("c2FmZR==")),
        "encoded in other letters": standard("=?BASE64?c2FmZQ==?="),
        "encoded with blanks": standard(_encoded("c2Fm ZQ==")),
        "encoded with a NUL": standard(_encoded("c2FmZQBmb3JiaWRkZW4=")),
        "encoded with a byte order mark": standard(_encoded("77u/c2FmZQ==")),
        "encoded as no UTF-8": standard(_encoded("c2FmZf8=")),
        "encoded twice": standard(_encoded("PT9iYXNlNjQ/YzJGbVpRPT0/PQ==")),
        "the method encoded": standard(SAFE, _encoded("dG9vbHMvY2FsbA==")),
        "a version to come": standard(SAFE, version="2027-01-01"),
        "no version": standard(SAFE, version=None),
        "an older version": standard(SAFE, version=OLDER),
        "a version that is no date": standard(SAFE, version="latest"),
        "a version and more": standard(SAFE, version=f"{MODERN};q=1"),
    }, call(FORBIDDEN)) | _around({
        "an older version and body": standard(version=OLDER),
        "no version in headers and body": standard(version=None),
    }, call(FORBIDDEN, None))
