"""A few slots shared fairly by several owners, one slot for each owner at a time."""

import contextlib
import itertools
import threading
import time
from collections.abc import Iterator


class FairSlots:
    """`places` slots. The next one goes to the waiting owner who has had none for the longest time."""

    def __init__(self, places: int) -> None:
        self.places = places
        self._changed = threading.Condition()
        self._numbers = itertools.count(1)
        self._held: list[str] = []
        self._waiting: list[tuple[int, str]] = []  # in the order in which they came
        self._last: dict[str, int] = {}  # when an owner's last turn began, of the owners who wait or hold a place

    @contextlib.contextmanager
    def take(self, owner: str, seconds: float) -> Iterator[None]:
        """Hold a slot in this context. Raises TimeoutError if none was free for this owner in that time."""
        self._wait(owner, time.monotonic() + seconds)
        try:
            yield
        finally:
            with self._changed:
                self._held.remove(owner)
                self._changed.notify_all()

    def _wait(self, owner: str, end: float) -> None:
        with self._changed:
            mine = (next(self._numbers), owner)
            self._waiting.append(mine)
            try:
                while self._next() != mine:
                    if not self._changed.wait(end - time.monotonic()) and self._next() != mine:
                        raise TimeoutError
                self._held.append(owner)
                self._last[owner] = next(self._numbers)
            finally:
                self._waiting.remove(mine)
                known = {owner for _, owner in self._waiting} | set(self._held)
                self._last = {name: number for name, number in self._last.items() if name in known}
                self._changed.notify_all()

    def _next(self) -> tuple[int, str] | None:
        """Return who may take a slot now, if one is free."""
        if len(self._held) >= self.places:
            return None
        free = [each for each in self._waiting if each[1] not in self._held]
        return min(free, key=lambda each: (self._last.get(each[1], 0), each[0]), default=None)
