"""A FastCGI program in the test itself: it remembers what a front server asked it, and answers what the test says."""

import socket
import struct
import threading
from pathlib import Path

from support.programs import BEGIN_REQUEST, END_REQUEST, PARAMS, STDIN, STDOUT, record


def _pairs(data: bytes) -> dict:
    found, at = {}, 0
    while at < len(data):
        lengths = []
        for _ in range(2):
            size = 4 if data[at] & 0x80 else 1
            lengths.append(int.from_bytes(data[at:at + size], "big") & 0x7FFFFFFF)
            at += size
        name, value = data[at:at + lengths[0]], data[at + lengths[0]:at + sum(lengths)]
        at += sum(lengths)
        found[name.decode("latin-1")] = value.decode("latin-1")
    return found


class FastcgiRecorder:
    """Listens on `path`. `seen` has (variables, body) of every request; `answer` is what each gets: bytes as of a CGI program."""

    def __init__(self, path):
        self.path, self.seen = Path(path), []
        self.answer = b"Status: 200 OK\r\nContent-Type: text/plain\r\n\r\nhere"
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.path))
        self.path.chmod(0o777)
        self._listener.listen(64)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                try:
                    self._one(connection)
                except OSError:
                    pass

    def _one(self, connection):
        parts, number = {PARAMS: b"", STDIN: b""}, 1
        with connection.makefile("rb") as stream:
            while head := stream.read(8):
                _, kind, number, length, padding = struct.unpack(">BBHHBx", head)
                content = stream.read(length + padding)[:length]
                if kind in parts:
                    parts[kind] += content
                if kind == STDIN and not content:
                    break
                assert kind in (BEGIN_REQUEST, PARAMS, STDIN), kind
        assert number == 1
        self.seen.append((_pairs(parts[PARAMS]), parts[STDIN]))
        connection.sendall(record(STDOUT, self.answer) + record(STDOUT) + record(END_REQUEST, bytes(8)))

    def only(self):
        """Variables and body of the one request that came."""
        assert len(self.seen) == 1, self.seen
        return self.seen[0]

    def stop(self, remove=False):
        """The socket's file stays, as that of a program that has died, unless it shall go."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        if remove:
            self.path.unlink()
