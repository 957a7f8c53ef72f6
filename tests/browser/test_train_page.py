"""The page Train in a real browser, with real trainings of a tiny model: start, steer, watch, scrub, compare."""

import csv
import itertools
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from tests.browser.accessibility import grave
from tests.browser.live import PIXELS, SECONDS, Live, until
from tests.server import running_app
from vae_core import jobs
from vae_core.config import DataConfig, ModelConfig, RunConfig, TrainConfig

HOSTILE = '<img src=x onerror="document.title=1"> & [link](http://x) <b>bold</b>'
LONG = 10**6  # steps: a run that does not end by itself


def tiny(steps: int, seed: int = 0, **model: object) -> RunConfig:
    model = {"latent_dim": 2, "hidden": (16,), **model}
    return RunConfig(ModelConfig((1, 8, 8), **model), DataConfig("digits"), TrainConfig(steps=steps, seed=seed))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def server(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app on a folder of runs of its own; every training is stopped at the end."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAE_LAB_RUNS", str(root))
        with running_app(tmp_path_factory.mktemp("server") / "log.txt") as address:
            yield address
            for run in root.iterdir():
                if (run / "config.json").is_file() and jobs.state(run).state in ("queued", "running", "paused"):
                    jobs.ask(run, "stop")
            until(lambda: not any(jobs.state(run).held for run in root.iterdir() if (run / "config.json").is_file()))


@pytest.fixture(scope="module")
def pair(root: Path, server: str) -> tuple[Path, Path]:
    """Two finished runs that differ in their seed; the first one's title is hostile."""
    first = jobs.submit(root, "first", tiny(600), title=HOSTILE)
    second = jobs.submit(root, "second", tiny(600, seed=1), title="Second", parent="first")
    jobs.pump(root)
    until(lambda: {jobs.state(run).state for run in (first, second)} == {"done"})
    return first, second


def test_press_train_pause_step_resume_stop(server: str, root: Path, new_page: Callable[..., Page]) -> None:
    live = Live(new_page(), server)
    page = live.page
    page.get_by_role("combobox", name=re.compile("Data")).click()
    page.get_by_role("option", name="Digits", exact=True).click()
    steps = page.get_by_role("spinbutton", name="Steps")
    steps.fill(str(LONG))
    steps.press("Enter")
    expect(page.get_by_text(re.compile("passes over 1,438 pictures"))).to_be_visible()
    pressed = time.monotonic()
    page.get_by_role("button", name="Train", exact=True).click()
    expect(live.part("chart-elbo").locator(".scatterlayer path").first).to_be_attached(timeout=SECONDS * 1000)
    print(f"first curve {time.monotonic() - pressed:.1f} s after the press")
    expect(live.part("latent-plane")).to_be_visible(timeout=SECONDS * 1000)
    expect(live.part("reconstruction").first).to_be_visible()
    live.expect_state("training")
    drawn = live.points("elbo")
    until(lambda: live.points("elbo") > drawn)

    live.press("pause")
    live.expect_state("paused")
    run = root / live.run()
    paused = jobs.state(run).step
    until(lambda: live.step() == paused)
    live.press("step")
    until(lambda: jobs.state(run).step == paused + 1 and live.step() == paused + 1)
    live.expect_state("paused")
    live.press("run")
    live.expect_state("training")
    until(lambda: live.step() > paused + 1)

    link = page.url  # another browser, with nothing but the link
    other = Live(new_page(), server, link[link.index("?") :])
    other.expect_state("training")
    until(lambda: other.points("elbo") > 1)
    other.press("stop")
    for viewer in (live, other):
        viewer.expect_state("stopped")
    assert jobs.state(run).state == "stopped"
    other.press("resume")
    live.expect_state("training")
    live.press("stop")
    live.expect_state("stopped")


