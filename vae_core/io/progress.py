"""Print the progress of a long command on standard error, in one line with the time left."""

import sys
import time

_QUIET_SECONDS = 5.0  # between two lines when nobody watches a terminal


class Progress:
    """Counts up to `total`; on a terminal the line is redrawn, in a log a new line is written every few seconds."""

    def __init__(self, what: str, total: int) -> None:
        self._what, self._total, self._first = what, total, 0
        self._began = self._written = time.perf_counter()
        self._terminal = sys.stderr.isatty()

    def begin(self, done: int) -> None:
        """Set how much was done before, so that the time left is that of the rest."""
        self._first, self._began = done, time.perf_counter()

    def update(self, done: int, detail: str = "") -> None:
        now = time.perf_counter()
        finished = done >= self._total
        if not finished and now - self._written < (0.1 if self._terminal else _QUIET_SECONDS):
            return
        self._written = now
        left = (now - self._began) / max(done - self._first, 1) * (self._total - done)
        line = f"{self._what} {100 * done // self._total}% · {duration(left)} left{' · ' if detail else ''}{detail}"
        end = "\n" if finished or not self._terminal else ""
        print(f"\r\x1b[K{line}" if self._terminal else line, end=end, file=sys.stderr, flush=True)


def duration(seconds: float) -> str:
    """Format a duration: `7 s`, `3 min 20 s`, `2 h 5 min`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
