"""How often something may be done: a bucket that fills steadily, from which each act takes one."""

import time
from collections import OrderedDict
from collections.abc import Callable

MOST_KEYS = 4_096


class Bucket:
    """Holds up to `size` acts and gets `per_second` of them back."""

    def __init__(self, size: float, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.size, self.per_second, self.clock = size, per_second, clock
        self.level, self.at = size, clock()

    def holds(self) -> bool:
        """Whether one more act is left."""
        now = self.clock()
        self.level, self.at = min(self.size, self.level + (now - self.at) * self.per_second), now
        return self.level >= 1

    def take(self) -> bool:
        """Do it, if one more act is left."""
        if not self.holds():
            return False
        self.level -= 1
        return True


class Buckets:
    """A bucket for each key; those that were not asked for longest are forgotten."""

    def __init__(self, size: float, per_second: float) -> None:
        self.size, self.per_second = size, per_second
        self.held: OrderedDict[str, Bucket] = OrderedDict()

    def of(self, key: str) -> Bucket:
        bucket = self.held.pop(key, None) or Bucket(self.size, self.per_second)
        self.held[key] = bucket
        while len(self.held) > MOST_KEYS:
            self.held.popitem(last=False)
        return bucket
