"""Expressions evaluated by common/expression.c, next to what the specification's vectors and another implementation say."""

import json
import subprocess
from collections import Counter

from support.building import built
from support.node import node_environment, script_command
from support.processes import ROOT

LIST = ROOT / "tests" / "CEL.md"
HEAD = """# Which vectors of the CEL specification are left out

Made by tests/lint/cel from npm's @bufbuild/cel-spec; not written by hand. The reason lies in what a vector is made of, never in
what comes of it: a vector without a reason is evaluated and must give what the specification says.

"""


def cases(script, settings=None) -> list:
    """The lines of a script of tests/support/node."""
    done = subprocess.run(script_command(script, settings), capture_output=True, text=True, check=False, env=node_environment(), timeout=300)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def results(expressions) -> list:
    """What gatehouse makes of each: {"result": "value", "error" or "refused", "text": ...}. Runs on the sanitized build."""
    lines = "".join(json.dumps({"expression": case["expression"], "bindings": case["bindings"]}) + "\n" for case in expressions)
    done = subprocess.run([built("expression")], input=lines, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def disagreements(expressions) -> list:
    """Each case whose result is not the expected one, with the result."""
    found = results(expressions)
    assert len(found) == len(expressions)
    return [{**case, "found": result} for case, result in zip(expressions, found)
            if (result["result"] == "value") != (case["expected"] is not None) or (case["expected"] is not None and result["text"] != case["expected"])]


def left_out(vectors) -> str:
    """The text of tests/CEL.md."""
    reasons = Counter(vector["left_out"] for vector in vectors if "left_out" in vector)
    text = HEAD + f"{len(vectors) - reasons.total()} of {len(vectors)} vectors are evaluated.\n\n| left out | because of |\n|---|---|\n"
    text += "".join(f"| {count} | {reason} |\n" for reason, count in reasons.most_common())
    for reason, _ in reasons.most_common():
        sections = {}
        for vector in vectors:
            if vector.get("left_out") == reason:
                section, _, name = vector["name"].rpartition("/") if ": " not in vector["name"] else vector["name"].partition(": ")
                sections.setdefault(section, []).append(f"`{name}`" if "`" not in name else f"`` {name} ``")
        text += f"\n## {reason}\n\n" + "".join(f"- {section}: {' '.join(names)}\n" for section, names in sections.items())
    return text
