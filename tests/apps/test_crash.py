"""
Processes die at any instant (SIGKILL), and nothing that was answered is lost, nothing is given twice.

What that means here. "Answered" is what came out of the program; the store's rows tell what was durable when it died.

- A login waits until its callback has taken it: killed before that, the same callback gives a code; killed after it, none does, and
  the person begins anew. One login gives one code at most.
- A code is redeemed at most once, over all tries. Killed before the store had that, the same code is good; killed after it and before
  the answer, it is used up, and the person begins anew.
- A refresh token that was answered and has not been used since is never lost. One that was sent to a process which died before its
  answer is good as long as the store had no new generation; if it had, sending the old one again looks like a theft (RFC 9700 4.14.2),
  the grant ends, and the person logs in again. That is the price of strict rotation, and it is paid in no other case.
- Who dies while the provider is asked whether the login holds costs half a minute (GRANT_BUSY_SECONDS), not the grant; unless the
  provider had rotated its own refresh token already: then the person logs in again.
- A revocation that was answered holds, for the refresh token and for the access token. One that was not answered is made good by
  another try. No grant goes without its denial.
- Whenever somebody dies, the next process opens the store and works on.
"""

import random
import shutil
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from support.flows import LoginProvider, Place, given_by
from support.kills import kill_everywhere, run_traced
from support.processes import ROOT, until
from support.programs import short_directory

FLOWS, CONCURRENCY, WORKERS = 1000, 4, 3


@pytest.fixture
def release(monkeypatch):
    """strace is another debugger than LeakSanitizer's, and hundreds of short runs are quicker so."""
    monkeypatch.setenv("GATEHOUSE_BIN", str(ROOT / "build" / "release" / "bin"))


@pytest.fixture
def place(tmp_path, maker, key):
    with short_directory() as directory, LoginProvider(maker, key) as provider, Place(directory, provider, state=tmp_path / "state") as running:
        yield running


@pytest.fixture(scope="module", autouse=True)
def bereaved(maker, key):
    """A refresh token whose process died while it asked the provider. It gets over that while the other tests run."""
    with short_directory() as directory, LoginProvider(maker, key) as provider, Place(directory, provider, top="login_check 5s") as place, \
            ThreadPoolExecutor(1) as client:
        place.start()
        token = place.tokens(place.redemption(place.code()))["refresh_token"]
        due = time.time() + 6
        until(lambda: time.time() > due, "the login is to be looked after")
        provider.silent = True
        asking = client.submit(place.post, place.refresh(token))
        until(lambda: provider.waiting, "the provider is asked")
        place.running["token"].kill_one(0)
        assert isinstance(asking.exception(), OSError)
        provider.silent = False
        yield place, token


class Rows:
    """What the store has, read from a copy of its file and log: nobody but our programs opens it itself."""

    def __init__(self, place, whole=True):
        with short_directory() as directory:
            for file in ("store", "store-wal"):
                if (place.state / file).exists():
                    shutil.copyfile(place.state / file, directory / file)
            with closing(sqlite3.connect(directory / "store")) as store:
                assert not whole or store.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
                self.versions = {(space, key): version for space, key, version in store.execute("SELECT space, key, version FROM entry")}

    def of(self, *spaces) -> dict:
        return {row: version for row, version in self.versions.items() if row[0] in spaces}


def kept(before, after, *spaces):
    """Are all rows of these namespaces that were there still the same? New ones do not count."""
    return all(after.versions.get(row) == version for row, version in before.of(*spaces).items())


def callback_request(place, person, query):
    seen = {}

    def note(target, method, headers, body):
        seen.update(variables=place.request(target, method, headers, body, "10.200.0.1"))
        raise LookupError
    asking, person.ask = person.ask, note
    with pytest.raises(LookupError):
        person.open("/oauth/callback", **query)
    person.ask = asking
    return seen["variables"]


def sessions(place, make, amount=12):
    """`make()` as often as it is wanted, several in advance by FastCGI; what is yielded finds nobody else at the store."""
    while True:
        with place:
            place.start()
            ready = [make() for _ in range(amount)]
        yield from ready


def test_BK_05_a_killed_callback_gives_one_code_or_leaves_the_login(place, release):
    logins = sessions(place, lambda: (lambda person: (person, place.begin(person)))(place.person()))
    outcomes = set()

    def prepare():
        person, query = next(logins)
        return "authorize", callback_request(place, person, query), b"", (person, query, Rows(place, whole=False))
    for what, (person, query, before), run in kill_everywhere(place.directory, place.config, prepare):
        waits = kept(before, Rows(place), "login")
        again = place.callback(person, query)
        code = run.answer.header("Location").split("code=")[1].split("&")[0] if run.answer else again
        assert (again is not None) == waits and (run.answer is None or not waits), what
        # Whichever code there is, is good; and nothing more comes of that login.
        assert code is None or place.tokens(place.redemption(code)), what
        assert place.callback(person, query) is None, what
        outcomes.add((waits, run.answer is not None))
    assert outcomes == {(True, False), (False, False), (False, True)}