def test_the_moment_moves_curves_map_and_pictures_together(
    server: str, pair: tuple[Path, Path], new_page: Callable[..., Page]
) -> None:
    live = Live(new_page(), server, "?run=first")
    expect(live.part("latent-plane")).to_be_visible(timeout=30_000)
    newest = live.part("when").inner_text()
    assert "step 600" in newest
    picture = live.part("reconstruction").first
    before = picture.evaluate(PIXELS)
    live.part("moment").focus()
    live.page.keyboard.press("Home")
    expect(live.part("when")).to_contain_text("step 0")
    until(lambda: picture.evaluate(PIXELS) != before)
    cursor = "plot => plot.layout.shapes?.[0]?.x0"
    until(lambda: live.part("chart-elbo").locator(".js-plotly-plot").evaluate(cursor) == 0)
    expect(live.part("followed")).to_contain_text("step 0.")
    live.page.wait_for_url("**train_step=0**")
    live.part("play").click()
    expect(live.part("when")).to_contain_text("step 600", timeout=60_000)
    until(lambda: picture.evaluate(PIXELS) == before)
    live.page.wait_for_url(lambda url: "train_step" not in url)


def test_z_and_the_window_stay_while_the_weights_are_exchanged(
    server: str, pair: tuple[Path, Path], new_page: Callable[..., Page]
) -> None:
    live = Live(new_page(height=1600), server, "?run=second&train_step=2")
    plane = live.part("latent-plane")
    expect(plane).to_be_visible(timeout=30_000)
    plane.scroll_into_view_if_needed()
    live.page.get_by_role("button", name="Zoom in").click()
    box = plane.bounding_box()
    live.page.mouse.move(box["x"] + 100, box["y"] + 120)
    live.page.mouse.down()
    live.page.mouse.move(box["x"] + 140, box["y"] + 160, steps=4)
    live.page.mouse.up()
    live.page.wait_for_timeout(600)  # the zoom is eased
    handle = "plane => plane.querySelector('.handle').style.transform"
    z, place, picture = live.part("z").inner_text(), plane.evaluate(handle), live.part("decoded").evaluate(PIXELS)
    live.part("moment").focus()
    live.page.keyboard.press("End")
    until(lambda: live.part("decoded").evaluate(PIXELS) != picture)
    assert live.part("z").inner_text() == z
    assert plane.evaluate(handle) == place


def test_two_seeds_side_by_side(server: str, pair: tuple[Path, Path], new_page: Callable[..., Page]) -> None:
    live = Live(new_page(), server, "?run=second")
    expect(live.part("parent")).to_have_text(f"from {HOSTILE}")
    live.part("runs").get_by_label(re.compile("^Compare with <img")).check()
    expect(live.part("beside")).to_have_count(2)
    expect(live.part("beside").last).to_contain_text("step 600")  # at once, not with the next turn of a page at rest
    table = live.part("differences")
    expect(table.get_by_role("row", name=re.compile("Seed 1 0"))).to_be_visible()
    expect(table).to_contain_text("Test ELBO")
    traces = "plot => plot.data?.length"
    until(lambda: live.part("chart-elbo").locator(".js-plotly-plot").evaluate(traces) == 4)  # train and test of both
    live.page.wait_for_url("**train_beside=first**")
    link = live.page.url
    again = Live(new_page(), server, link[link.index("?") :])
    expect(again.part("beside")).to_have_count(2)


def test_a_moment_that_is_lost_is_said_and_asked_for_again(
    server: str, pair: tuple[Path, Path], new_page: Callable[..., Page]
) -> None:
    page = new_page()
    for run in ("first", "second"):
        page.route(f"**/moments/{run}/**", lambda route: route.abort())
    live = Live(page, server, "?run=first")
    expect(live.part("map-note")).to_contain_text("Could not load the moment at step 600", timeout=30_000)
    page.unroute("**/moments/first/**")
    page.emulate_media(color_scheme="dark")  # all is painted anew
    expect(live.part("latent-plane")).to_be_visible()
    expect(live.part("map-note")).to_have_text("")
    live.part("runs").get_by_label("Compare with Second").check()
    expect(live.part("beside").last).to_contain_text("Could not load the moment at step 600")
    page.unroute("**/moments/second/**")
    page.emulate_media(color_scheme="light")
    expect(live.part("beside").last.locator(".unit")).to_have_text("step 600")


