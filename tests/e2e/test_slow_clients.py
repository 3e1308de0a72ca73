"""Clients that send their body a byte at a time: nobody else may have to wait until a web server gives up."""

import json

import pytest

from support.fronts import KINDS
from support.site import start_site
from support.wire import connect, exchange, request_bytes

SETTINGS = """authorization_server augment
issuer URL { provider_metadata URL/metadata; client_id app; }
resource URL/mcp { allow any; }
"""
JSON = [("Content-Type", "application/json")]
GOOD = json.dumps({"redirect_uris": ["http://127.0.0.1:1/callback"]}).encode()
BEGINNING = b"POST /oauth/register HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"


@pytest.mark.parametrize("kind", KINDS)
def test_SEC_12_slow_bodies_do_not_hold_the_registration(kind, tmp_path):
    with start_site(kind, tmp_path, SETTINGS, upstream_port=9, processes=2) as site:
        def register():
            return exchange(site.port, request_bytes("POST", "/oauth/register", JSON, GOOD)).status
        assert register() == 201
        slow = [connect(site.port) for _ in range(6)]
        for connection in slow:
            connection.sendall(BEGINNING)
        assert [register() for _ in range(3)] == [201, 201, 201]
        for connection in slow:
            connection.close()
