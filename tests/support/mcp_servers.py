"""Real MCP servers to put behind the gate, with a memory of every request that reached them."""

from dataclasses import dataclass, field

from support.node import NodeServer


@dataclass
class Arrived:
    """One request as it came over the wire; `length`, `rpc` and `tool` are None until its body was complete."""

    method: str
    url: str
    headers: list = field(repr=False)
    length: int = None
    rpc: str = None
    tool: str = None

    def all(self, name) -> list:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name):
        values = self.all(name)
        assert len(values) < 2, f"{name} came {len(values)} times: {values}"
        return values[0] if values else None


class McpServer(NodeServer):
    """
    `url` is its MCP endpoint, `port` its port, `control` where an event of the tool two-events is confirmed. Tools:
    whoami, echo, region, two-events, and `names`. Any other path than `path` answers 200 "reached". `sdk` 2: both revisions, no
    sessions; `sdk` 1: revision 2025-11-25 with sessions; with `recipe` it verifies X-Gatehouse-Assertion by that module.
    Further settings: head of the scripts.
    """

    def __init__(self, directory, *, sdk=2, path="/mcp", port=0, recipe=None, **settings):
        script = {1: "mcp-server-v1.mjs", 2: "mcp-server.mjs"}[sdk]
        self._forgotten = 0
        super().__init__(script, {"path": path, "port": port, "recipe": recipe and str(recipe), **settings}, directory)
        self.control = self.ready["control"]
        self.port = int(self.url.split(":")[2].split("/")[0])

    def requests(self) -> list:
        """What reached it since the last forget(), in order."""
        seen = {}
        for line in self.lines(self._forgotten):
            if "arrived" in line:
                seen[line["arrived"]] = Arrived(line["method"], line["url"], line["headers"])
            elif line.get("complete") in seen:
                one = seen[line["complete"]]
                one.length, one.rpc, one.tool = line["length"], line.get("rpc"), line.get("tool")
        return list(seen.values())

    def ran(self) -> list:
        """The tools that it has run since the last forget(), in order."""
        return [line["ran"] for line in self.lines(self._forgotten) if "ran" in line]

    def forget(self):
        self._forgotten = self.end()