def test_BK_07_a_code_whose_redemption_was_killed_is_redeemed_at_most_once(place, release):
    codes, outcomes = sessions(place, place.code), set()

    def prepare():
        code = next(codes)
        return ("token", *place.redemption(code), (code, Rows(place, whole=False)))
    for what, (code, before), run in kill_everywhere(place.directory, place.config, prepare):
        unused = kept(before, Rows(place), "code")
        given = given_by(run.answer)
        if given is None:
            given = place.tokens(place.redemption(code))
            assert (given is not None) == unused, what
        else:
            assert not unused
        # What was answered is good, and the code is not, ever again.
        given = given and place.tokens(place.refresh(given["refresh_token"]))
        assert given or (run.answer is None and not unused), what
        assert place.tokens(place.redemption(code)) is None, what
        outcomes.add((unused, run.answer is not None))
    assert outcomes == {(True, False), (False, False), (False, True)}


def test_BK_12_a_killed_refresh_loses_nothing_that_was_answered(place, release):
    grants, outcomes = sessions(place, lambda: place.tokens(place.redemption(place.code()))["refresh_token"]), set()

    def prepare():
        token = next(grants)
        return ("token", *place.refresh(token), (token, Rows(place, whole=False)))
    for what, (token, before), run in kill_everywhere(place.directory, place.config, prepare):
        unused = kept(before, Rows(place), "grant")
        given = given_by(run.answer)
        if given is None:
            # As clients do: the one that it has.
            given = place.tokens(place.refresh(token))
            assert (given is not None) == unused, what
        assert given is None or place.tokens(place.refresh(given["refresh_token"])), what
        assert place.tokens(place.refresh(token)) is None, what
        outcomes.add((unused, run.answer is not None))
    assert outcomes == {(True, False), (False, False), (False, True)}


def test_BK_16_a_killed_revocation_holds_once_it_was_answered(place, release):
    grants, outcomes = sessions(place, lambda: place.tokens(place.redemption(place.code()))), set()

    def prepare():
        given = next(grants)
        return ("token", *place.revocation(given["refresh_token"]), (given, Rows(place, whole=False)))
    for what, (given, before), run in kill_everywhere(place.directory, place.config, prepare):
        after = Rows(place)
        gone = not kept(before, after, "grant")
        # The denial is there before the grant goes.
        assert not gone or len(after.of("denial")) > len(before.of("denial")), what
        if run.answer is None:
            assert place.post(place.revocation(given["refresh_token"])).status == 200, what
        assert run.answer is None or (run.answer.status == 200 and gone), what
        assert place.tokens(place.refresh(given["refresh_token"])) is None, what
        assert place.check(given["access_token"]).status == 401, what
        outcomes.add((gone, run.answer is not None))
    assert outcomes == {(False, False), (True, False), (True, True)}


def test_BK_07_BK_12_what_is_answered_is_on_the_disk(place):
    """Against a loss of power, which no kill can show: between the last write to the store and the answer lies its fdatasync."""
    person = place.person()
    login, code, token = place.begin(person), place.code(), place.tokens(place.redemption(place.code()))["refresh_token"]
    for program, variables, body in (("authorize", callback_request(place, person, login), b""), ("token", *place.redemption(code)),
                                     ("token", *place.refresh(token)), ("token", *place.revocation(token))):
        calls = run_traced(program, variables, body, place.config, place.directory / "trace").calls
        until_answer = calls[:next(at for at, (name, descriptor) in enumerate(calls) if name in ("write", "writev") and descriptor == 1)]
        written = {descriptor: at for at, (name, descriptor) in enumerate(until_answer) if name in ("pwrite64", "pwritev")}
        synced = {descriptor: at for at, (name, descriptor) in enumerate(until_answer) if name in ("fsync", "fdatasync")}
        log = max(written, key=written.get)
        assert synced[log] > written[log], calls


# ---- at random -----------------------------------------------------------------------------------------------------

