"""A mouse that keeps its own pace: real pointer events, straight into Chromium.

Playwright's mouse waits for the page after each move, and takes a good part of a core at a mouse's pace.
"""

import json
import socket
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright
from websockets.sync.client import ClientConnection, connect

from benchmarks.browser import ARGUMENTS, executable
from benchmarks.figures import NotMeasured

PACE = 1 / 125  # seconds from one move to the next

Point = tuple[float, float]


@contextmanager
def chromium_with_mouse(arguments: Sequence[str] = tuple(ARGUMENTS)) -> Iterator[tuple[Browser, "Mouse"]]:
    """A browser of its own, and the mouse for its pages."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable(), args=[*arguments, f"--remote-debugging-port={port}"]
        )
        yield browser, Mouse(port)
        browser.close()


class Mouse:
    """Drags over pages of the browser that can be debugged on `port`."""

    def __init__(self, port: int) -> None:
        self.port = port

    def drag(self, page: Page, start: Point, end: Point, seconds: float) -> None:
        """Press at `start`, move to `end` at an even pace for so many seconds, and release."""
        with connect(self._address(page), proxy=None, max_queue=None, close_timeout=1) as wire:
            _send(wire, "mouseMoved", start, buttons=0)
            _send(wire, "mousePressed", start, buttons=1)
            time.sleep(0.3)
            begun = time.perf_counter()
            while (u := (time.perf_counter() - begun) / seconds) < 1:
                _send(wire, "mouseMoved", tuple(a + u * (b - a) for a, b in zip(start, end, strict=True)), buttons=1)
                time.sleep(PACE - (time.perf_counter() - begun) % PACE)
            _send(wire, "mouseReleased", end, buttons=0)
            time.sleep(0.3)

    def _address(self, page: Page) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/json", timeout=10) as answer:
            targets = json.load(answer)
        for target in targets:
            if target["type"] == "page" and target["url"] == page.url:
                return target["webSocketDebuggerUrl"]
        raise NotMeasured(f"Chromium does not know the page {page.url}")


def _send(wire: ClientConnection, kind: str, at: Point, buttons: int) -> None:
    """One event; the answer is not waited for."""
    button = "none" if kind == "mouseMoved" and not buttons else "left"
    event = {"type": kind, "x": at[0], "y": at[1], "button": button, "buttons": buttons, "clickCount": 1}
    wire.send(json.dumps({"id": 1, "method": "Input.dispatchMouseEvent", "params": event}))
