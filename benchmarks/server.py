"""What a visit costs the server: a rerun's processor time, start to first paint, and fifty visitors at once.

Visitors are protocol clients on loopback (tests/load/streamlit_client.py) on the same machine, and are not counted.
"""

import asyncio
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser

from benchmarks import server_processes
from benchmarks.browser import chromium
from benchmarks.figures import Figure, NotMeasured, at_most, median, p95, told
from benchmarks.server_processes import Server
from tests.load.streamlit_client import Client

RERUNS = 200
STARTS = 3
VISITORS, SECONDS = 50, 20
_EMPTY = 'import streamlit as st\n\nst.title("Empty")\n'


def measure() -> Iterator[Figure]:
    with server_processes.app() as app:
        settle, page = asyncio.run(_rerun_costs(app))
        waits = asyncio.run(_visitors(app))
    yield at_most("server CPU of a rerun when the pad settles, mean", settle, 10, "ms")
    yield at_most("server CPU of a rerun of the whole page, mean", page, 10, "ms")
    yield at_most(f"{VISITORS} visitors, one change a second each: answer, p95", p95(waits), 100, "ms", digits=0)
    yield told("  median, and changes answered", f"{median(waits):.0f} ms, {len(waits)}")
    ours, empty = _first_paints()
    more = median([a - b for a, b in zip(ours, empty, strict=True)])
    yield at_most("start to first paint, more than Streamlit's empty page", more, 1.5, "s", digits=2)
    yield told("  ours / the empty page, medians", f"{median(ours):.2f} / {median(empty):.2f} s")


async def _rerun_costs(app: Server) -> tuple[float, float]:
    """Processor time of a rerun, milliseconds: when the pad settles on another z, and of the whole page."""
    async with Client(urlsplit(app.url).netloc) as visitor:
        await visitor.open_page()
        for n in range(20):
            await visitor.settle(settled_view(n))
        before = app.cpu_seconds()
        for n in range(RERUNS):
            await visitor.settle(settled_view(n))
        between = app.cpu_seconds()
        for _ in range(RERUNS):
            await visitor.open_page()
        after = app.cpu_seconds()
        _require_sound([visitor])
    return 1000 * (between - before) / RERUNS, 1000 * (after - between) / RERUNS


async def _visitors(app: Server) -> list[float]:
    """The wait for each answer, milliseconds, when VISITORS visitors change something once a second."""
    address = urlsplit(app.url).netloc
    async with AsyncExitStack() as stack:
        visitors = [await stack.enter_async_context(Client(address)) for _ in range(VISITORS)]
        for visitor in visitors:
            await visitor.open_page()
        waits = await asyncio.gather(*(_visit(visitor, random.Random(k)) for k, visitor in enumerate(visitors)))
        _require_sound(visitors)
    return [1000 * wait for each in waits for wait in each]


async def _visit(visitor: Client, rng: random.Random) -> list[float]:
    """One change a second, each at its own time, for SECONDS seconds."""
    await asyncio.sleep(rng.random())
    begun, waits = time.perf_counter(), []
    for n in range(SECONDS):
        await asyncio.sleep(max(0.0, begun + n - time.perf_counter()))
        waits.append(await visitor.settle(settled_view(n + rng.random())))
    return waits


def settled_view(n: float) -> dict:
    """A view that differs from the one before."""
    return {"z": [round(-3 + n * 0.618 % 6, 4), round(-3 + n * 0.414 % 6, 4)]}


def _require_sound(visitors: list[Client]) -> None:
    for visitor in visitors:
        if visitor.errors:
            raise NotMeasured(f"the page failed: {visitor.errors[0]}")


def _first_paints() -> tuple[list[float], list[float]]:
    """Seconds from the start of the server's process to the page's title on screen: our app, and an empty page."""
    ours, empty = [], []
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        script = Path(folder) / "empty.py"
        script.write_text(_EMPTY)
        for _ in range(STARTS):
            with server_processes.app() as app:
                ours.append(_painted(browser, app))
            with server_processes.running(script, Path(folder)) as server:
                empty.append(_painted(browser, server))
    return ours, empty


def _painted(browser: Browser, server: Server) -> float:
    page = browser.new_page()
    page.goto(server.url, wait_until="commit")
    page.locator("h1").first.wait_for()
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    seconds = time.perf_counter() - server.begun
    page.close()
    return seconds
