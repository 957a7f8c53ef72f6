"""Train in the whole app: press, watch, steer, close the page and come back by its link; rewind, delete and undo."""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.train_driver import SECONDS, Live, take_away, until
from ui.pages.train import runs as training
from vae_core.config import DataConfig, ModelConfig, RunConfig, TrainConfig
from vae_core.jobs import queue

LONG = 10**6  # steps: a run that does not end by itself


@pytest.fixture
def made() -> Iterator[list[str]]:
    """Names of runs that a test has made: each is stopped and removed at the end."""
    names: list[str] = []
    yield names
    take_away(training.runs_root() / name for name in names)


def test_press_train_steer_close_the_page_and_come_back(
    server: str, made: list[str], new_page: Callable[..., Page]
) -> None:
    live = Live(new_page(), server)
    page = live.page
    page.get_by_role("combobox", name=re.compile("Data")).click()
    page.get_by_role("option", name="Digits", exact=True).click()
    page.get_by_text("Settings", exact=True).click()
    steps = page.get_by_role("spinbutton", name="Steps")
    steps.fill(str(LONG))
    steps.press("Enter")
    expect(page.get_by_text(re.compile("passes over 1,438 pictures"))).to_be_visible()
    pressed = time.monotonic()
    page.get_by_role("button", name="Train", exact=True).click()
    page.wait_for_url("**run=**")  # until then the shipped training is shown
    made.append(live.run())
    expect(live.part("chart-elbo").locator(".scatterlayer path").first).to_be_attached(timeout=SECONDS * 1000)
    print(f"first curve {time.monotonic() - pressed:.1f} s after the press")
    run = training.runs_root() / live.run()
    expect(live.part("latent-plane")).to_be_visible(timeout=SECONDS * 1000)
    expect(live.part("reconstruction").first).to_be_visible()
    live.expect_state("training")
    drawn = live.points("elbo")
    until(lambda: live.points("elbo") > drawn)

    live.press("pause")
    live.expect_state("paused")
    paused = queue.read_status(run).step
    until(lambda: live.step() == paused)
    live.press("step")
    until(lambda: queue.read_status(run).step == paused + 1 and live.step() == paused + 1)
    live.expect_state("paused")
    live.press("run")
    live.expect_state("training")
    until(lambda: live.step() > paused + 1)

    link = page.url
    page.close()
    left = queue.read_status(run).step
    until(lambda: queue.read_status(run).step > left)
    again, other = (Live(new_page(fresh=fresh), server, link[link.index("?") :]) for fresh in (False, True))
    for viewer in (again, other):
        viewer.expect_state("training")
    until(lambda: other.step() > left and other.points("elbo") > 1)
    other.press("stop")  # with nothing but the link
    for viewer in (again, other):
        viewer.expect_state("stopped")
    assert queue.read_status(run).state == "stopped"
    other.press("resume")
    other.expect_state("training")
    other.press("stop")
    other.expect_state("stopped")


def test_a_run_is_rewound_to_the_same_losses_deleted_and_brought_back(
    server: str, made: list[str], new_page: Callable[..., Page]
) -> None:
    config = RunConfig(ModelConfig((1, 8, 8), 2, hidden=(16,)), DataConfig("digits"), TrainConfig(steps=200))
    run = queue.submit(training.runs_root(), "journey", config, title="Journey")
    made.append(run.name)
    live = Live(new_page(), server, f"?run={run.name}")
    live.expect_state("done")
    live.press("rewind")
    live.page.wait_for_url("**run=journey-again**")
    again = training.runs_root() / "journey-again"
    made.append(again.name)
    until(lambda: queue.read_status(again).state == "done")
    expect(live.part("parent")).to_have_text("from Journey")
    live.expect_state("done")
    assert losses(again) == losses(run)
    live.press("delete")
    expect(live.part("undo")).to_be_visible()
    assert not again.exists()
    expect(live.part("run-title")).to_have_text("Fashion-MNIST in two dimensions")  # this visitor has no other run
    live.part("undo").click()
    expect(live.part("run-title")).to_have_text("Journey")
    until(again.is_dir)


def losses(run: Path) -> dict[int, float]:
    return {line["step"]: line["loss"] for line in queue.read_training_log(run)}
