"""Many visitors at once, by raw WebSockets: no errors, and every change answered while everyone moves.

How fast is printed, not judged: the bar is the benchmark's.
"""

import asyncio
import math
import random
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.load.client import Client
from tests.server import running_app
from ui.catalogue import catalogue

VISITORS, SECONDS = 50, 8
VIEW = {"x": None, "drawing": None, "axes": [0, 1], "window": None, "overlays": ["prior"], "hidden": []}


async def visit(client: Client, end: float, rng: random.Random) -> list[float]:
    """One visitor: a change each second, at a moment of its own; gives the seconds that each answer took."""
    taken = []
    await asyncio.sleep(rng.random())
    while time.monotonic() < end:
        begun = time.monotonic()
        z = [round(rng.gauss(0, 1), 4), round(rng.gauss(0, 1), 4)]
        taken.append(await client.settle({**VIEW, "z": z, "source": "posterior", "seed": 0}))
        assert f"{z[0]:.4f}".rstrip("0").rstrip(".") in client.query
        await asyncio.sleep(max(0.0, 1 - (time.monotonic() - begun)))
    return taken


async def a_class(address: str, query: str) -> list[float]:
    """All visitors open the page one after the other, then all act at once."""
    clients = [Client(address, query) for _ in range(VISITORS)]
    for client in clients:
        await client.__aenter__()
        await client.open_page()
    end = time.monotonic() + SECONDS
    taken = await asyncio.gather(*(visit(client, end, random.Random(n)) for n, client in enumerate(clients)))
    for client in clients:
        await client.__aexit__(None, None, None)
    assert [error for client in clients for error in client.errors] == []
    return [seconds for one in taken for seconds in one]


def test_fifty_visitors_move_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entry = next(e for e in catalogue().runs.values() if e.run.config.model.latent_dim == 2)
    # A thread of its own: the browser tests of the same session leave their event loop in this one.
    with running_app(tmp_path / "log.txt") as address, ThreadPoolExecutor(1) as thread:
        taken = thread.submit(asyncio.run, a_class(address, f"map_model={entry.id}")).result()
    p95 = sorted(taken)[math.ceil(0.95 * len(taken)) - 1]
    with capsys.disabled():
        print(
            f"\n{VISITORS} visitors, one change a second each: {len(taken)} changes, "
            f"median {1000 * statistics.median(taken):.0f} ms, p95 {1000 * p95:.0f} ms"
        )
    assert len(taken) >= VISITORS * 2
