"""No MCP server sees a call in a body that the gate read as something else: the gate's reader beside others that mind less."""

import json
import struct
import subprocess
from collections import Counter

import pytest

from support.mcp_bodies import TARGETS, Maker
from support.node import node_environment, script_command
from support.processes import ROOT

BODIES, SEED = 30_000, 20260728


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    program = tmp_path_factory.mktemp("mcp-read") / "mcp-read"
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "jansson"], capture_output=True, text=True, check=True).stdout.split()
    subprocess.run(["cc", "-std=c11", "-D_GNU_SOURCE", "-g", "-Wall", "-Wextra", "-Werror", "-fsanitize=address,undefined", "-fno-sanitize-recover=all",
                    f"-I{ROOT}/common", "-o", program, ROOT / "tests/support/mcp-read.c", ROOT / "build/sanitize/libgatehouse.a", *flags], check=True)
    return program


@pytest.fixture(scope="module")
def read(reader, tmp_path_factory):
    """Each body with what the gate and what Node make of it."""
    room = tmp_path_factory.mktemp("bodies")
    maker = Maker(SEED)
    made = [maker.body() for _ in range(BODIES)]
    (room / "bodies").write_bytes(b"".join(struct.pack(">I", len(body)) + body for _, body in made))
    said = subprocess.run([reader, room / "bodies"], capture_output=True, check=True).stdout.decode().split("\n")[:-1]
    subprocess.run(script_command("mcp-read.mjs", {"bodies": str(room / "bodies"), "out": str(room / "node")}), check=True, env=node_environment())
    seen = (room / "node").read_text().split("\n")[:-1]
    assert len(said) == len(seen) == BODIES
    return [(good, body, json.loads(ours), json.loads(node)) for (good, body), ours, node in zip(made, said, seen)]


def test_the_bodies_are_worth_it(read):
    count = Counter()
    for good, _, ours, node in read:
        calls = sum(method == "tools/call" for method, *_ in node["seen"] or [])
        count.update({"good": good, "accepted": ours is not None, "refused": ours is None, "no JSON to Node": node["seen"] is None,
                      "with a tools/call to Node": calls > 0, "of these refused": calls > 0 and ours is None,
                      "valid to the SDK": node["valid"], "of these not taken": node["valid"] and ours is None})
    print(", ".join(f"{n} {name}" for name, n in count.items()))
    assert min(count[name] for name in ("good", "accepted", "refused", "no JSON to Node", "with a tools/call to Node", "of these refused")) > BODIES / 20


def test_a_good_body_is_read(read):
    assert [body for good, body, ours, _ in read if good and ours is None] == []


def test_what_the_gate_accepts_node_sees_alike(read):
    for _, body, ours, node in read:
        if ours is not None:
            assert [item[1:] for item in ours] == node["seen"], body


def test_every_call_that_node_sees_is_listed_or_refused(read):
    for _, body, ours, node in read:
        calls = Counter(target for method, target, *_ in node["seen"] or [] if method == "tools/call")
        assert ours is None or calls == Counter(target for _, method, target, *_ in ours if method == "tools/call"), body


def lenient(body, pairs, decode):
    try:
        return json.loads(decode(body), object_pairs_hook=pairs, strict=False)
    except (ValueError, RecursionError):
        return None


def calls_of(value, fold):
    """(method, target) of whatever is a message, at any depth of arrays."""
    if isinstance(value, list):
        return [call for item in value for call in calls_of(item, fold)]
    method = value.get("method") if isinstance(value, dict) else None
    if not isinstance(method, str):
        return []
    member = TARGETS.get(fold(method))
    params = value.get("params")
    target = params.get(fold(member)) if member and isinstance(params, dict) else None
    return [(fold(method), target)]


READERS = {
    "the last member counts": (dict, str),
    "the first member counts": (lambda pairs: dict(reversed(pairs)), str),
    "case does not matter": (lambda pairs: {name.casefold(): value for name, value in pairs}, str.casefold),
    "case does not matter and the first counts": (lambda pairs: {name.casefold(): value for name, value in reversed(pairs)}, str.casefold),
    "upper case": (lambda pairs: {name.upper().lower(): value for name, value in pairs}, lambda text: text.upper().lower()),
}
DECODERS = {
    "replaced": lambda body: body.decode("utf-8", "replace"),
    "without its mark": lambda body: body.decode("utf-8-sig", "replace"),
    "without what is none": lambda body: body.decode("utf-8", "ignore"),
}


@pytest.mark.parametrize("decoder", DECODERS)
@pytest.mark.parametrize("name", READERS)
def test_no_lenient_reader_sees_another_call(read, name, decoder):
    pairs, fold = READERS[name]
    for _, body, ours, _ in read:
        if ours is not None:
            expected = [(fold(method), target) for _, method, target, *_ in ours if method is not None]
            assert calls_of(lenient(body, pairs, DECODERS[decoder]), fold) == expected, body
            assert all(method in TARGETS or fold(method) not in TARGETS for _, method, *_ in ours if method is not None), body
