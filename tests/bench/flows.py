"""What one person's way through our own authorization server costs in CPU of our programs, step by step."""

import statistics
import sys
from pathlib import Path

from support.flows import LoginProvider, Place
from support.programs import short_directory
from support.tokens import TokenMaker

FLOWS = 100  # in each round; each step is done for all of them before the next
STEPS = ("authorize", "consent", "callback", "token", "refresh")


def cpu_us(workers) -> float:
    """User and system, of all processes. schedstat counts in nanoseconds, where stat has ticks."""
    return sum(int(Path(f"/proc/{process.pid}/schedstat").read_text().split()[0]) for process in workers.processes) / 1000


class Round:
    """FLOWS people who do the same at the same time. A step that is refused fails at once."""

    def __init__(self, place):
        self.place, self.people, self.cpu = place, [place.person() for _ in range(FLOWS)], {}

    def step(self, name, program, do, what):
        workers = self.place.running[program]
        before = cpu_us(workers)
        done = [do(one) for one in what]
        self.cpu[name] = (cpu_us(workers) - before) / FLOWS
        return done

    def all(self):
        place = self.place
        pages = self.step("authorize", "authorize", lambda person: (person, place.ask_consent(person)), self.people)
        logins = self.step("consent", "authorize", lambda one: (one[0], place.agree(*one)), pages)
        codes = self.step("callback", "authorize", lambda one: place.callback(*one), logins)
        given = self.step("token", "token", lambda code: place.tokens(place.redemption(code)), codes)
        renewed = self.step("refresh", "token", lambda tokens: place.tokens(place.refresh(tokens["refresh_token"])), given)
        assert all(renewed)
        return self.cpu


def measure(rounds):
    with short_directory() as directory, TokenMaker() as maker, LoginProvider(maker, maker.key("ES256")) as provider, Place(directory, provider) as place:
        place.start()
        Round(place).all()  # warm
        measured = []
        for number in range(rounds):
            measured.append(Round(place).all())
            print(f"flows, round {number + 1} of {rounds}", file=sys.stderr, flush=True)
    print(f"\na flow of our own authorization server: one process of each program, {FLOWS} flows a round, the provider's part not counted; medians")
    print(f"{'step':12} {'program':12} {'CPU us program':>15}")
    median = {step: statistics.median(one[step] for one in measured) for step in STEPS}
    for step in STEPS:
        print(f"{step:12} {'token' if step in ('token', 'refresh') else 'authorize':12} {median[step]:15.0f}")
    print(f"{'whole flow':12} {'':12} {sum(median.values()):15.0f}")
