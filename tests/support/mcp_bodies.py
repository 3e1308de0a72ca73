"""Makes bodies of MCP requests, good ones and all that is almost one, always the same for the same seed."""

import json
import random

TARGETS = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri", "resources/subscribe": "uri", "resources/unsubscribe": "uri",
           "tasks/get": "taskId", "tasks/update": "taskId", "tasks/cancel": "taskId", "tasks/result": "taskId"}
PLAIN = ["ping", "tools/list", "initialize", "server/discover", "completion/complete", "notifications/initialized", "vendor/x", "tools/call/x"]
METHODS = ["tools/call"] * 8 + list(TARGETS) + PLAIN
NAMES = ["echo", "delete_all", "home.light-1", "two words", "été", "\U0001F600", "a\"b\\c", "x" * 130, "tools/call", "line\nfeed", "\u2028"]
FOREIGN = {"s": "\u017f", "k": "\u212a", "K": "\u212a", "I": "\u0130", "i": "\u0131", "a": "\uff41", "e": "\u0435"}
NUMBERS = ["0", "-0", "1.0", "1.5", "1e2", "1E400", "-1e999", "01", "1.", ".5", "+1", "0x10", "NaN", "Infinity", "9007199254740991", "9007199254740993",
           "9223372036854775807", "9223372036854775808", "18446744073709551616", "1" * 400, "5e-400", "1_0"]
BYTES = [b"\xef\xbb\xbf", b"\x00", b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc3", b"\xe2\x80\x8b", b"\xc2\xa0", b"\x0c", b"\x0b", b"\x1e",
         b" ", b"\n", b"\t", b",", b":", b"}", b"]", b"{", b"[", b'"', b"\\", b"//x\n", b"/**/", b"\\u0000", b"\\ud800", b"\\udc00\\ud800", b"'", b"null", b"\\x41"]


class Raw(str):
    """Stands in the text as it is."""


