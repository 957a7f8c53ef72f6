"""Many clients of one server at a time, and what they and the server show: seconds, errors, memory."""

import asyncio
import contextlib
import math
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from tests.load.streamlit_client import Client

VIEW = {"x": None, "drawing": None, "axes": [0, 1], "window": None, "overlays": ["prior"], "hidden": []}
Done = TypeVar("Done")


def in_a_loop(work: Callable[[], Awaitable[Done]]) -> Done:
    """Run it in an event loop of its own: the browser tests of the same session leave theirs in this thread."""

    async def run() -> Done:
        return await work()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, run()).result()


@contextlib.asynccontextmanager
async def crowd(address: str, count: int, query: str) -> AsyncIterator[list[Client]]:
    """So many clients with the page open, which came a few at a time, each with a view of its own."""
    clients = [Client(address, query) for _ in range(count)]
    gate = asyncio.Semaphore(4)

    async def come(client: Client) -> None:
        async with gate:
            await client.__aenter__()
            await client.open_page()

    try:
        await asyncio.gather(*map(come, clients))
        yield clients
    finally:
        for client in clients:
            client.drop()


async def act(client: Client, rng: random.Random) -> float:
    """Move the pad to a new z and see it in the link; gives the seconds until the answer."""
    z = [round(rng.gauss(0, 1), 4), round(rng.gauss(0, 1), 4)]
    seconds = await client.settle({**VIEW, "z": z, "source": "posterior", "seed": 0})
    assert f"{z[0]:.4f}".rstrip("0").rstrip(".") in client.query
    return seconds


async def busy(clients: Sequence[Client], every: float, seconds: float) -> list[float]:
    """Each client acts every so many seconds, at moments of its own; gives the seconds that each answer took."""

    async def one(client: Client, rng: random.Random) -> list[float]:
        taken: list[float] = []
        start = time.monotonic() + every * rng.random()
        turn = 0
        while (due := start + turn * every) < end:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            taken.append(await act(client, rng))
            turn = max(turn + 1, math.ceil((time.monotonic() - start) / every))
        return taken

    end = time.monotonic() + seconds
    found = await asyncio.gather(*(one(client, random.Random(n)) for n, client in enumerate(clients)))
    return [took for taken in found for took in taken]


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that so large a share of all does not exceed."""
    return sorted(values)[math.ceil(share * len(values)) - 1]


def resident(pid: int) -> float:
    """Bytes of memory that a process holds."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return 1024.0 * int(next(line for line in lines if line.startswith("VmRSS")).split()[1])


def slope(moments: Sequence[float], values: Sequence[float]) -> float:
    """The least-squares line's rise per second."""
    middle, mean = sum(moments) / len(moments), sum(values) / len(values)
    above = sum((t - middle) * (v - mean) for t, v in zip(moments, values, strict=True))
    return above / sum((t - middle) ** 2 for t in moments)
