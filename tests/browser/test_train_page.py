"""The live view of the page Train on a bare page, with two short trainings: watch, scrub, compare, take home."""

import csv
import itertools
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from tests.app.runs import change_json
from tests.app.training_runs import make_training, record
from tests.browser.settle import settle
from tests.browser.train_driver import PIXELS, Live, until
from ui.pages.train import runs as training
from vae_core import data
from vae_core.config import DataConfig, ModelConfig, RunConfig, TrainConfig
from vae_core.jobs import queue
from vae_core.runs import write_progress
from vae_core.runs.job_spec import JobSpec
from vae_core.training_process.run_training import train_run

HOSTILE = '<img src=x onerror="document.title=1"> & [link](http://x) <b>bold</b>'
FIRST, SECOND = "live-first", "live-second"
PLOT = ".js-plotly-plot"

# The handle of z once it has stood still for ten frames: a zoom is eased.
_HANDLE = """async plane => {
    const place = () => plane.querySelector(".handle").style.transform;
    for (let [before, still] = [place(), 0]; still < 10; ) {
        await new Promise(requestAnimationFrame);
        still = place() === before ? still + 1 : 0;
        before = place();
    }
    return place();
}"""

# Plays the training; resolves once the cursor has moved, which it does before the view has settled at the end.
_PLAYED = """async plot => {
    const play = plot.getRootNode().querySelector("[data-testid=play]");
    const frame = () => new Promise(requestAnimationFrame);
    play.click();
    await frame();
    while (!(plot.layout.shapes?.[0]?.x0 > 0)) {
        await frame();
        if (play.ariaLabel !== "Pause") throw new Error("the cursor has stayed behind");
    }
}"""


def tiny(seed: int) -> RunConfig:
    model = ModelConfig((1, 8, 8), 2, hidden=(16,))
    return RunConfig(model, DataConfig("digits"), TrainConfig(steps=600, seed=seed))


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[Path, Path]]:
    """Two finished runs that differ in their seed; the first one's title is hostile."""
    digits = [data.load("digits", split) for split in ("train", "test")]
    first, second = training.runs_root() / FIRST, training.runs_root() / SECOND
    with pytest.MonkeyPatch.context() as patch:
        # Moments are saved by the clock: by this one there are as many on every machine.
        patch.setattr(write_progress, "time", SimpleNamespace(monotonic=itertools.count().__next__))
        train_run(tiny(0), *digits, first, spec=JobSpec(title=HOSTILE))
        train_run(tiny(1), *digits, second, spec=JobSpec(title="Second", parent=FIRST))
    yield first, second
    for run in (first, second):
        shutil.rmtree(run)


@pytest.fixture
def live(host: str, pair: tuple[Path, Path], new_page: Callable[..., Page]) -> Callable[..., Live]:
    def open_link(link: str, page: Page | None = None) -> Live:
        return Live(page or new_page(), host, link)

    return open_link


@pytest.fixture
def running() -> Iterator[Path]:
    """A run that stands at step 40 of 100 and whose trainer beats."""
    run = make_training(training.runs_root() / "live-running", title="Running")
    yield run
    shutil.rmtree(run)


def charted(live: Live, read: str) -> object:
    """What a function of plotly's plot says of the chart of the ELBO."""
    return live.part("chart-elbo").locator(PLOT).evaluate(read)


def test_the_moment_moves_curves_map_and_pictures_together(live: Callable[..., Live]) -> None:
    there = live(f"?run={FIRST}")
    expect(there.part("latent-plane")).to_be_visible()
    expect(there.part("when")).to_contain_text("step 600")
    picture = there.part("reconstruction").first
    before = picture.evaluate(PIXELS)
    there.part("moment").focus()
    there.page.keyboard.press("Home")
    expect(there.part("when")).to_contain_text("step 0")
    until(lambda: picture.evaluate(PIXELS) != before)
    until(lambda: charted(there, "plot => plot.layout.shapes?.[0]?.x0") == 0)
    expect(there.part("followed")).to_contain_text("step 0.")
    settle(there.page)
    assert "train_step=0" in there.page.url
    charted(there, _PLAYED)
    expect(there.part("when")).to_contain_text("step 600", timeout=60_000)
    until(lambda: picture.evaluate(PIXELS) == before)
    settle(there.page)
    assert "train_step" not in there.page.url