class Killer:
    """After every few requests one of the processes dies, a moment later so that it is in the midst of something."""

    def __init__(self, place):
        self.place, self.kills, self._random, self._lock = place, 0, random.Random(7), threading.Lock()
        self._left = 10

    def count(self):
        with self._lock:
            self._left -= 1
            if self._left > 0:
                return
            self._left = self._random.randrange(5, 30)
            self.kills += 1
            time.sleep(self._random.uniform(0, 0.004))
            self.place.running[self._random.choice(("authorize", "token"))].kill_one(self._random.randrange(WORKERS))


class Client:
    """One flow after the other; what is not answered is tried again, and everything that was answered is remembered."""

    def __init__(self, place, killer):
        self.place, self.killer = place, killer
        self.codes, self.good = [], []

    def try_(self, form):
        """(status, what was given) of the first answer, and how many tries had none."""
        for unanswered in range(20):
            self.killer.count()
            try:
                answer = self.place.post(form)
                if answer.status != 503:
                    return given_by(answer), unanswered
            except OSError:
                pass
        raise AssertionError("no answer in twenty tries")

    def code(self, subject):
        for _ in range(50):
            self.killer.count()
            try:
                if code := self.place.code(subject):
                    return code
            except (OSError, KeyError):
                pass  # killed in between: the person begins anew
        raise AssertionError("no code in fifty tries")

    def flow(self, subject):
        code = self.code(subject)
        given, unanswered = self.try_(self.place.redemption(code))
        assert given or unanswered, "an unused code is refused"
        self.codes.append(code)
        if not given:
            return "code used up unanswered"
        token = given["refresh_token"]
        given, unanswered = self.try_(self.place.refresh(token))
        assert given or unanswered, "an answered refresh token is refused"
        if not given:
            return "grant ended with an unanswered refresh"
        self.good.append(given["refresh_token"])
        return "whole"


def test_BK_07_BK_12_a_thousand_flows_among_dying_processes(place):
    place.start(WORKERS)
    killer = Killer(place)
    clients = [Client(place, killer) for _ in range(CONCURRENCY)]

    def run(client, first):
        return [client.flow(f"person-{number}") for number in range(first, FLOWS, CONCURRENCY)]
    with ThreadPoolExecutor(CONCURRENCY) as pool:
        outcomes = [one for result in [pool.submit(run, client, at) for at, client in enumerate(clients)] for one in result.result()]
    assert len(outcomes) == FLOWS and killer.kills > FLOWS // 10 and outcomes.count("whole") > FLOWS * 0.8, (killer.kills, outcomes.count("whole"))
    # Nobody dies any more. All that was answered is good; no code is, whether it was answered or not.
    good = [token for client in clients for token in client.good]
    with ThreadPoolExecutor(CONCURRENCY) as pool:
        assert all(pool.map(lambda token: place.tokens(place.refresh(token)), good))
        assert not any(pool.map(lambda code: place.tokens(place.redemption(code)), [code for client in clients for code in client.codes]))
    place.stop()
    # Each of them has ended its grant: none is left but of those whose code was used up before the grant was there.
    assert not Rows(place).of("grant")


# ---- races ---------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("what", ["code", "refresh token"])
def test_BK_07_BK_12_of_two_processes_one_gives_tokens(place, what):
    """
    Each on a socket of its own gets the same at the same moment, 64 times. Of a refresh token one gives the next. Of a code one does, or
    none: when the second one comes before the first has put its grant, the first one finds it ended.
    """
    place.start()
    seen = []
    with short_directory() as directory, ThreadPoolExecutor(2) as pool, Place(directory, place.provider, state=place.state) as other:
        other.start(programs=("token",))
        for _ in range(64):
            code = place.code()
            form = place.redemption(code) if what == "code" else place.refresh(place.tokens(place.redemption(code))["refresh_token"])
            barrier = threading.Barrier(2)

            def race(where, form=form, barrier=barrier):
                barrier.wait()
                return where.post(form)
            answers = sorted(pool.map(race, (place, other)), key=lambda answer: answer.status)
            seen.append(tuple(answer.status for answer in answers))
            # Twice is once too often: what the winner got has ended.
            assert answers[0].status == 400 or place.tokens(place.refresh(given_by(answers[0])["refresh_token"])) is None
    assert set(seen) <= ({(200, 400), (400, 400)} if what == "code" else {(200, 400)}) and (200, 400) in seen, seen


def test_BK_13_who_died_while_asking_the_provider_costs_a_while_and_not_the_grant(bereaved):
    place, token = bereaved
    seen = []

    def renewed():
        answer = place.post(place.refresh(token))
        seen.append(answer.status)
        return answer if answer.status != 503 else None
    given = given_by(until(renewed, "the grant is free again", timeout=45))
    assert given and place.tokens(place.refresh(given["refresh_token"])) and set(seen) <= {200, 503}
