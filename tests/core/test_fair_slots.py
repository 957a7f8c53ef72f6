"""Readers of uploads are shared: one who sends many files does not hold up the others."""

import threading

import pytest

from tests.trainer_processes import wait_for
from vae_core.uploads.fair_slots import FairSlots


class Visitors:
    """Threads that wait for a turn, each until it is told to end it. The first letter of a name is its owner."""

    def __init__(self, turns: FairSlots) -> None:
        self.turns = turns
        self.had: list[str] = []
        self._ends: dict[str, threading.Event] = {}
        self._threads: list[threading.Thread] = []

    def come(self, name: str, waits: bool) -> None:
        """A visitor comes, and waits for a turn or has one when this returns."""
        line = len(self.turns._waiting)
        self._ends[name] = threading.Event()
        self._threads.append(threading.Thread(target=self._turn, args=(name,)))
        self._threads[-1].start()
        wait_for(lambda: len(self.turns._waiting) > line if waits else name in self.had, f"{name} is here")

    def _turn(self, name: str) -> None:
        with self.turns.take(name[0], 60):
            self.had.append(name)
            self._ends[name].wait(60)

    def leave(self, name: str, then: int) -> None:
        """End a visitor's turn and wait until so many have had one."""
        self._ends[name].set()
        wait_for(lambda: len(self.had) >= then, f"a turn after that of {name}")

    def end(self) -> None:
        for event in self._ends.values():
            event.set()
        for thread in self._threads:
            thread.join()


def test_one_owner_holds_one_place_and_the_others_come_in_turn() -> None:
    visitors = Visitors(FairSlots(2))
    visitors.come("a1", waits=False)
    visitors.come("a2", waits=True)
    visitors.come("a3", waits=True)
    visitors.come("b1", waits=False)
    visitors.come("c1", waits=True)
    assert visitors.had == ["a1", "b1"]
    visitors.leave("a1", 3)
    assert visitors.had == ["a1", "b1", "c1"]  # not a2, though it came before
    visitors.leave("b1", 4)
    assert visitors.had[3] == "a2"
    visitors.end()


def test_who_waits_too_long_is_told_and_forgotten() -> None:
    turns = FairSlots(1)
    with turns.take("a", 1):
        with pytest.raises(TimeoutError), turns.take("b", 0.01):
            pass
        assert turns._waiting == []
    with turns.take("b", 1):
        pass
    assert turns._held == []