def test_a_smooth_curve_begins_where_the_curve_begins_as_its_moment_moves_along(live: Callable[..., Live]) -> None:
    there = live(f"?run={FIRST}")
    until(lambda: there.points("elbo") > 10)
    there.page.get_by_label("Smoothing").focus()
    there.page.keyboard.press("End")
    until(lambda: charted(there, "plot => plot.data.length") == 3)
    raw, smooth, _ = charted(there, "plot => plot.data.map(({ y }) => [y[0], y.at(-1)])")
    assert smooth[0] == pytest.approx(raw[0])
    assert smooth[1] < raw[1]  # what rises drags its mean behind it


def test_z_and_the_window_stay_while_the_weights_are_exchanged(
    live: Callable[..., Live], new_page: Callable[..., Page]
) -> None:
    there = live(f"?run={SECOND}&train_step=2", new_page(height=1600))
    plane = there.part("latent-plane")
    expect(plane).to_be_visible()
    plane.scroll_into_view_if_needed()
    there.page.get_by_role("button", name="Zoom in").click()
    box = plane.bounding_box()
    there.page.mouse.move(box["x"] + 100, box["y"] + 120)
    there.page.mouse.down()
    there.page.mouse.move(box["x"] + 140, box["y"] + 160, steps=4)
    there.page.mouse.up()
    place = plane.evaluate(_HANDLE)
    z, picture = there.part("z").inner_text(), there.part("decoded").evaluate(PIXELS)
    there.part("moment").focus()
    there.page.keyboard.press("End")
    until(lambda: there.part("decoded").evaluate(PIXELS) != picture)
    assert there.part("z").inner_text() == z
    assert plane.evaluate(_HANDLE) == place


def test_two_seeds_side_by_side_at_the_same_step_or_second(live: Callable[..., Live], pair: tuple[Path, Path]) -> None:
    there = live(f"?run={SECOND}")
    expect(there.part("parent")).to_have_text(f"from {HOSTILE}")
    there.part("runs").get_by_label(re.compile("^Compare with <img")).check()
    expect(there.part("beside")).to_have_count(2)
    expect(there.part("beside").last).to_contain_text("step 600")  # at once, not with the next turn of a page at rest
    table = there.part("differences")
    expect(table.get_by_role("row", name=re.compile("Seed 1 0"))).to_be_visible()
    expect(table).to_contain_text("Test ELBO")
    until(lambda: charted(there, "plot => plot.data?.length") == 4)  # train and test of both
    settle(there.page)
    assert f"train_beside={FIRST}" in there.page.url
    middle = queue.list_snapshots(pair[1])[-4]
    aligned = live(f"?run={SECOND}&train_beside={FIRST}&train_by=seconds&train_step={middle}")
    expect(aligned.part("beside")).to_have_count(2)
    expect(aligned.part("beside").first).to_contain_text(f"step {middle}")
    now = seconds_at(pair[1], middle)
    expected = [step for step in queue.list_snapshots(pair[0]) if seconds_at(pair[0], step) <= now][-1]
    expect(aligned.part("beside").last.locator(".unit")).to_have_text(f"step {expected}")


def seconds_at(run: Path, step: int) -> float:
    """How long the run had been trained at the record at or before that step."""
    return max((line["seconds"] for line in queue.read_training_log(run) if line["step"] <= step), default=0)


def test_a_moment_that_is_lost_is_said_and_asked_for_again(
    live: Callable[..., Live], new_page: Callable[..., Page]
) -> None:
    page = new_page()
    for run in (FIRST, SECOND):
        page.route(f"**/moments/{run}/**", lambda route: route.abort())
    there = live(f"?run={FIRST}", page)
    expect(there.part("map-note")).to_contain_text("Could not load the moment at step 600")
    page.unroute(f"**/moments/{FIRST}/**")
    page.emulate_media(color_scheme="dark")  # all is painted anew
    expect(there.part("latent-plane")).to_be_visible()
    expect(there.part("map-note")).to_have_text("")
    there.part("runs").get_by_label("Compare with Second").check()
    expect(there.part("beside").last).to_contain_text("Could not load the moment at step 600")
    page.unroute(f"**/moments/{SECOND}/**")
    page.emulate_media(color_scheme="light")
    expect(there.part("beside").last.locator(".unit")).to_have_text("step 600")