def test_play_goes_on_when_a_comparison_begins_while_the_map_is_on_its_way(
    server: str, pair: tuple[Path, Path], new_page: Callable[..., Page]
) -> None:
    page = new_page()
    page.route("**/moments/first/600/**", lambda _: None)  # it never comes
    live = Live(page, server, "?run=first")
    expect(live.part("when")).to_contain_text("step 600", timeout=30_000)
    live.part("runs").get_by_label("Compare with Second").check()
    expect(live.part("beside")).to_have_count(2)
    live.part("play").click()
    expect(live.part("when")).not_to_contain_text("step 600")
    expect(live.part("play")).to_have_attribute("aria-label", "Play the training", timeout=60_000)
    expect(live.part("when")).to_contain_text("step 600")


def test_the_list_keeps_the_focus_while_a_run_trains(
    server: str, pair: tuple[Path, Path], new_page: Callable[..., Page]
) -> None:
    steps = itertools.count(1)

    def training(route: Route) -> None:
        news = route.fetch().json()
        for run in news.get("runs", []):
            run |= {"state": "running", "step": next(steps)}
        route.fulfill(json=news)

    page = new_page()
    page.route("**/lab/live?*", training)
    live = Live(page, server)
    name = live.part("runs").get_by_role("button", name="Second")
    expect(name).to_be_visible(timeout=30_000)
    name.focus()
    before = live.part("runs").inner_text()
    until(lambda: live.part("runs").inner_text() != before)
    expect(name).to_be_focused()
    page.unroute_all(behavior="ignoreErrors")  # an answer may be on its way


def test_a_hostile_title_is_text(server: str, pair: tuple[Path, Path], new_page: Callable[..., Page]) -> None:
    live = Live(new_page(), server, "?run=first")
    expect(live.part("run-title")).to_have_text(HOSTILE)
    expect(live.part("runs")).to_contain_text(HOSTILE)
    live.part("runs").get_by_label("Compare with Second").check()
    expect(live.part("differences")).to_contain_text(HOSTILE)
    chart = live.part("chart-elbo")
    chart.scroll_into_view_if_needed()
    box = chart.locator(".js-plotly-plot").bounding_box()
    live.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(chart.locator(".hoverlayer .legendtext").first).to_be_attached()
    assert live.page.locator("img[src=x]").count() == 0
    assert live.page.title() != "1"


def test_delete_and_undo(server: str, root: Path, new_page: Callable[..., Page]) -> None:
    run = jobs.submit(root, "to-delete", tiny(5), title="To delete")
    live = Live(new_page(), server, "?run=to-delete")
    live.expect_state("done")
    live.press("delete")
    expect(live.part("undo")).to_be_visible()
    assert not run.exists()
    expect(live.part("run-title")).to_be_hidden()
    live.part("undo").click()
    expect(live.part("run-title")).to_be_visible()
    expect(live.part("run-title")).to_have_text("To delete")
    assert run.is_dir()


def test_rewind_repeats_the_losses(
    server: str, root: Path, pair: tuple[Path, Path], new_page: Callable[..., Page]
) -> None:
    live = Live(new_page(), server, "?run=first")
    live.press("rewind")
    live.page.wait_for_url("**run=first-again**")
    until(lambda: jobs.state(root / "first-again").state == "done")
    expect(live.part("parent")).to_be_visible()
    live.expect_state("done")
    mine, theirs = (
        {line["step"]: line["loss"] for line in jobs.metrics(root / name)} for name in ("first", "first-again")
    )
    assert mine == theirs


