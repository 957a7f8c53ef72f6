"""Paths in a real browser: choose, play, scrub, draw, what is refused, and the files that a visitor takes home."""

import csv
import itertools
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import numpy as np
import pytest
import torch
from PIL import Image, ImageSequence
from playwright.sync_api import Locator, Page, expect

from tests.app.runs import make_run
from tests.browser.accessibility import grave
from tests.server import ROOT, running_app
from vae_core import attributes, latent
from vae_core.run import open_run, read_codes

RUN = "fashion-2d-gaussian"
READY = 90_000  # milliseconds: the first geodesic of a server loads torch


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app with the shipped runs and two odd ones: of one dimension, and of 200."""
    folder = tmp_path_factory.mktemp("runs")
    make_run(folder / "one", latent_dim=1)
    make_run(folder / "many", "bernoulli", latent_dim=200)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAE_LAB_RUNS", str(folder))
        with running_app(tmp_path_factory.mktemp("server") / "log.txt") as address:
            yield address


class Paths:
    """The page as a visitor uses it."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address

    def open(self, **params: str) -> "Paths":
        self.page.goto(f"http://{self.address}/paths?{urlencode(params)}")
        expect(self.part("stop").first).to_be_visible(timeout=30_000)
        return self

    def part(self, name: str) -> Locator:
        return self.page.get_by_test_id(name)

    def geodesic(self) -> "Paths":
        """Wait until the geodesic has come."""
        expect(self.part("strip-geodesic")).to_be_visible(timeout=READY)
        return self

    def link(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.page.url).query, keep_blank_values=True))

    def until_link(self, **expected: str) -> None:
        self.page.wait_for_function(
            "expected => expected.every(([name, value]) => new URLSearchParams(location.search).get(name) === value)",
            arg=[list(pair) for pair in expected.items()],
            timeout=READY,
        )

    def picture(self, kind: str) -> str:
        return self.part(f"frame-{kind}").evaluate("canvas => canvas.toDataURL()")

    def save(self, ending: str) -> Path:
        with self.page.expect_download(timeout=60_000) as waiting:
            self.part(f"save-{ending}").click()
        return Path(waiting.value.path())


@pytest.fixture
def paths(server: str, new_page: Callable[..., Page]) -> Callable[..., Paths]:
    return lambda **options: Paths(new_page(**options), server)


@pytest.fixture(scope="module")
def modules(server: str, browser) -> Iterator[Page]:
    """A page that imports the component's modules by name: `load("ways")`."""
    page = browser.new_page()
    with page.expect_request("**/path_view/static/main.js") as request:
        page.goto(f"http://{server}/paths")
    page.evaluate(
        "base => { window.load = name => import(base + name + '.js'); }", request.value.url[: -len("main.js")]
    )
    yield page
    page.close()