def test_play_goes_on_when_a_comparison_begins_while_the_map_is_on_its_way(
    live: Callable[..., Live], new_page: Callable[..., Page]
) -> None:
    page = new_page()
    page.route(f"**/moments/{FIRST}/600/**", lambda _: None)  # it never comes
    there = live(f"?run={FIRST}", page)
    expect(there.part("when")).to_contain_text("step 600")
    there.part("runs").get_by_label("Compare with Second").check()
    expect(there.part("beside")).to_have_count(2)
    there.part("play").click()
    expect(there.part("when")).not_to_contain_text("step 600")
    expect(there.part("play")).to_have_attribute("aria-label", "Play the training", timeout=60_000)
    expect(there.part("when")).to_contain_text("step 600")


def test_the_list_keeps_the_focus_while_a_run_trains(live: Callable[..., Live], new_page: Callable[..., Page]) -> None:
    steps = itertools.count(1)

    def training(route: Route) -> None:
        news = route.fetch().json()
        for run in news.get("runs", []):
            run |= {"state": "running", "step": next(steps)}
        route.fulfill(json=news)

    page = new_page()
    page.route("**/lab/live?*", training)
    there = live("", page)
    name = there.part("runs").get_by_role("button", name="Second")
    expect(name).to_be_visible()
    name.focus()
    before = there.part("runs").inner_text()
    until(lambda: there.part("runs").inner_text() != before)
    expect(name).to_be_focused()
    page.unroute_all(behavior="ignoreErrors")  # an answer may be on its way


def test_a_hostile_title_is_text(live: Callable[..., Live]) -> None:
    there = live(f"?run={FIRST}")
    expect(there.part("run-title")).to_have_text(HOSTILE)
    expect(there.part("runs")).to_contain_text(HOSTILE)
    there.part("runs").get_by_label("Compare with Second").check()
    expect(there.part("differences")).to_contain_text(HOSTILE)
    chart = there.part("chart-elbo")
    chart.scroll_into_view_if_needed()
    box = chart.locator(PLOT).bounding_box()
    there.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(chart.locator(".hoverlayer .legendtext").first).to_be_attached()
    assert there.page.locator("img[src=x]").count() == 0
    assert there.page.title() != "1"