def test_the_film_and_the_numbers_can_be_taken_home(
    server: str, root: Path, pair: tuple[Path, Path], new_page: Callable[..., Page], tmp_path: Path
) -> None:
    live = Live(new_page(), server, "?run=second")
    expect(live.part("latent-plane")).to_be_visible(timeout=30_000)
    with live.page.expect_download(timeout=120_000) as download:
        live.part("save-gif").click()
    download.value.save_as(tmp_path / "film.gif")
    with Image.open(tmp_path / "film.gif") as film:
        assert film.format == "GIF"
        assert film.n_frames == len(jobs.moments(root / "second"))
        frames = [film.seek(n) or film.convert("RGB").tobytes() for n in range(film.n_frames)]
    assert len(set(frames)) == len(frames)
    assert all(len(set(frame)) > 100 for frame in frames)  # a torn stream of codes would be one flat colour
    with live.page.expect_download() as download:
        live.part("save-csv").click()
    download.value.save_as(tmp_path / "run.csv")
    with (tmp_path / "run.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    lines = jobs.metrics(root / "second")
    assert [int(row["step"]) for row in rows] == [line["step"] for line in lines]
    assert [float(row["elbo"]) for row in rows] == [line["elbo"] for line in lines]
    assert [float(row["rate_2"]) for row in rows] == [line["rate_per_dimension"][1] for line in lines]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_grave(
    server: str, pair: tuple[Path, Path], new_page: Callable[..., Page], scheme: str
) -> None:
    page = new_page(color_scheme=scheme)
    live = Live(page, server, "?run=second")
    expect(live.part("reconstruction").first).to_be_visible(timeout=30_000)
    expect(live.part("chart-elbo").locator(".scatterlayer path").first).to_be_attached(timeout=30_000)
    page.get_by_text("More curves").click()
    assert grave(page) == []
    live = Live(page, server, "?run=second&train_beside=first")
    expect(live.part("beside")).to_have_count(2)
    assert grave(page) == []


def test_a_run_that_is_not_there_is_a_sentence(server: str, new_page: Callable[..., Page]) -> None:
    live = Live(new_page(), server, "?run=nowhere")
    expect(live.part("progress")).to_contain_text("no such run")


def test_the_server_is_asked_once_a_second_and_reruns_nothing(
    server: str, root: Path, new_page: Callable[..., Page]
) -> None:
    jobs.submit(root, "watched", tiny(LONG), title="Watched")
    live = Live(new_page(), server, "?run=watched")
    live.expect_state("training")
    until(lambda: live.points("elbo") > 1)
    asked: list[float] = []
    live.page.on("request", lambda request: "/lab/live?" in request.url and asked.append(time.monotonic()))
    frames: list[str] = []
    live.page.on("websocket", lambda socket: frames.append(socket.url))
    live.page.wait_for_timeout(6000)
    gaps = [b - a for a, b in itertools.pairwise(asked)]
    print(f"{len(asked)} requests in 6 s, the shortest gap {min(gaps):.2f} s")
    assert 3 <= len(asked) <= 7
    assert min(gaps) > 0.9
    assert frames == []
    live.press("stop")
    live.expect_state("stopped")
    live.page.wait_for_timeout(1500)
    asked.clear()
    live.page.wait_for_timeout(4000)
    assert len(asked) <= 1  # nothing moves any more


def test_the_training_outlives_the_server(tmp_path: Path, new_page: Callable[..., Page]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAE_LAB_RUNS", str(tmp_path))
        run = jobs.submit(tmp_path, "long", tiny(LONG), title="Long")
        with running_app(tmp_path / "first.log") as address:
            live = Live(new_page(), address, "?run=long")
            live.expect_state("training")
            until(lambda: live.points("elbo") > 1)
        left = jobs.state(run).step
        expect(live.part("note-trouble")).to_contain_text("goes on without it", timeout=30_000)
        until(lambda: jobs.state(run).step > left)
        with running_app(tmp_path / "second.log") as address:
            again = Live(new_page(), address, "?run=long")
            again.expect_state("training")
            until(lambda: again.step() > left)
            again.press("stop")
            again.expect_state("stopped")
