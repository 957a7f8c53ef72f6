"""What is asked of a trainer while it is busy: control.json in its run folder, or a signal of the operating system."""

import signal
import threading
from pathlib import Path
from types import FrameType, TracebackType

from vae_core.runs.control import CONTROL, Control, read_control

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Wishes:
    """A context in which SIGTERM and Ctrl+C ask for a stop instead of ending the process; a second one does end it."""

    def __init__(self, run: Path) -> None:
        self._run, self._stamp, self._control = run, None, Control()
        self._handlers: dict[int, object] = {}
        self.signal: int | None = None  # the one that asked for a stop

    def __enter__(self) -> "Wishes":
        if threading.current_thread() is threading.main_thread():
            self._handlers = {number: signal.signal(number, self._note) for number in _SIGNALS}
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._give_back()

    def now(self) -> Control:
        """What is wanted at this moment. The file is read only when it has changed."""
        if self.signal is not None:
            return Control("stop")
        try:
            stat = (self._run / CONTROL).stat()
            stamp = (stat.st_mtime_ns, stat.st_ino)
        except OSError:
            return self._control
        if stamp != self._stamp:
            self._stamp, self._control = stamp, read_control(self._run)
        return self._control

    def _note(self, number: int, _: FrameType | None) -> None:
        self.signal = number
        self._give_back()

    def _give_back(self) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._handlers = {}
