"""A FastCGI process that is told to end gives the answer it is at, ends with status 0, and takes nothing from the others."""

import array
import fcntl
import json
import os
import signal
import socket
import termios

import pytest

from support.processes import Process, until
from support.programs import STDIN, fastcgi, fastcgi_answer, fastcgi_head, program_path, record, short_directory

BODY = b'{"redirect_uris":["http://127.0.0.1:1/callback"]}'
REQUEST = {"REQUEST_METHOD": "POST", "REQUEST_URI": "/oauth/register", "SERVER_NAME": "idp.example.net", "REMOTE_ADDR": "192.0.2.1",
           "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": len(BODY)}


@pytest.fixture
def listener():
    with short_directory() as directory, socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(directory / "program.sock"))
        listening.listen(8)
        yield listening


@pytest.fixture
def start(room, listener):
    """Starts another process that serves the listener."""
    room.settings("authorization_server augment\nissuer https://idp.example.net/t1 { provider_metadata https://p.example/x; client_id app; }\n"
                  "resource https://mcp.example.com/mcp { allow any; }\n")
    return lambda: room.stack.enter_context(
        Process([program_path("client-registration"), "-c", room.config], stdin=listener, log=room.directory / "client-registration.log"))


def unread(connection) -> int:
    """Bytes that the other side has not read yet (unix(7), SIOCOUTQ)."""
    count = array.array("i", [0])
    fcntl.ioctl(connection, termios.TIOCOUTQ, count)
    return count[0]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1])
def test_the_request_at_hand_is_answered(start, listener, number):
    process = start()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(20)
        connection.connect(listener.getsockname())
        connection.sendall(fastcgi_head(REQUEST) + record(STDIN, BODY[:9]))
        until(lambda: unread(connection) == 0, "the process waits for the rest of the body", process=process)
        os.kill(process.pid, number)
        connection.sendall(record(STDIN, BODY[9:]) + record(STDIN))
        answer = fastcgi_answer(connection)
    assert answer.status == 201 and json.loads(answer.body)["client_id"] == "app", process.tail()
    assert process.popen.wait(20) == 0, process.tail()


def test_new_settings_asked_for_during_a_request_leave_it_alone(start, room, listener):
    process = start()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(20)
        connection.connect(listener.getsockname())
        connection.sendall(fastcgi_head(REQUEST) + record(STDIN, BODY[:9]))
        until(lambda: unread(connection) == 0, "the process waits for the rest of the body", process=process)
        os.kill(process.pid, signal.SIGHUP)
        connection.sendall(record(STDIN, BODY[9:]) + record(STDIN))
        assert fastcgi_answer(connection).status == 201, process.tail()
    assert fastcgi(listener.getsockname(), REQUEST, BODY).status == 201
    assert "settings_read" in room.log("client-registration")


def test_a_waiting_process_ends_and_the_others_serve_on(start, listener):
    first = start()
    assert fastcgi(listener.getsockname(), REQUEST, BODY).status == 201  # so it is no longer starting
    second = start()
    assert first.stop() == 0, first.tail()
    for _ in range(3):
        assert fastcgi(listener.getsockname(), REQUEST, BODY).status == 201, second.tail()
    assert second.stop() == 0, second.tail()