def test_the_film_and_the_numbers_can_be_taken_home(
    live: Callable[..., Live], pair: tuple[Path, Path], tmp_path: Path
) -> None:
    there, run = live(f"?run={SECOND}"), pair[1]
    expect(there.part("latent-plane")).to_be_visible()
    with there.page.expect_download(timeout=120_000) as download:
        there.part("save-gif").click()
    download.value.save_as(tmp_path / "film.gif")
    with Image.open(tmp_path / "film.gif") as film:
        assert film.format == "GIF"
        assert film.n_frames == len(queue.list_snapshots(run))
        frames = [film.seek(n) or film.convert("RGB").tobytes() for n in range(film.n_frames)]
    assert len(set(frames)) == len(frames)
    assert all(len(set(frame)) > 100 for frame in frames)  # a torn stream of codes would be one flat colour
    with there.page.expect_download() as download:
        there.part("save-csv").click()
    download.value.save_as(tmp_path / "run.csv")
    with (tmp_path / "run.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    lines = queue.read_training_log(run)
    assert [int(row["step"]) for row in rows] == [line["step"] for line in lines]
    assert [float(row["elbo"]) for row in rows] == [line["elbo"] for line in lines]
    assert [float(row["rate_2"]) for row in rows] == [line["rate_per_dimension"][1] for line in lines]
    tested = [(row["test_elbo"], line["test"]["elbo"]) for row, line in zip(rows, lines, strict=True) if "test" in line]
    assert [float(shown) for shown, _ in tested] == [elbo for _, elbo in tested]
    assert len(tested) > 1


def test_a_run_that_is_not_there_is_a_sentence(live: Callable[..., Live]) -> None:
    expect(live("?run=nowhere").part("progress")).to_contain_text("no such run")


# Notes by the page's clock when news are asked for, and whether an answer is still on its way.
_ASKING = """() => {
    const { fetch } = window;
    window.asked = [];
    window.away = 0;
    window.fetch = async (address, options) => {
        if (!String(address).includes("/lab/live?")) return fetch(address, options);
        asked.push(performance.now());
        away += 1;
        const response = await fetch(address, options);
        const news = await response.json();
        away -= 1;
        return { ok: response.ok, json: async () => news }; // what is done with it is done before the clock goes on
    };
}"""
_HIDE = """hidden => {
    Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


def asked_within(page: Page, seconds: int) -> list[float]:
    """When the server was asked, in milliseconds by a clock that stands while an answer is on its way."""
    page.evaluate("asked.length = 0")
    for _ in range(10 * seconds):
        page.clock.run_for(100)
        page.wait_for_function("away === 0", polling=5)
    return page.evaluate("asked")


def test_the_server_is_asked_once_a_second_and_reruns_nothing(
    live: Callable[..., Live], new_page: Callable[..., Page], running: Path
) -> None:
    page = new_page()
    page.clock.install()

    there = live(f"?run={running.name}", page)
    page.evaluate(_ASKING)
    page.clock.run_for(1000)
    there.expect_state("training")
    asked = asked_within(page, 6)
    assert 5 <= len(asked) <= 7
    assert min(b - a for a, b in itertools.pairwise(asked)) >= 990  # the clock of the page rounds
    page.evaluate(_HIDE, True)
    assert len(asked_within(page, 22)) == 2  # nobody looks, but the tab has a title
    page.evaluate(_HIDE, False)
    assert len(asked_within(page, 3)) >= 3
    assert page.evaluate("[...host.reports, ...host.acts]") == []
    change_json(running / "status.json", state="stopped", pid=None)
    asked_within(page, 2)
    there.expect_state("stopped")
    assert len(asked_within(page, 9)) <= 1  # nothing moves any more
    page.evaluate(_HIDE, True)
    assert asked_within(page, 22) == []


def test_until_a_training_has_its_first_record_the_server_is_asked_four_times_a_second(
    live: Callable[..., Live], new_page: Callable[..., Page], running: Path
) -> None:
    page = new_page()
    page.clock.install()

    records = running / "metrics.jsonl"
    written = records.read_text(encoding="utf-8")
    records.write_text("", encoding="utf-8")
    there = live(f"?run={running.name}", page)
    page.evaluate(_ASKING)
    page.clock.run_for(1000)
    there.expect_state("training")
    assert 9 <= len(asked_within(page, 3)) <= 13
    records.write_text(written, encoding="utf-8")
    asked_within(page, 1)
    assert 2 <= len(asked_within(page, 3)) <= 4


def test_a_server_that_is_away_is_said_and_the_training_is_found_further_on(
    live: Callable[..., Live], new_page: Callable[..., Page], running: Path
) -> None:
    page = new_page()
    there = live(f"?run={running.name}", page)
    there.expect_state("training")
    until(lambda: there.step() == 40)
    page.route("**/lab/live?*", lambda route: route.abort())
    expect(there.part("note-trouble")).to_contain_text("goes on without it")
    with (running / "metrics.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(record(50, (2.0, 1.0))) + "\n")
    change_json(running / "status.json", step=50)
    page.unroute("**/lab/live?*")
    expect(there.part("note-trouble")).to_have_count(0)
    until(lambda: there.step() == 50)


def test_a_run_that_takes_the_name_of_another_one_is_shown_from_its_beginning(
    live: Callable[..., Live], running: Path
) -> None:
    there = live(f"?run={running.name}")
    until(lambda: there.points("elbo") == 4)
    shutil.rmtree(running)
    make_training(running, title="Another", at=20, snapshots=(0, 10))
    expect(there.part("run-title")).to_have_text("Another")
    until(lambda: there.points("elbo") == 2)
    expect(there.part("when")).to_contain_text("moment 2 of 2")


def test_what_a_button_asks_names_its_run(live: Callable[..., Live], running: Path) -> None:
    there = live(f"?run={running.name}")
    there.expect_state("training")
    there.press("pause")
    there.press("stop")
    expect(there.part("act-resume")).to_be_hidden()
    asked = there.page.evaluate("host.acts.map(({ act, run }) => [act, run])")
    assert asked == [["pause", running.name], ["stop", running.name]]


def test_the_shipped_training_plays_once_by_itself_and_can_be_scrubbed(
    live: Callable[..., Live], new_page: Callable[..., Page]
) -> None:
    page = new_page()
    page.emulate_media(reduced_motion="no-preference")
    there = live(f"?run={training.SHIPPED}", page)
    expect(there.part("when")).not_to_contain_text("step 12,000")
    expect(there.part("play")).to_have_attribute("aria-label", "Pause")
    expect(there.part("when")).to_contain_text("step 12,000", timeout=60_000)
    picture = there.part("reconstruction").first
    settle(there.page)
    last = picture.evaluate(PIXELS)
    there.part("moment").focus()
    there.page.keyboard.press("Home")
    until(lambda: picture.evaluate(PIXELS) != last)
    settle(there.page)
    assert f"run={training.SHIPPED}" in there.page.url
    assert "train_step=0" in there.page.url
    for act in ("rewind", "again", "delete"):
        expect(there.part(f"act-{act}")).to_be_hidden()


def test_the_shipped_training_stands_still_for_those_who_want_less_motion(
    live: Callable[..., Live], new_page: Callable[..., Page]
) -> None:
    page = new_page()
    page.emulate_media(reduced_motion="reduce")
    there = live(f"?run={training.SHIPPED}", page)
    expect(there.part("reconstruction").first).to_be_visible()
    settle(page)
    expect(there.part("when")).to_contain_text("step 12,000")


_TOPS = """plane => {
    const root = plane.getRootNode().host.getRootNode();
    const part = name => root.querySelector(`[data-testid=${name}]`).getBoundingClientRect();
    const [map, followed, chart] = [plane.getBoundingClientRect(), part("followed"), part("chart-elbo")];
    const bar = root.querySelector(".scrubber").getBoundingClientRect();
    const beside = [followed.left, followed.top];
    return { map: [map.left, map.top, map.right, map.bottom], followed: beside, chart: chart.top, bar: bar.top };
}"""


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_map_and_pictures_come_first_and_the_timeline_stays_in_view(
    live: Callable[..., Live], new_page: Callable[..., Page], width: int, height: int
) -> None:
    there = live(f"?run={FIRST}", new_page(width, height))
    plane = there.part("latent-plane")
    expect(there.part("reconstruction").first).to_be_visible()
    until(lambda: there.points("elbo") > 10)
    at = plane.evaluate(_TOPS)
    left, top, right, bottom = at["map"]
    if width > 1000:
        assert at["followed"][0] > right  # beside the map, which has the larger part
        assert at["followed"][1] < bottom
        assert 0.4 * width < right - left < 0.6 * width
    else:
        assert at["followed"][1] > bottom
    assert at["bar"] < top
    assert at["chart"] > bottom
    there.part("followed").evaluate("element => scrollTo(0, scrollY + element.getBoundingClientRect().top)")
    assert 0 <= plane.evaluate(_TOPS)["bar"] < 5
    expect(there.part("play")).to_be_in_viewport()


def test_the_first_steps_do_not_flatten_the_curves(live: Callable[..., Live], running: Path) -> None:
    lines = [record(step, (2.0, 1.0)) for step in range(1, 41)]
    lines[0] |= {"elbo": -1e7}
    (running / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    there = live(f"?run={running.name}")
    until(lambda: there.points("elbo") == len(lines))
    low, high = charted(there, "plot => plot._fullLayout.yaxis.range")
    assert -60 < low < high < -40  # the ELBO of the others is -49.8 to -46
    there.page.get_by_role("button", name="show all").click()
    until(lambda: charted(there, "plot => plot._fullLayout.yaxis.range[0]") < -1e6)


def test_a_training_says_in_the_tab_how_far_it_is_and_leads_on_to_its_map(
    live: Callable[..., Live], running: Path
) -> None:
    there = live(f"?run={running.name}")
    expect(there.page).to_have_title("40 % · Train · VAE Lab")
    expect(there.part("explore")).to_be_hidden()
    change_json(running / "status.json", state="done", step=100, pid=None)
    expect(there.page).to_have_title("Done · Train · VAE Lab")
    expect(there.part("explore")).to_have_attribute("href", re.compile(rf"/\?map_model={running.name}$"))
    finished = live(f"?run={FIRST}")
    expect(finished.part("explore")).to_be_visible()
    assert "Done" not in finished.page.title()