@pytest.mark.parametrize("kind", ["linear", "spherical"])
def test_ways_are_those_of_the_core(modules: Page, kind: str) -> None:
    points = torch.randn(4, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found = modules.evaluate(
        """async ([points, frames, kind]) => {
            const ways = await load("ways");
            return ways.through(ways.pairs(points).map(([a, b]) => ways[kind](a, b)), frames);
        }""",
        [points.tolist(), 17, kind],
    )
    assert torch.tensor(found) == pytest.approx(latent.through(points, 17, kind), abs=1e-6)


@pytest.mark.parametrize(("b", "words"), [([-2, -4], "opposite sides"), ([0, 0], "no direction")])
def test_no_turn_leads_to_the_opposite_side_or_the_origin(modules: Page, b: list[float], words: str) -> None:
    said = modules.evaluate(
        """async b => {
            const { spherical } = await load("ways");
            try { spherical([1, 2], b); } catch (error) { return error.message; }
        }""",
        b,
    )
    assert words in said


def test_the_plane_of_most_variance_is_that_of_the_singular_vectors(modules: Page) -> None:
    random = np.random.default_rng(1)
    codes = random.normal(size=(400, 6)) * [1, 3, 0.5, 2, 0.1, 1.5] @ np.linalg.qr(random.normal(size=(6, 6)))[0] + 1
    found = modules.evaluate(
        "async ([mu, D]) => (await load('projection')).principal({ mu, count: mu.length / D }, D, 2)",
        [codes.ravel().tolist(), 6],
    )
    _, values, directions = np.linalg.svd(codes - codes.mean(0), full_matrices=False)
    signs = np.sign(directions[np.arange(2), np.abs(directions[:2]).argmax(1)])
    assert np.array(found["components"]) == pytest.approx(directions[:2] * signs[:, None], abs=1e-6)
    assert found["kept"] == pytest.approx(np.square(values[:2]).sum() / np.square(values).sum())


def test_choose_play_scrub_and_come_back_by_the_link(paths: Callable[..., Paths]) -> None:
    there = paths().open(paths_model=RUN, paths_speed="60", paths_frames="60")
    there.part("stop-number").fill("18")
    there.part("stop-number").press("Enter")
    expect(there.part("stop").first).to_contain_text("A Bag 18")
    there.part("add-stop").click()
    expect(there.part("stop")).to_have_count(3)
    there.part("stop-number").fill("1")
    there.part("stop-number").press("Enter")
    there.until_link(paths_stops="18,1,1")
    there.geodesic()
    first = [there.picture(kind) for kind in ("linear", "spherical", "geodesic")]
    there.part("play").click()
    there.page.wait_for_timeout(600)
    there.part("play").click()
    expect(there.part("play")).to_have_attribute("aria-label", "Play")
    there.page.wait_for_timeout(300)  # a frame that was under way may still be shown
    paused = there.part("when").inner_text()
    assert paused != "frame 1 of 60"
    there.page.wait_for_timeout(300)
    assert there.part("when").inner_text() == paused
    there.part("scrub").focus()
    there.page.keyboard.press("Home")
    for _ in range(20):
        there.page.keyboard.press("ArrowRight")
    expect(there.part("when")).to_have_text("frame 21 of 60")
    assert all(there.picture(kind) != was for kind, was in zip(("linear", "spherical", "geodesic"), first, strict=True))
    there.until_link(paths_frame="20")
    shown, link = there.picture("geodesic"), there.link()
    again = paths().open(**link).geodesic()
    expect(again.part("when")).to_have_text("frame 21 of 60")
    assert again.picture("geodesic") == shown


def test_without_the_loop_the_clock_ends_at_the_last_frame(paths: Callable[..., Paths]) -> None:
    there = paths().open(paths_model=RUN, paths_speed="60", paths_frames="12", paths_loop="0")
    there.part("play").click()
    expect(there.part("when")).to_have_text("frame 12 of 12")
    expect(there.part("play")).to_have_attribute("aria-label", "Play")


def test_a_click_on_the_map_and_a_drag_of_a_stop_choose_pictures(paths: Callable[..., Paths]) -> None:
    there = paths().open(paths_model=RUN)
    surface = there.part("paths-map").bounding_box()
    at = lambda across, down: (surface["x"] + across * surface["width"], surface["y"] + down * surface["height"])  # noqa: E731
    there.page.mouse.click(*at(0.36, 0.2))
    expect(there.part("stop").first).to_contain_text("Trouser")
    there.page.mouse.move(*at(0.36, 0.2))
    there.page.mouse.down()
    there.page.mouse.move(*at(0.2, 0.5), steps=6)
    there.page.mouse.up()
    expect(there.part("stop").first).not_to_contain_text("Trouser")


def test_a_drawing_is_a_stop_and_samples_move_the_ends(paths: Callable[..., Paths]) -> None:
    there = paths().open(paths_model=RUN)
    there.page.get_by_text("Draw it yourself").click()
    canvas = there.part("draw").bounding_box()
    there.page.mouse.move(canvas["x"] + 20, canvas["y"] + 20)
    there.page.mouse.down()
    there.page.mouse.move(canvas["x"] + 120, canvas["y"] + 90, steps=5)
    there.page.mouse.up()
    expect(there.part("stop").first).to_contain_text("A drawn")
    there.page.wait_for_function("() => new URLSearchParams(location.search).get('paths_stops')?.startsWith('drawn.')")
    there.geodesic()
    before = there.part("logPz-linear").inner_text()
    there.page.get_by_text("A sample of it").click()
    there.until_link(paths_ends="sample")
    assert there.part("logPz-linear").inner_text() != before


def test_what_cannot_be_travelled_is_said_and_has_a_way_on(paths: Callable[..., Paths]) -> None:
    there = paths().open(paths_model=RUN, paths_stops="5")
    expect(there.part("problem")).to_contain_text("needs two pictures")
    expect(there.part("play")).to_be_disabled()
    there.part("add-stop").click()
    expect(there.part("problem")).to_be_hidden()
    same = paths().open(paths_model=RUN, paths_stops="5,5")
    expect(same.part("problem")).to_contain_text("the same code")
    same.part("stop").first.click()
    same.page.get_by_role("button", name="Next image").click()
    expect(same.part("problem")).to_be_hidden()


@pytest.mark.parametrize(("run", "words"), [("one", "one dimension"), ("many", "200 dimensions")])
def test_one_dimension_and_two_hundred(paths: Callable[..., Paths], run: str, words: str) -> None:
    there = paths().open(paths_model=run, paths_stops="0,3").geodesic()
    expect(there.page.get_by_text(words, exact=False).first).to_be_visible()
    assert there.part("length-linear").inner_text() != there.part("length-geodesic").inner_text() or run == "one"


def test_the_film_opens_with_all_its_frames(paths: Callable[..., Paths]) -> None:
    there = paths().open(paths_model=RUN, paths_stops="0,18", paths_frames="10").geodesic()
    with Image.open(there.save("gif")) as film:
        assert film.format == "GIF"
        frames = [np.asarray(frame.convert("RGB")).astype(int) for frame in ImageSequence.Iterator(film)]
    assert len(frames) == 10
    assert all(np.abs(a - b).max() > 20 for a, b in itertools.pairwise(frames))
    with Image.open(there.save("png")) as strip:
        assert strip.size == (10 * 28 * 3, 3 * 28 * 3)


def test_the_codes_are_those_of_the_core_and_the_script_finds_the_same_lengths(paths: Callable[..., Paths]) -> None:
    there = paths().open(paths_model=RUN, paths_stops="0,18,1", paths_frames="13").geodesic()
    rows = list(csv.DictReader(there.save("csv").read_text().splitlines()))
    points = torch.from_numpy(read_codes(open_run(ROOT / "models" / RUN)).mu[[0, 18, 1]]).float()
    for kind in ("linear", "spherical"):
        z = np.array([[float(row["z1"]), float(row["z2"])] for row in rows if row["path"] == kind])
        assert z == pytest.approx(latent.through(points, 13, kind).numpy(), abs=1e-5)
    assert [row["path"] for row in rows[-13:]] == ["geodesic"] * 13
    script = there.save("py").read_text()
    printed = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for line, kind in zip(printed.splitlines(), ("linear", "spherical", "geodesic"), strict=True):
        mine = [row for row in rows if row["path"] == kind]
        lengths = [sum(float(row[name]) for row in mine) for name in ("step_z", "step_pictures")]
        assert [float(line.split()[k]) for k in (4, 7)] == pytest.approx(lengths, abs=0.01)


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_nothing_grave_for_those_who_do_not_see_or_point(paths: Callable[..., Paths], width: int, scheme: str) -> None:
    there = paths(width=width, color_scheme=scheme).open(paths_model=RUN).geodesic()
    assert grave(there.page) == []
    assert there.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(("kind", "truth"), [("linear", latent.bilinear), ("spherical", latent.spherical_grid)])
def test_grids_are_those_of_the_core(modules: Page, kind: str, truth: Callable[..., torch.Tensor]) -> None:
    corners = torch.randn(4, 3, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    found = modules.evaluate(
        "async ([corners, kind]) => (await load('grid')).gridOf(corners, (await load('ways'))[kind], 5)",
        [corners.tolist(), kind],
    )
    assert torch.tensor(found) == pytest.approx(truth(corners.reshape(2, 2, 3), 5, 5), abs=1e-6)


def test_a_direction_is_a_difference_of_means_judged_on_the_other_half(modules: Page) -> None:
    random = np.random.default_rng(3)
    codes, plus = random.normal(size=(60, 3)), list(range(20))
    codes[plus] += [1, 0.5, 0]
    minus = list(range(20, 60))
    found = modules.evaluate(
        "async ([mu, plus, minus]) => (await load('groups')).direction({ mu }, 3, plus, minus)",
        [codes.ravel().tolist(), plus, minus],
    )
    truth = attributes.direction(torch.from_numpy(codes[plus]), torch.from_numpy(codes[minus]))
    assert found["vector"] == pytest.approx(truth.vector.tolist())
    along = torch.from_numpy(codes @ (codes[plus[::2]].mean(0) - codes[minus[::2]].mean(0)))
    judged = attributes.separation(along[plus[1::2]], along[minus[1::2]])
    assert (found["auc"], found["error"]) == pytest.approx((judged.auc, judged.error))


def test_a_lasso_holds_what_lies_inside_it(modules: Page) -> None:
    points = np.random.default_rng(4).uniform(-2, 2, (300, 2))
    found = modules.evaluate(
        """async points => {
            const { cornersOf, inside, lassoOf } = await load("groups");
            const ring = Array.from({ length: 200 }, (_, k) => [Math.cos(k / 32), Math.sin(k / 32)]);
            const corners = cornersOf(lassoOf(ring));
            return points.map(([a, b]) => inside(corners, a, b));
        }""",
        points.tolist(),
    )
    radius = np.hypot(*points.T)
    assert all(np.array(found)[radius < 0.97])
    assert not any(np.array(found)[radius > 1.02])


def test_every_active_dimension_is_swept_by_rate_and_a_row_is_a_slider(paths: Callable[..., Paths]) -> None:
    there = paths().open(paths_model="fashion-20d", paths_do="dimensions")
    rows = there.part("sheet-row")
    expect(rows).to_have_count(14)
    rates = open_run(ROOT / "models" / "fashion-20d").card["rate_per_dimension"]
    shown = [int(row.get_attribute("data-dimension")) for row in rows.all()]
    assert shown == sorted(shown, key=lambda j: -rates[j])
    expect(there.part("sheet-words")).to_contain_text("6 dimensions")
    rows.nth(1).click()
    expect(there.part("sweep")).to_be_visible()
    before = there.part("swept").evaluate("canvas => canvas.toDataURL()")
    there.part("sweep").focus()
    there.page.keyboard.press("End")
    there.until_link(paths_dimension=str(shown[1] + 1), paths_value="4")
    assert there.part("swept").evaluate("canvas => canvas.toDataURL()") != before


def test_a_grid_asks_for_four_corners_and_fills_them(paths: Callable[..., Paths]) -> None:
    there = paths().open(paths_model="fashion-5d", paths_do="grid")
    expect(there.part("grid-problem")).to_contain_text("there are 2 stops")
    there.part("fill-grid").click()
    expect(there.part("stop")).to_have_count(4)
    pictures = [there.part(f"grid-{kind}").evaluate("canvas => canvas.toDataURL()") for kind in ("linear", "spherical")]
    assert pictures[0] != pictures[1]


def test_a_difference_is_added_judged_and_refused_where_it_says_nothing(paths: Callable[..., Paths]) -> None:
    there = paths().open(paths_model=RUN, paths_do="add", paths_plus="class.1", paths_minus="rest")
    expect(there.part("separation")).to_contain_text("50 % is chance")
    before = there.part("added").evaluate("canvas => canvas.toDataURL()")
    there.part("strength").focus()
    there.page.keyboard.press("End")
    there.until_link(paths_strength="3")
    assert there.part("added").evaluate("canvas => canvas.toDataURL()") != before
    there.part("group-minus").select_option("class.1")
    expect(there.part("add-problem")).to_contain_text("so there is no direction")
    there.part("lasso-minus").click()
    box = there.part("paths-map").bounding_box()
    for offsets in ([(0.97, 0.02), (0.98, 0.03), (0.97, 0.03)], [(0.1, 0.3), (0.4, 0.4), (0.5, 0.7), (0.15, 0.7)]):
        if there.part("lasso-minus").get_attribute("aria-pressed") == "false":
            there.part("lasso-minus").click()
        there.page.mouse.move(*(box[a] + o * box["width"] for a, o in zip("xy", offsets[0], strict=True)))
        there.page.mouse.down()
        for offset in offsets[1:]:
            there.page.mouse.move(*(box[a] + o * box["width"] for a, o in zip("xy", offset, strict=True)), steps=4)
        there.page.mouse.up()
        if offsets[0][0] > 0.9:
            expect(there.part("add-problem")).to_contain_text("4 are needed")
    expect(there.part("add-problem")).to_be_hidden()
    expect(there.part("analogy-words")).to_contain_text("three stops")
    there.part("add-stop").click()
    expect(there.part("analogy")).to_be_visible()
    again = paths().open(**there.link())
    expect(again.part("separation")).to_have_text(there.part("separation").inner_text())


def test_a_geodesic_that_fails_is_said_and_can_be_asked_for_again(paths: Callable[..., Paths]) -> None:
    there = paths()
    there.page.route("**/geodesic?*", lambda route: route.abort())
    there.open(paths_model=RUN, paths_stops="3,7")
    expect(there.part("again-geodesic")).to_be_visible(timeout=30_000)
    expect(there.page.get_by_text("the connection to the server failed")).to_be_visible()
    expect(there.part("play")).to_be_enabled()
    there.page.unroute("**/geodesic?*")
    there.part("again-geodesic").click()
    there.geodesic()
    expect(there.part("again-geodesic")).to_be_hidden()


def test_stops_that_are_left_quickly_are_not_worked_out(paths: Callable[..., Paths]) -> None:
    there = paths()
    asked: list[str] = []
    there.page.on("request", lambda request: "/geodesic?" in request.url and asked.append(request.url))
    there.open(paths_model=RUN, paths_stops="3,7").geodesic()
    asked.clear()
    there.page.get_by_role("button", name="Next image").evaluate(
        """async button => {
            for (let n = 0; n < 6; n++) {
                button.click();
                await new Promise(resolve => setTimeout(resolve, 40));
            }
        }"""
    )
    expect(there.part("stop").first).to_contain_text("9")
    there.geodesic()
    assert 1 <= len(set(asked)) <= 3
