"""Requests to a running trainer: control.json in its run folder, and the signals SIGTERM and SIGINT."""

import signal
import threading
from pathlib import Path
from types import FrameType, TracebackType

from vae_core.runs.control import CONTROL, Control, read_control

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class StopRequests:
    """A context in which the first SIGTERM or Ctrl+C requests a stop; the second one ends the process."""

    def __init__(self, run: Path) -> None:
        self._run, self._stamp, self._control = run, None, Control()
        self._handlers: dict[int, object] = {}
        self.signal: int | None = None  # the signal that requested the stop

    def __enter__(self) -> "StopRequests":
        if threading.current_thread() is threading.main_thread():
            self._handlers = {number: signal.signal(number, self._handle_signal) for number in _SIGNALS}
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._restore_handlers()

    def read(self) -> Control:
        """Return the current request: a stop after a signal, else control.json, read again only when it has changed."""
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

    def _handle_signal(self, number: int, _: FrameType | None) -> None:
        self.signal = number
        self._restore_handlers()

    def _restore_handlers(self) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._handlers = {}
