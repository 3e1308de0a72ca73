"""No room on the disk of the state directory, and a disk that can't be written: nobody gets anything new, and nothing is lost."""

import pytest

from support.flows import LoginProvider, Place
from support.mounts import small_disk
from support.processes import until
from support.programs import short_directory

PROGRAMS = ("authorize", "token", "auth-check")


@pytest.fixture
def disk():
    with short_directory() as directory, small_disk(directory) as disk:
        yield disk


@pytest.fixture
def place(disk, maker, key):
    with short_directory() as directory, LoginProvider(maker, key) as provider, Place(directory, provider, state=disk.directory / "state") as running:
        yield running


class Started:
    """What people and clients have in their hands when it happens."""

    def __init__(self, place):
        self.place = place
        self.asked = place.person()
        self.page = place.ask_consent(self.asked)
        self.person = place.person()
        self.login = place.begin(self.person)
        self.code = place.code()
        self.tokens = place.tokens(place.redemption(place.code()))
        self.revoked = place.tokens(place.redemption(place.code()))
        assert place.check(self.tokens["access_token"]).status == 200

    def nothing_is_given(self):
        """One try at everything that would have to be remembered."""
        place = self.place
        steps = [self.asked.allow(self.page), self.person.open("/oauth/callback", **self.login)]
        assert [step.answer.status for step in steps] == [503, 503] and not any(step.goes_to for step in steps), [step.answer.raw for step in steps]
        for form in (place.redemption(self.code), place.refresh(self.tokens["refresh_token"]), place.revocation(self.revoked["refresh_token"])):
            answer = place.post(form)
            assert answer.status == 503 and b"temporarily_unavailable" in answer.body and int(answer.header("Retry-After")) > 0, answer.raw

    def all_of_it_works(self):
        """What was refused is good, now that it can be remembered."""
        place = self.place
        assert self.asked.allow(self.page).answer.status == 200
        for given in (place.tokens(place.redemption(place.callback(self.person, self.login))), place.tokens(place.redemption(self.code)),
                      place.tokens(place.refresh(self.tokens["refresh_token"]))):
            until(lambda token=given["access_token"]: place.check(token).status == 200, "auth-check does not hear that it may know again")
        assert place.post(place.revocation(self.revoked["refresh_token"])).status == 200
        until(lambda: place.check(self.revoked["access_token"]).status == 401, "auth-check does not hear of it")
        assert place.tokens(place.refresh(self.revoked["refresh_token"])) is None


def test_SEC_16_BK_10_a_full_disk_gives_nothing_and_loses_nothing(place, disk):
    place.start(programs=PROGRAMS)
    started = Started(place)
    disk.fill()
    # The log of the store may have room within itself for a while: until that is used up, what is answered is answered.
    for _ in range(400):
        if (code := place.code()) is None:
            break
        assert place.tokens(place.redemption(code))
    assert code is None, "the disk is not full"
    for _ in range(3):
        started.nothing_is_given()
    # Who is known stays known: reading needs no room.
    assert place.check(started.tokens["access_token"]).status == 200 and place.check("nobody").status == 401
    disk.make_room()
    started.all_of_it_works()


def test_SEC_16_BK_10_programs_that_start_on_a_full_disk_wait_for_room(place, disk):
    place.start(programs=PROGRAMS)
    started = Started(place)
    place.stop()
    disk.fill()
    place.start(programs=PROGRAMS)
    for _ in range(3):
        started.nothing_is_given()
    assert place.check(started.tokens["access_token"]).status in (200, 503)
    assert place.log("token").count("store_unavailable") == 1
    disk.make_room()
    started.all_of_it_works()
    assert place.log("token").count("store_available") == 1


def test_SEC_16_BK_10_a_directory_that_can_t_be_written_gives_nothing(place, disk):
    place.start(programs=PROGRAMS)
    started = Started(place)
    place.stop()
    disk.writable(False)
    place.start(programs=PROGRAMS)
    for _ in range(3):
        started.nothing_is_given()
    # Which grants have ended is in the store alone. Nobody knows, nobody gets in.
    assert place.check(started.tokens["access_token"]).status == 503 and place.check("nobody").status == 401
    place.stop()
    disk.writable(True)
    place.start(programs=PROGRAMS)
    started.all_of_it_works()
