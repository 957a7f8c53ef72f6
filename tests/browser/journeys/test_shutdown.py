"""A server that is stopped tells those who are there, and begins no new page; their page stands."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.train_driver import until
from tests.server import ROOT, running_script
from ui.server.shutdown import SENTENCE


def test_who_is_there_is_told_and_the_server_ends_in_time(new_page: Callable[..., Page], tmp_path: Path) -> None:
    around = os.environ | {"VAE_LAB_GRACE": "6", "VAE_LAB_RUNS": str(tmp_path / "runs")}
    with running_script(ROOT / "app.py", ROOT, around, tmp_path / "log.txt") as (address, process):
        page = new_page()
        page.goto(f"http://{address}/library")
        expect(page.get_by_role("heading", name="Library")).to_be_visible(timeout=60_000)
        process.send_signal(signal.SIGTERM)
        until(lambda: page.request.get(f"http://{address}/lab/health").status == 503)
        health = page.request.get(f"http://{address}/lab/health")
        assert health.json()["problems"] == ["The server is about to stop."]
        expect(page.get_by_text(SENTENCE)).to_be_visible()
        expect(page.get_by_role("heading", name="Library")).to_be_visible()
        assert process.wait(60) in (0, -signal.SIGTERM)
