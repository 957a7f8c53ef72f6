"""Where p(x|z) is large in a real browser: sums read off the screen, sigma, drag, race, links, phone, accessibility."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
import torch
from playwright.sync_api import Page, Route, expect

from tests.browser.accessibility import grave
from tests.browser.pad import Pad
from tests.server import running_app
from ui.argument.chosen import two_latents
from ui.catalogue import catalogue

RUNS = two_latents(catalogue().runs)
PAIR = {entry.run.config.model.likelihood: run for run, entry in reversed(RUNS.items())}
GAUSSIAN, BERNOULLI = PAIR["gaussian"], PAIR["bernoulli"]
LINEAR = next(run for run, entry in RUNS.items() if entry.run.config.model.mean == "identity")


class Map(Pad):
    """The map of log p(x|z) on an open page."""

    def open(self, **params: str) -> "Map":
        self.page.goto(f"http://{self.address}/where-p-is-large?{urlencode(params)}")
        return self.ready()

    def ready(self) -> "Map":
        """Wait until the exact posterior and the race of this x are there."""
        expect(self.part("log-px")).to_be_visible(timeout=60_000)
        self.until(lambda: self.number("log-px") is not None, 60)
        self.until(lambda: self.number("ess-prior") is not None)
        return self

    def cents(self, name: str) -> int:
        """A figure with two decimals as a whole number of hundredths."""
        text = self.part(name).inner_text()
        assert len(text.split(".")[1]) == 2, text
        return round(float(text) * 100)

    def adds_up(self) -> bool:
        """Both identities, for the digits shown."""
        names = ("expected-log-px", "rate", "elbo", "kl-q-post", "log-px")
        expected, rate, elbo, gap, log_px = map(self.cents, names)
        return elbo == expected - rate and log_px == elbo + gap and rate >= 0 and gap >= 0

    def slide(self, name: str, value: int) -> None:
        """Move a slider to a step, as dragging it would."""
        self.part(name).fill(str(value))
        self.page.wait_for_timeout(150)

    def point(self, across: float, up: float) -> tuple[float, float]:
        box = self.part("likelihood-map").bounding_box()
        return box["x"] + across * box["width"], box["y"] + (1 - up) * box["height"]


@pytest.fixture
def plane(new_page: Callable[..., Page], server: str) -> Map:
    return Map(new_page(), server)


def log_px_z(run: str, index: int, z: list[float], sigma: float | None = None) -> float:
    """log p(x|z) by torch."""
    from ui.argument.chosen import choose
    from vae_core.pictures import pictures

    chosen = choose(RUNS[run], index, None, 0)
    return pictures(chosen.model, torch.tensor([z])).log_prob(chosen.x, sigma).item()


def test_a_cold_deep_link_shows_its_view_inside_the_frame(new_page: Callable[..., Page], tmp_path: Path) -> None:
    asked = {
        "large_model": BERNOULLI,
        "large_x": "7",
        "large_n": "500",
        "large_layers": "heat,race",
        "large_z": "1,-0.5",
    }
    with running_app(tmp_path / "log.txt") as address:
        for _ in range(2):
            plane = Map(new_page(), address).open(**asked)
            expect(plane.page).to_have_title("Where p(x|z) is large · VAE Lab")
            expect(plane.page.get_by_text("sends nothing elsewhere")).to_be_visible()
            assert plane.z() == [1.0, -0.5]
            assert plane.link() == asked


@pytest.mark.parametrize("run", [GAUSSIAN, BERNOULLI, LINEAR])
def test_the_identities_add_up_to_the_digits_shown(plane: Map, run: str) -> None:
    plane.open(large_model=run, large_x="3")
    assert plane.adds_up()
    before = plane.cents("log-px")
    plane.page.get_by_role("button", name="Next image").click()
    plane.until(lambda: plane.number("log-px") is not None and plane.cents("log-px") != before)
    assert plane.adds_up()


def test_the_numbers_are_those_of_the_core(plane: Map) -> None:
    from ui.argument.chosen import choose
    from vae_core.quadrature import integrate

    plane.open(large_model=GAUSSIAN, large_x="5")
    chosen = choose(RUNS[GAUSSIAN], 5, None, 0)
    q = chosen.model.encode(chosen.x)
    exact = integrate(chosen.model, chosen.x, q=q, sigmas=(0.05, 1.0))
    assert plane.number("log-px") == pytest.approx(exact.log_px.item(), abs=0.02)
    assert plane.number("kl-post-prior") == pytest.approx(exact.kl_posterior_prior().item(), abs=0.02)
    assert plane.number("kl-q-post") == pytest.approx(exact.kl_from(q).item(), abs=0.03)
    plane.slide("sigma", 100)
    plane.until(lambda: "large_sigma" in plane.link())
    other = exact.with_sigma(float(plane.link()["large_sigma"]))
    assert plane.number("log-px") == pytest.approx(other.log_px.item(), abs=0.05)
    assert plane.number("kl-post-prior") == pytest.approx(other.kl_posterior_prior().item(), abs=0.02)


def test_a_linear_model_is_exact_on_the_screen(plane: Map) -> None:
    from ui.argument.chosen import choose
    from vae_core.principal import as_linear

    plane.open(large_model=LINEAR, large_x="3", large_n="500")
    chosen = choose(RUNS[LINEAR], 3, None, 0)
    linear, x = as_linear(chosen.model), chosen.x.flatten(1).double()
    assert plane.number("closed-log-px") == pytest.approx(linear.log_prob(x).item(), abs=0.0051)
    assert plane.number("closed-kl") == pytest.approx(linear.kl_posterior_prior(x).item(), abs=0.0051)
    assert plane.number("kl-q-post") == pytest.approx(0, abs=0.011)
    assert plane.number("ess-encoder") == pytest.approx(500, abs=0.5)
    for step in (380, 60):  # away from the model's own sigma the closed form and the quadrature still agree
        plane.slide("sigma", step)
        assert plane.number("closed-log-px") == pytest.approx(plane.number("log-px"), abs=0.02)
        assert plane.number("closed-kl") == pytest.approx(plane.number("kl-post-prior"), abs=0.02)
        assert plane.adds_up()
    assert plane.number("kl-q-post") > 0.1


def test_as_sigma_shrinks_the_kl_grows_and_the_priors_sample_size_falls(plane: Map) -> None:
    plane.open(large_model=GAUSSIAN, large_x="0", large_sigma="1", large_n="1000")
    found = []
    for step in (400, 250, 100, 0):
        plane.slide("sigma", step)
        assert plane.adds_up()
        found.append((plane.number("kl-post-prior"), plane.number("ess-prior")))
    kl, ess = zip(*found, strict=True)
    assert list(kl) == sorted(kl)
    assert ess[0] > 2 * ess[-1]
    assert ess[-1] == pytest.approx(1, abs=1)


def test_the_colours_reach_as_deep_as_asked_and_the_link_says_so(plane: Map) -> None:
    coloured = """node => {
        const canvas = node.querySelector("canvas");
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        let count = 0;
        for (let k = 0; k < data.length; k += 4) {
            const rgb = data.slice(k, k + 3);
            count += Math.max(...rgb) - Math.min(...rgb) > 24;
        }
        return count / (data.length / 4);
    }"""
    plane.open(large_model=GAUSSIAN, large_x="3", large_layers="heat", large_depth="10")
    shares = []
    for depth in ("10", "100", "1000", "all"):
        plane.part("depth").select_option(depth)
        plane.page.wait_for_timeout(1_000)
        shares.append(plane.part("likelihood-map").evaluate(coloured))
    assert shares == sorted(shares)
    assert shares[0] < 0.02  # the bright spot is small
    assert shares[-1] > 0.5  # a landscape
    plane.until(lambda: plane.link().get("large_depth") == "all")


def test_sigma_asks_nothing_of_the_server_while_it_moves(plane: Map) -> None:
    plane.open(large_model=GAUSSIAN)
    plane.page.wait_for_timeout(500)
    asked: list[str] = []
    plane.page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    for step in range(200, 150, -5):
        plane.part("sigma").fill(str(step))
    assert asked == []
    plane.until(lambda: plane.number("khat-encoder") is not None)
    assert asked == []  # at rest only k comes, over the open connection: no array is sent anew


@pytest.mark.parametrize("run", [GAUSSIAN, BERNOULLI, LINEAR])
def test_log_p_under_the_pointer_is_torchs(plane: Map, run: str) -> None:
    z = [0.5, -0.25]
    plane.open(large_model=run, large_x="2", large_z="0.5,-0.25")
    assert plane.number("log-px-z") == pytest.approx(log_px_z(run, 2, z), abs=0.011)
    assert plane.number("log-pz") == pytest.approx(-0.5 * (0.25 + 0.0625) - 1.8379, abs=0.011)


def test_a_drag_moves_z_with_its_picture_and_its_likelihood(plane: Map) -> None:
    plane.open(large_model=GAUSSIAN, large_x="2", large_z="0,0")
    before = plane.number("log-px-z")
    plane.page.mouse.move(*plane.point(0.5, 0.5))
    plane.page.mouse.down()
    plane.page.mouse.move(*plane.point(0.65, 0.6), steps=8)
    expect(plane.page.locator(".tip.at-z")).to_contain_text("log p(x|z)")
    plane.page.mouse.up()
    plane.until(lambda: plane.link().get("large_z") not in (None, "0,0"))
    assert plane.number("log-px-z") != before
    z = [float(part) for part in plane.link()["large_z"].split(",")]
    assert plane.number("log-px-z") == pytest.approx(log_px_z(GAUSSIAN, 2, z), abs=0.3)  # the link has four decimals


def test_the_link_gives_the_same_view_again(plane: Map, new_page: Callable[..., Page], server: str) -> None:
    plane.open(large_model=GAUSSIAN, large_x="4")
    plane.drag((0.5, 0.5), (0.62, 0.7))
    plane.slide("sigma", 120)
    plane.slide("n", 300)
    plane.page.get_by_role("button", name="Race samples").click()
    plane.page.get_by_role("button", name="Draw both again").click()
    plane.until(lambda: {"large_seed", "large_sigma", "large_n", "large_layers", "large_z"} <= plane.link().keys())
    plane.until(lambda: plane.number("khat-encoder") is not None)
    again = Map(new_page(), server).open(**plane.link())
    again.until(lambda: again.number("khat-encoder") is not None)
    assert again.link() == plane.link()
    for name in ("log-px", "elbo", "kl-post-prior", "ess-prior", "ess-encoder", "khat-encoder", "estimate-encoder"):
        assert again.part(name).inner_text() == plane.part(name).inner_text(), name


def test_back_returns_to_the_x_before(plane: Map) -> None:
    plane.open(large_model=GAUSSIAN, large_x="4", large_z="1,1")
    before = plane.part("log-px").inner_text()
    plane.page.get_by_role("button", name="Next image").click()
    plane.until(lambda: plane.link() == {"large_model": GAUSSIAN, "large_x": "5"})
    plane.until(lambda: plane.part("log-px").inner_text() != before)
    plane.page.go_back()
    plane.until(lambda: plane.part("log-px").inner_text() == before and plane.z() == [1.0, 1.0])
    assert plane.link() == {"large_model": GAUSSIAN, "large_x": "4", "large_z": "1,1"}


def test_the_arrays_of_another_model_are_not_those_of_this_one(plane: Map) -> None:
    """Of two arrays of the new model one is lost: the old one does not stand in for it, and the loss stays said."""
    plane.open(large_model=GAUSSIAN, large_x="4")
    expect(plane.page.locator(".identity.stale")).to_have_count(0)
    asked: list[str] = []

    def lose_the_first(route: Route) -> None:
        asked.append(route.request.url)
        route.abort() if len(asked) == 1 else route.continue_()

    plane.page.route("**/lab/arrays/**", lose_the_first)
    plane.page.get_by_role("combobox", name="Model").click()
    plane.page.get_by_role("option", name=RUNS[BERNOULLI].title).click()
    plane.until(lambda: plane.link() == {"large_model": BERNOULLI, "large_x": "4"} and len(asked) == 2, 60)
    plane.page.wait_for_timeout(1_000)
    expect(plane.page.get_by_text("Could not load the exact posterior of this x")).to_be_visible()
    expect(plane.page.locator(".identity.stale")).to_have_count(1)


def test_the_race_is_played_step_by_step_and_at_once(plane: Map) -> None:
    plane.open(large_model=GAUSSIAN, large_n="1000")
    plane.page.get_by_role("button", name="One step").click()  # past the end: it begins anew
    expect(plane.part("estimate-prior").locator("..")).to_contain_text("no error from one sample")
    expect(plane.page.get_by_text("1 of 1,000")).to_be_visible()
    plane.page.get_by_role("button", name="Play the race").click()
    plane.until(lambda: (plane.number("ess-encoder") or 0) > 3)
    plane.page.get_by_role("button", name="All n at once").click()
    plane.until(lambda: plane.number("khat-encoder") is not None)
    assert plane.number("off-encoder") == pytest.approx(0, abs=0.5)


def test_one_sample_and_very_many(plane: Map) -> None:
    plane.open(large_model=GAUSSIAN, large_sigma="0.05", large_n="1")
    expect(plane.part("khat-prior")).to_have_text("needs n ≥ 25")
    expect(plane.part("estimate-prior")).to_contain_text("explains x not at all")
    assert "NaN" not in plane.page.locator(".likelihood").inner_text()
    plane.slide("n", 500)
    plane.until(lambda: plane.part("ess-encoder").locator("..").inner_text().endswith("of 100,000"), 60)
    plane.until(lambda: plane.number("khat-encoder") is not None, 60)
    assert "NaN" not in plane.page.locator(".likelihood").inner_text()


def test_a_drawing_becomes_x_with_an_exact_posterior_of_its_own(plane: Map) -> None:
    plane.open(large_model=BERNOULLI)
    before = plane.part("log-px").inner_text()
    box = plane.part("draw").bounding_box()
    middle = box["x"] + box["width"] / 2
    plane.page.mouse.move(middle, box["y"] + 0.2 * box["height"])
    plane.page.mouse.down()
    plane.page.mouse.move(middle, box["y"] + 0.8 * box["height"], steps=8)
    plane.page.mouse.up()
    plane.until(lambda: "large_drawing" in plane.link())
    plane.until(lambda: plane.page.locator(".identity.stale").count() == 0)
    assert plane.part("log-px").inner_text() != before
    assert plane.adds_up()


def test_zoom_to_the_bright_spot_and_back(plane: Map) -> None:
    plane.open(large_model=GAUSSIAN, large_x="0")
    plane.part("focus").click()
    plane.until(lambda: "large_window" in plane.link())
    assert float(plane.link()["large_window"].split(",")[2]) < 1
    plane.page.get_by_role("button", name="Show everything").click()
    plane.until(lambda: "large_window" not in plane.link())


def test_a_bernoulli_has_no_sigma_and_says_why(plane: Map) -> None:
    plane.open(large_model=BERNOULLI)
    expect(plane.part("sigma")).to_be_hidden()
    expect(plane.page.get_by_text("there is no σ to turn")).to_be_visible()


def test_a_bad_link_is_said_and_the_map_lives(plane: Map) -> None:
    plane.open(large_model="gone", large_x="99999", large_sigma="7")
    for words in ("'gone'", "large_x = '99999'", "a σ from 0.05 to 1"):
        expect(plane.page.get_by_text(words)).to_be_visible()
    assert plane.adds_up()


@pytest.mark.parametrize("width", [390, 820, 1440])
def test_no_width_scrolls_sideways(new_page: Callable[..., Page], server: str, width: int) -> None:
    plane = Map(new_page(width=width, height=844), server).open(large_model=GAUSSIAN)
    plane.page.wait_for_timeout(500)
    overflow = """() => [...document.querySelectorAll("html, body, section, [data-testid=stMain]")]
        .filter(e => e.dataset.testid !== "stSidebar")
        .filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.tagName + " " + e.scrollWidth)"""
    assert plane.page.evaluate(overflow) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(new_page: Callable[..., Page], server: str, scheme: str) -> None:
    plane = Map(new_page(color_scheme=scheme), server).open(large_model=GAUSSIAN)
    assert grave(plane.page) == []