class Pairs(list):
    """An object whose names may come twice."""


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.noise = 0.0

    def chance(self, probability):
        return self.random.random() < probability

    # ---- good messages ----

    def value(self, depth=0):
        kind = self.random.randrange(8 if depth < 4 else 6)
        if kind < 6:
            return [None, True, self.random.randrange(-10**6, 10**6), self.random.random(), self.random.choice(NAMES), ""][kind]
        if kind == 6:
            return [self.value(depth + 1) for _ in range(self.random.randrange(4))]
        return Pairs((name, self.value(depth + 1)) for name in self.random.sample(["name", "method", "x", "é", "Name", "uri", "id"], self.random.randrange(4)))

    def call(self):
        method = self.random.choice(METHODS)
        message = Pairs([("jsonrpc", "2.0")])
        if not (method.startswith("notifications/") or self.chance(0.1)):
            message.append(("id", self.random.choice([0, 1, -7, 2**53 - 1, "a", "", "é", "1"])))
        message.append(("method", method))
        params = Pairs()
        if method in TARGETS:
            params.append((TARGETS[method], self.random.choice(NAMES)))
        if self.chance(0.4):
            params.append(("arguments", Pairs([("x", self.value())])))
        if self.chance(0.2):
            params.append(("_meta", Pairs([("io.modelcontextprotocol/protocolVersion", "2026-07-28"), ("progressToken", 1)])))
        if params or self.chance(0.3):
            message.append(("params", params))
        if self.chance(0.3):
            self.random.shuffle(message)
        return message

    def response(self):
        return Pairs([("jsonrpc", "2.0"), ("id", 3), self.random.choice([("result", Pairs()), ("error", Pairs([("code", -1), ("message", "x")]))])])

    def message(self):
        return self.response() if self.chance(0.05) else self.call()

    def good(self):
        return [self.message() for _ in range(self.random.randrange(1, 6))] if self.chance(0.25) else self.message()

    # ---- almost good ones ----

    def objects(self, value):
        """Every object that is a message, its params, or something within."""
        found = [value] if isinstance(value, Pairs) else []
        for item in ([member for _, member in value] if isinstance(value, Pairs) else value if isinstance(value, list) else []):
            found += self.objects(item)
        return found

    def other_name(self, name):
        way = self.random.randrange(6)
        if way == 0:
            return name.upper()
        if way == 1:
            return name.capitalize()
        if way == 2:
            return "".join(FOREIGN.get(letter, letter) if self.chance(0.5) else letter for letter in name)
        if way == 3:
            return name.swapcase()
        return name + self.random.choice([" ", "\u200b", "_", "\t"]) if way == 4 else self.random.choice(["__proto__", "constructor", "Method", "toString", "name", "params"])

    def wrong(self, value):
        """One thing of it is changed."""
        objects = self.objects(value)
        place = self.random.choice(objects) if objects else Pairs()
        at = self.random.randrange(len(place)) if place else None
        way = self.random.randrange(11)
        if way == 0 and place:
            place.insert(self.random.randrange(len(place) + 1), (place[at][0], self.random.choice([place[at][1], *NAMES, "tools/call", "ping"])))
        elif way == 1 and place:
            place.insert(self.random.randrange(len(place) + 1), (self.other_name(place[at][0]), self.random.choice([place[at][1], "tools/call", *NAMES])))
        elif way == 2 and place:
            place[at] = (self.other_name(place[at][0]), place[at][1])
        elif way == 3 and place:
            place[at] = (place[at][0], Raw(self.random.choice(NUMBERS)))
        elif way == 4 and place:
            place[at] = (place[at][0], self.value())
        elif way == 5 and place:
            del place[at]
        elif way == 6:
            return [value]
        elif way == 7:
            return [value, self.call()] if self.chance(0.5) else [self.message(), [self.call()]]
        elif way == 8 and place:
            named = [i for i, (name, _) in enumerate(place) if name == "method"]
            if named:
                method = str(place[named[0]][1])
                place[named[0]] = ("method", self.random.choice([method.upper(), method + " ", " " + method, self.other_name(method), method + "\u0000",
                                                                 method.replace("/", "\\"), method.replace("/", "\u2215"), "tools//call"]))
        elif way == 9 and place:
            depth = self.random.choice([10, 59, 60, 61, 62, 63, 64, 65, 200, 3000])
            place.append(("deep", Raw("[" * depth + "]" * depth)))
        else:
            place.append((self.random.choice(["result", "error", "id", "params", "x", "jsonrpc"]), self.value()))
        return value

    # ---- text ----

    def text(self, text):
        out = ""
        for letter in text:
            if self.chance(self.noise):
                units = letter.encode("utf-16-be", "surrogatepass")
                out += "".join(self.random.choice(["\\u%04x", "\\u%04X"]) % int.from_bytes(units[i:i + 2], "big") for i in range(0, len(units), 2))
            else:
                out += "\\/" if letter == "/" and self.chance(self.noise) else json.dumps(letter, ensure_ascii=False)[1:-1]
        return f'"{out}"'

    def space(self):
        return "".join(self.random.choice(" \t\r\n") for _ in range(self.random.randrange(3))) if self.chance(self.noise) else ""

    def write(self, value):
        if isinstance(value, Raw):
            text = str(value)
        elif isinstance(value, Pairs):
            text = "{" + ",".join(f"{self.space()}{self.text(name)}{self.space()}:{self.write(member)}" for name, member in value) + self.space() + "}"
        elif isinstance(value, list):
            text = "[" + ",".join(map(self.write, value)) + self.space() + "]"
        else:
            text = self.text(value) if isinstance(value, str) else json.dumps(value)
        return self.space() + text + self.space()

    def damaged(self, body):
        at = self.random.choice([0, len(body), self.random.randrange(len(body) + 1), self.random.randrange(len(body) + 1)])
        way = self.random.randrange(4)
        if way == 0:
            return body[:at]
        if way == 1 and body:
            at = min(at, len(body) - 1)
            return body[:at] + bytes([body[at] ^ 1 << self.random.randrange(8)]) + body[at + 1:]
        if way == 2:
            return body[:at] + body[at + 1:]
        return body[:at] + self.random.choice(BYTES) + body[at:]

    def body(self):
        """(is it good?, its bytes)"""
        value, steps = self.good(), self.random.choice([0, 1, 1, 1, 2, 3])
        self.noise = self.random.choice([0, 0, 0.05, 0.5])
        for _ in range(steps):
            value = self.wrong(value)
        body = self.write(value).encode("utf-8", "surrogatepass")
        if self.chance(0.3):
            return False, self.damaged(body)
        return steps == 0, body
