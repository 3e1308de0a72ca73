"""The audit log: to a file or standard error, for machines or people, whole lines only, through rotation, without what was left out."""

import concurrent.futures
import json
import os
import subprocess

import pytest
from conftest import ISSUER, RESOURCE

from support.processes import environment, until
from support.programs import fastcgi, program_path


def gate(room, more=""):
    room.settings(f"{more}\nissuer {ISSUER} {{ keys_file {room.keys}; }}\nresource {RESOURCE} {{ allow any; rate off; }}\naddress_rate off\n")


def test_SEC_14_a_file_of_json_while_the_log_is_for_people(room):
    file = room.directory / "audit.log"
    gate(room, f"audit_log {file}\naudit_format json")
    room.check(room.token(), GATEHOUSE_REQUEST_ID="r-1", headers={"Mcp-Method": "tools/call", "Mcp-Name": "x", "MCP-Protocol-Version": "2026-07-28"})
    room.check("garbage")
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["decision"] for line in lines] == ["allow", "deny"] and "decision" not in room.log()
    assert lines[0].items() >= {"event": "decision", "request_id": "r-1", "reason": "allow", "status": 200, "resource": RESOURCE, "issuer": ISSUER, "subject": "alice",
                                "client": "client-1", "method": "POST", "path": "/mcp", "mcp_version": "2026-07-28", "mcp_method": "tools/call",
                                "mcp_name": "x", "address": "192.0.2.1"}.items()
    assert len(lines[0]["token"]) == 16 and file.stat().st_mode & 0o7777 == 0o640


def test_SEC_14_text_for_people(room):
    file = room.directory / "audit.log"
    gate(room, f"log_format json\naudit_log {file}\naudit_format text")
    room.check(room.token(sub="al \n ice"[:3] + "x"))
    line = file.read_text()
    assert ' decision="allow" reason="allow" status=200 ' in line and not line.startswith("{")


@pytest.mark.parametrize("field", ["issuer", "subject", "user", "client", "address", "token", "path", "mcp_name", "origin", "request_id"])
def test_SEC_14_what_is_left_out_is_not_there(room, field):
    file = room.directory / "audit.log"
    people = room.directory / "people"
    people.write_text(f"subject alice from {ISSUER} is al\n")
    headers = {"Mcp-Method": "tools/call", "Mcp-Name": "x", "Origin": "https://claude.ai"}

    def fields():
        file.unlink(missing_ok=True)
        for program in room.running.values():
            program.stop()
        room.running.clear()
        assert room.check(room.token(), headers=headers, GATEHOUSE_REQUEST_ID="r-1").status == 200
        return json.loads(file.read_text())
    gate(room, f"audit_log {file}\naudit_format json\nuser_map {people}")
    whole = fields()
    gate(room, f"audit_log {file}\naudit_format json\nuser_map {people}\naudit_omit {field}")
    assert set(whole) - set(fields()) == {field}


@pytest.mark.parametrize("way", ["renamed", "removed", "truncated"])
def test_SEC_14_rotation_needs_no_signal(room, way):
    file = room.directory / "audit.log"
    gate(room, f"audit_log {file}")
    assert room.check(room.token()).status == 200 and len(file.read_text().splitlines()) == 1
    if way == "renamed":
        file.rename(file.with_suffix(".1"))
    elif way == "removed":
        file.unlink()
    else:
        file.write_text("")
    until(lambda: room.check(room.token()).status == 200 and file.exists() and file.read_text(), "lines go to the new file")
    assert all(" decision " in line and line.startswith("20") for line in file.read_text().splitlines())


def test_SEC_14_lines_of_eight_processes_stay_whole(room):
    file = room.directory / "audit.log"
    gate(room, f"audit_log {file}\naudit_format json")
    socket = room.program("auth-check", processes=8).socket
    pairs = [("REQUEST_METHOD", "POST"), ("REQUEST_URI", "/mcp"), ("SERVER_NAME", "mcp.example.com"), ("HTTP_MCP_NAME", "n" * 500), ("HTTP_AUTHORIZATION", "Bearer x")]
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        assert {answer.status for answer in pool.map(lambda _: fastcgi(socket, pairs), range(400))} == {401}
    assert len([json.loads(line) for line in file.read_text().splitlines()]) == 400


def test_SEC_14_a_file_that_can_not_be_written_is_no_start(room):
    gate(room, f"audit_log {room.directory}/absent/audit.log")
    done = subprocess.run([program_path("auth-check"), "-t", "-c", room.config], env=environment(), capture_output=True, text=True, timeout=30)
    assert done.returncode == 100 and "audit_log" in done.stderr


def test_SEC_14_a_full_disk_sends_the_lines_to_standard_error(room):
    gate(room, "audit_log /dev/full")
    assert room.check(room.token()).status == 200
    assert ' decision="allow"' in room.log()


def test_SEC_14_no_text_turns_the_reading_direction_of_the_line(room):
    """U+202E and its kin would show people another line than the one that was written."""
    gate(room, "log_format text")
    room.check(room.token(sub="alice\u202e\u2066x"))
    assert "\u202e" not in room.log() and "\\u202e" in room.log() and "\\u2066" in room.log()


def test_SEC_14_a_pipe_without_a_reader_holds_up_nobody(room):
    file = room.directory / "audit.log"
    os.mkfifo(file)
    gate(room, f"audit_log {file}\naudit_format json")
    assert room.check(room.token()).status == 200
    assert "audit_log_failed" in room.log() and '"decision"' in room.log()
