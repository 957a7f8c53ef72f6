"""What a class notices when one of the two replicas behind nginx dies."""

import asyncio
import random
import time
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.load.concurrent_clients import VIEW, in_a_loop
from tests.load.streamlit_client import Client
from tests.measured_figures import figure
from tests.serving.site import SIGNED_IN, STICKY, STUDENTS, Site, ask, site

CLIENTS, PATIENCE = len(STUDENTS), 60.0  # seconds


def metric(running: Site, replica: int, name: str) -> float:
    text = ask(running, "/lab/metrics", replica=replica)[1]
    return sum(float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(name))


@pytest.mark.promise
def test_a_replica_is_killed_while_fifty_work_and_they_come_back_as_they_were(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with site(tmp_path) as running:
        found = in_a_loop(lambda: _killed(running))
    back = sorted(found["back"])
    assert min(found["before"]) >= CLIENTS / 5
    with capsys.disabled():
        print(f"\n{CLIENTS} clients, {found['before']} on each replica; one replica killed")
        figure("replica-killed.not-back-in-the-same-state", found["before"][0] - len(back), "==", 0)
        figure("replica-killed.others-disturbed", found["before"][1] - found["stayed"], "==", 0)
        figure("replica-killed.last-back", back[-1], "<=", 30, "s")


async def _killed(running: Site) -> dict[str, Any]:
    rng = random.Random(4)
    clients = [
        Client(
            running.address,
            "map_model=fashion-2d-gaussian",
            f"{SIGNED_IN}={student}; {STICKY}={rng.getrandbits(128):032x}",
            running.tls,
        )
        for student in STUDENTS
    ]
    for client in clients:
        await client.__aenter__()
        await client.open_page()
        await client.settle({**VIEW, "z": _point(rng), "source": "posterior", "seed": 0})
    before = [int(metric(running, replica, 'vae_lab_open{kind="page"}')) for replica in range(2)]
    working = [asyncio.create_task(_work(client, random.Random(n))) for n, client in enumerate(clients)]
    await asyncio.sleep(2)
    running.processes[0].kill()
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and sum(task.done() for task in working) < before[0]:
        await asyncio.sleep(0.1)
    await asyncio.sleep(1)
    back = [task.result() for task in working if task.done()]
    stayed = [task for task in working if not task.done()]
    for task in stayed:
        task.cancel()
    await asyncio.gather(*stayed, return_exceptions=True)
    for client in clients:
        client.drop()
    assert [error for client in clients for error in client.errors] == []
    return {"before": before, "back": back, "stayed": len(stayed)}


async def _work(client: Client, rng: random.Random) -> float:
    """Move once a second until the server is gone, then come back; gives the seconds in between."""
    while True:
        try:
            await client.settle({**VIEW, "z": _point(rng), "source": "posterior", "seed": 0})
            await asyncio.wait_for(client.gone(), 1)
        except TimeoutError:
            continue
        except ConnectionClosed:
            pass
        return await _again(client)


async def _again(client: Client) -> float:
    """Connect again with the link that the page had, as a browser does; gives the seconds since it was lost."""
    had, gone, client.pad_id = client.query, time.monotonic(), ""
    for _ in range(50):
        try:
            await client.__aenter__()
            await client.open_page()
            break
        except (OSError, InvalidStatus, ConnectionClosed):
            await asyncio.sleep(0.5)
    assert "map_z=" in had
    assert client.query == had
    assert client.pad_id
    return time.monotonic() - gone


def _point(rng: random.Random) -> list[float]:
    return [round(rng.gauss(0, 1), 4), round(rng.gauss(0, 1), 4)]
