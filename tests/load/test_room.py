"""A class of 200 follows a teacher who moves ten times a second: what it takes until all have seen a move, what the
servers have to do for it, and that no page is run for it.
"""

import asyncio
import contextlib
import math
import os
import re
import statistics
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.load.conftest import Server
from tests.load.streamlit_client import Client
from tests.measured_figures import figure
from tests.room_client import Tab
from tests.server import ROOT, running_script
from vae_core.runs.run import FOLDER_VARIABLE

STUDENTS, SECONDS, PACE = 200, 8, 0.1
AT_ONCE = 8  # pages that are opened at the same time
VIEW = {"page": "", "query": "map_model=fashion-2d-gaussian", "parts": {}}


@dataclass(frozen=True)
class Measured:
    """Seconds from a move to its arrival, for each student and move; moves; reruns; each server's share of a core.

    `counted` is how many the teacher was told follow.
    """

    delays: list[float]
    moves: int
    reruns: float
    cpu: list[float]
    counted: int


def reruns(address: str) -> float:
    with urllib.request.urlopen(f"http://{address}/lab/metrics") as answer:
        found = re.search(r"^vae_lab_rerun_seconds_count (\S+)$", answer.read().decode(), re.MULTILINE)
    return float(found[1]) if found else 0.0


def cpu(process: int) -> float:
    """Processor seconds of a process so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def come_in(students: list[Tab], pages: list[Client], code: str) -> None:
    """Everyone opens their page and joins the room, a few at a time."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(student: Tab, page: Client) -> None:
        async with gate:
            await page.__aenter__()
            await page.open_page()
            await student.__aenter__()
            await student.join(code)

    await asyncio.gather(*map(one, students, pages))


async def follow(addresses: list[str], processes: list[int], count: int, moves: int) -> Measured:
    """A teacher on the first server, so many students on all of them; everyone's page is open as well."""
    async with contextlib.AsyncExitStack() as stack:
        teacher = await stack.enter_async_context(Tab(addresses[0]))
        code = await teacher.start()
        students = [Tab(addresses[n % len(addresses)]) for n in range(count)]
        pages = [Client(student.address) for student in students]
        await come_in(students, pages, code)
        for tab in (*students, *pages):
            stack.push_async_exit(tab.__aexit__)
        await teacher.until(lambda heard: heard.get("here", {}).get("follow") == count)
        before, busy = sum(map(reruns, addresses)), [cpu(process) for process in processes]
        sent = await drag(teacher, moves)
        for student in students:
            await student.until(lambda heard: heard.get("view") and seen(heard["view"]) == sent - 1, 60)
        delays = [
            at - view["parts"]["latent_map"]["view"]["sent"] for student in students for at, view in student.views
        ]
        assert [page.errors for page in pages if page.errors] == []
        used = [(cpu(process) - begun) / (moves * PACE) for process, begun in zip(processes, busy, strict=True)]
        return Measured(delays, sent, sum(map(reruns, addresses)) - before, used, teacher.heard["here"]["follow"])


def seen(view: dict[str, Any]) -> int:
    """The move that a view shows."""
    return view["parts"]["latent_map"]["view"]["move"]


async def drag(teacher: Tab, moves: int) -> int:
    """Move so often, ten times a second; gives how often."""
    begun = time.perf_counter()
    for move in range(moves):
        await asyncio.sleep(max(0.0, begun + move * PACE - time.perf_counter()))
        z = [math.cos(move / 10), math.sin(move / 10)]
        view = {"z": z, "window": [0, 0, 3.4], "overlays": ["prior"], "move": move, "sent": time.perf_counter()}
        await teacher.say("view", **VIEW | {"parts": {"latent_map": {"of": "fashion-2d-gaussian", "view": view}}})
    return moves


def measured(addresses: list[str], processes: list[int], count: int, seconds: float) -> Measured:
    with ThreadPoolExecutor(1) as thread:  # browser tests leave their event loop in this one
        return thread.submit(asyncio.run, follow(addresses, processes, count, round(seconds / PACE))).result()


def test_a_few_follow_a_drag_and_no_page_is_run(server: Server) -> None:
    found = measured([server.address], [server.process.pid], count=8, seconds=1)
    assert (found.counted, found.reruns) == (8, 0)
    assert len(found.delays) >= 8, "each has seen a move"


@pytest.mark.promise
@pytest.mark.parametrize("servers", [1, 2])
def test_a_class_follows_a_drag_and_no_page_is_run(
    servers: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    environment = os.environ | {FOLDER_VARIABLE: str(tmp_path / "runs")}
    with contextlib.ExitStack() as stack:
        started = [
            stack.enter_context(running_script(ROOT / "app.py", ROOT, environment, tmp_path / f"log{n}.txt"))
            for n in range(servers)
        ]
        addresses, processes = [address for address, _ in started], [process.pid for _, process in started]
        found = measured(addresses, processes, STUDENTS, SECONDS)
    p95 = sorted(found.delays)[math.ceil(0.95 * len(found.delays)) - 1]
    with capsys.disabled():
        print(
            f"\n{STUDENTS} follow {found.moves} moves, {servers} server(s): "
            f"p50 {1000 * statistics.median(found.delays):.0f} ms, p95 {1000 * p95:.0f} ms, "
            f"{100 * len(found.delays) / (STUDENTS * found.moves):.0f} % of the moves seen, "
            f"{' and '.join(f'{100 * share:.0f} %' for share in found.cpu)} of a core"
        )
        figure("room.follow", found.counted, "==", STUDENTS)
        figure("room.reruns", found.reruns, "==", 0)
        figure("room.p95", p95, "<=", 0.5, "s")
