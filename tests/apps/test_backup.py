"""The store is saved while all goes on, and put back as docs/broker.md says; what an old copy means, as it says too."""

import os
import re
import subprocess

import pytest

from support.flows import LoginProvider, Place
from support.processes import ROOT
from support.programs import short_directory


@pytest.fixture
def place(tmp_path, maker, key):
    with short_directory() as directory, LoginProvider(maker, key) as provider, Place(directory, provider, state=tmp_path / "state") as running:
        running.start()
        yield running


def recipe(state, copy):
    """The command of the manual, with the places of this test; who runs it is the owner anyway."""
    found = re.search(r"^sudo -u gatehouse (sh -c \"umask 077; sqlite3 /var/lib/gatehouse/store '\.backup /var/backups/gatehouse/store'\")$",
                      (ROOT / "docs/broker.md").read_text(), re.M)
    return found[1].replace("/var/lib/gatehouse", str(state)).replace("/var/backups/gatehouse/store", str(copy))


def refresh(place, token):
    return place.post(place.refresh(token))


def test_BK_12_a_copy_brings_grants_back_and_admits_nobody_by_a_used_token(place, tmp_path):
    copy = tmp_path / "copy"
    kept = place.tokens(place.redemption(place.code("alice")))
    renewed = place.tokens(place.redemption(place.code("bob")))
    done = subprocess.run(["bash", "-c", recipe(place.state, copy)], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and copy.stat().st_mode & 0o777 == 0o600, done.stderr
    # bob's client renews after the copy was made, and carol comes.
    newer = place.tokens(place.refresh(renewed["refresh_token"]))
    carol = place.tokens(place.redemption(place.code("carol")))

    place.stop()
    for name in ("store", "store-wal", "store-shm"):
        (place.state / name).unlink(missing_ok=True)
    os.replace(copy, place.state / "store")
    (place.state / "store").chmod(0o600)
    place.start()

    assert refresh(place, kept["refresh_token"]).status == 200
    # The token that the copy knows nothing of ends the grant, so the one that it takes for the next does not help either.
    assert refresh(place, newer["refresh_token"]).status == 400
    assert refresh(place, renewed["refresh_token"]).status == 400
    assert refresh(place, carol["refresh_token"]).status == 400
    # And who comes now is served as ever.
    assert place.tokens(place.redemption(place.code("dora"))) is not None
