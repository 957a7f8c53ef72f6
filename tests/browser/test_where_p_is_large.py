"""Where p(x|z) is large on a bare page: sums read off the screen, sigma, drag, race, links."""

import math
import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
import torch
from playwright.sync_api import Page, expect

from tests.browser.settle import settle
from tests.browser.where_p_is_large_driver import BERNOULLI, GAUSSIAN, LINEAR, RUNS, Map
from tests.promise_cases import few

ROWS = ("estimate", "off", "ess", "share", "khat")
RACERS = ("prior", "encoder", "mixture")


@pytest.fixture
def plane(new_page: Callable[..., Page], host: str) -> Map:
    return Map(new_page(), host)


def log_px_z(run: str, index: int, z: list[float], sigma: float | None = None) -> float:
    """log p(x|z) by torch."""
    from ui.pages.where_p_is_large.selected_x import select_example
    from vae_core.estimators.likelihood_matrix import pictures

    chosen = select_example(RUNS[run], index, None, 0)
    return pictures(chosen.model, torch.tensor([z])).log_prob(chosen.x, sigma).item()


@pytest.mark.parametrize("run", few((GAUSSIAN, BERNOULLI, LINEAR), (GAUSSIAN, LINEAR)))
def test_log_p_under_the_pointer_is_torchs_and_the_identities_add_up_to_the_digits_shown(plane: Map, run: str) -> None:
    z = [0.5, -0.25]
    plane.open(large_model=run, large_x="3", large_z="0.5,-0.25")
    assert plane.adds_up()
    assert plane.number("log-px-z") == pytest.approx(log_px_z(run, 3, z), abs=0.011)
    assert plane.number("log-pz") == pytest.approx(-0.5 * (0.25 + 0.0625) - 1.8379, abs=0.011)
    before = plane.cents("log-px")
    plane.page.get_by_role("button", name="Next image").click()
    plane.until(lambda: plane.number("log-px") is not None and plane.cents("log-px") != before)
    assert plane.adds_up()


def test_the_numbers_are_those_of_the_core(plane: Map) -> None:
    from ui.pages.where_p_is_large.selected_x import select_example
    from vae_core.estimators.quadrature import integrate

    plane.open(large_model=GAUSSIAN, large_x="5")
    chosen = select_example(RUNS[GAUSSIAN], 5, None, 0)
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
    from ui.pages.where_p_is_large.selected_x import select_example
    from vae_core.models.ppca import as_linear

    plane.open(large_model=LINEAR, large_x="3", large_n="500")
    chosen = select_example(RUNS[LINEAR], 3, None, 0)
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


# The share of a map's points that have a colour.
COLOURED = """node => {
    const canvas = node.querySelector("canvas");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let count = 0;
    for (let k = 0; k < data.length; k += 4) {
        const rgb = data.slice(k, k + 3);
        count += Math.max(...rgb) - Math.min(...rgb) > 24;
    }
    return count / (data.length / 4);
}"""


def test_the_map_opens_with_a_small_spot_and_z_outside_of_it(plane: Map) -> None:
    plane.open(large_model=GAUSSIAN, large_x="3", large_layers="heat")
    assert 0 < plane.part("likelihood-map").evaluate(COLOURED) < 0.02
    best = float(re.search(r"= (-?[\d.]+)\)", plane.page.get_by_text("How much worse than the best z").inner_text())[1])
    assert plane.number("log-px-z") < best - 100
    expect(plane.part("held")).to_contain_text("holds less than 0.01 % of p(x). Drag z into the spot.")


def test_the_map_shows_p_and_its_product_with_the_prior_in_even_steps(plane: Map) -> None:
    plane.open(large_model=GAUSSIAN, large_x="3", large_layers="heat", large_window="0,0,3")
    shares = [plane.part("likelihood-map").evaluate(COLOURED)]
    for colour in ("likelihood", "joint"):
        plane.part(f"colour-{colour}").check(force=True)
        plane.until(lambda: plane.link().get("large_colour") == colour)  # noqa: B023 (called at once)
        settle(plane.page)
        shares.append(plane.part("likelihood-map").evaluate(COLOURED))
    assert 0 < shares[1] < shares[0]
    assert 0 < shares[2] < shares[0]
    expect(plane.page.get_by_text("Its integral is p(x)")).to_be_visible()
    expect(plane.part("depth")).to_be_hidden()


def test_what_is_said_of_the_spot_and_of_the_circle_is_that_of_the_core(plane: Map) -> None:
    """99 % of the integral, how often the prior hits it, and the share within half a unit of z."""
    from ui.pages.where_p_is_large.posterior_grid import posterior_grid
    from ui.pages.where_p_is_large.selected_x import select_example

    chosen = select_example(RUNS[GAUSSIAN], 3, None, 0)
    exact = posterior_grid(chosen).quadrature
    mass = exact.log_posterior()[:, 0]
    order = (mass - exact.log_area).argsort(descending=True)
    inside = order[: int((mass[order].exp().cumsum(0) < 0.99).sum()) + 1]
    prior = (exact.log_prior(exact.z[inside]) + exact.log_area[inside]).exp().sum().item()
    place = exact.z[mass.argmax()].float() + torch.tensor([0.5, 0.0])  # the rim of the circle cuts the spot
    near = ((exact.z - place).norm(dim=-1) <= 0.5).nonzero()[:, 0]
    plane.open(large_model=GAUSSIAN, large_x="3", large_z=",".join(f"{value:.4f}" for value in place.tolist()))
    said = plane.part("one-in").inner_text()
    assert float(re.search(r"once in ([\d,]+) draws", said)[1].replace(",", "")) == pytest.approx(1 / prior, rel=0.06)
    held = float(re.search(r"holds ([\d.]+) % of p\(x\)", plane.part("held").inner_text())[1])
    assert held == pytest.approx(100 * mass[near].exp().sum().item(), abs=1.5)
    assert 20 < held < 80
    before = plane.part("region").inner_text()
    plane.slide("sigma", 60)
    assert plane.part("region").inner_text() != before


def test_the_colours_reach_as_deep_as_asked_and_the_link_says_so(plane: Map) -> None:
    plane.open(large_model=GAUSSIAN, large_x="3", large_layers="heat", large_depth="10")
    shares = []
    for depth in ("10", "100", "1000", "all"):
        plane.part("depth").select_option(depth)
        settle(plane.page)
        shares.append(plane.part("likelihood-map").evaluate(COLOURED))
    assert shares == sorted(shares)
    assert shares[0] < 0.02  # the spot is small
    assert shares[-1] > 0.5  # a landscape
    plane.until(lambda: plane.link().get("large_depth") == "all")


def test_sigma_asks_nothing_of_the_server_while_it_moves(plane: Map) -> None:
    plane.open(large_model=GAUSSIAN)
    plane.until(lambda: plane.number("khat-encoder") is not None)
    asked: list[str] = []
    plane.page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    plane.part("sigma").evaluate(
        """range => {
            for (range.value = 200; range.value > 150; range.value -= 5) range.dispatchEvent(new Event("input"));
        }"""
    )
    settle(plane.page)
    plane.until(lambda: plane.number("khat-encoder") is not None)
    assert asked == ["/settled/where-p-is-large"]  # at rest only k comes, with the link: no array is sent anew


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


def test_the_link_gives_the_same_view_again(plane: Map, new_page: Callable[..., Page], host: str) -> None:
    plane.open(large_model=GAUSSIAN, large_x="4")
    plane.drag((0.5, 0.5), (0.62, 0.7))
    plane.slide("sigma", 120)
    plane.slide("n", 300)
    plane.page.get_by_role("button", name="Draws").click()
    plane.page.get_by_role("button", name="Draw all again").click()
    plane.until(lambda: {"large_seed", "large_sigma", "large_n", "large_layers", "large_z"} <= plane.link().keys())
    plane.until(lambda: plane.number("khat-encoder") is not None)
    again = Map(new_page(), host).open(**plane.link())
    again.until(lambda: again.number("khat-encoder") is not None)
    assert again.link() == plane.link()
    names = ["log-px", "elbo", "kl-post-prior", *(f"{row}-{racer}" for row in ROWS for racer in RACERS), "finish"]
    for name in names:
        assert again.part(name).inner_text() == plane.part(name).inner_text(), name


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
    assert plane.number("off-mixture") == pytest.approx(0, abs=0.1)


def test_where_the_encoder_misses_mass_the_race_says_who_arrived_and_whose_estimate_is_not_reliable(plane: Map) -> None:
    """Nearly all of p(z|x) of test image 144 is where q never draws, and the encoder's k is low all the same."""
    plane.open(large_model=BERNOULLI, large_x="144", large_n="1000")
    plane.until(lambda: plane.number("khat-mixture") is not None)
    assert plane.number("off-encoder") < -1
    assert plane.number("off-mixture") == pytest.approx(0, abs=0.1)
    expect(plane.part("finish")).to_have_text(
        re.compile(
            r"^After 1,000 samples: the prior is 12\.\d nats too low, the encoder 11\.\d nats too low\. "
            "The proposal made for x arrived at sample 1\\.$"
        )
    )
    for racer in RACERS:
        doubtful = plane.number(f"khat-{racer}") > 1 - 1 / 3
        cell = plane.part(f"estimate-{racer}").locator("..")
        assert ("not reliable: k̂ is above 0.67" in cell.inner_text()) == doubtful == (racer == "prior"), racer
    expect(
        plane.page.get_by_text("k̂ above 0.67: you cannot trust the estimate or its band. A k̂ below it is no proof")
    ).to_be_visible()


@pytest.mark.parametrize("n", [3, 100, 10_000])
def test_every_runner_is_seen_in_the_race_and_what_is_said_of_it_is_true(plane: Map, n: int) -> None:
    """Each curve lies inside the chart, and the sentence names the numbers of the table."""
    plane.open(large_model=GAUSSIAN, large_n=str(n))
    seen = plane.page.locator(".chart canvas").evaluate(
        """(canvas, colours) => {
            const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            const near = (k, colour) => colour.every((value, c) => Math.abs(data[k + c] - value) < 12);
            const count = (colour) => data.reduce((sum, _, k) => sum + (k % 4 === 0 && near(k, colour)), 0);
            return colours.map(count);
        }""",
        [[0x66, 0x44, 0x00], [0x07, 0x83, 0x83], [0x74, 0x52, 0xC8]],
    )
    assert min(seen) > 300
    said, off = plane.part("finish").inner_text(), plane.number("off-prior")
    assert said.startswith(f"After {n:,} samples: ")
    if abs(off) <= math.log(2):
        assert f"({abs(off):.2f} nats off" in said
        assert "arrived at sample" in said or "was first" in said
    else:
        assert f"{abs(off):.1f} nats too low" in said
        assert "the prior is" in said


@pytest.mark.promise
def test_at_many_samples_the_race_says_that_the_prior_has_arrived_too(plane: Map) -> None:
    plane.open(large_model=GAUSSIAN, large_n="100000")
    plane.until(lambda: plane.number("khat-encoder") is not None, 60)
    off = abs(plane.number("off-prior"))
    assert off < math.log(2)
    expect(plane.part("finish")).to_contain_text(re.compile(r"the prior arrived at sample [\d,]+ \("))
    expect(plane.part("finish")).to_contain_text(f"{off:.2f} nats off")
    expect(plane.part("finish")).to_contain_text(re.compile(r"the encoder was first, at sample \d+\. "))
    assert "beat" not in plane.page.locator("section.race").inner_text()


def test_draw_by_draw_the_weights_bring_the_mean_to_p_and_without_them_it_goes_elsewhere(plane: Map) -> None:
    from ui.pages.where_p_is_large.importance_sampling import draws, log_weights
    from ui.pages.where_p_is_large.posterior_grid import posterior_grid
    from ui.pages.where_p_is_large.selected_x import select_example

    chosen = select_example(RUNS[GAUSSIAN], 0, None, 0)
    exact = posterior_grid(chosen).quadrature
    product = log_weights(chosen, 500, exact.sigma)["encoder"] - exact.log_px[0]
    height = product - torch.from_numpy(draws(chosen, 500)[0].arrays()["encoder_offset"][:500]).double()

    plane.open(large_model=GAUSSIAN, large_n="500")
    expect(plane.part("mean-weighted")).to_have_text("–")
    for _ in range(3):
        plane.part("next-draw").click()
    expect(plane.part("weighted-words")).to_contain_text("After 3 draws")
    assert plane.number("mean-weighted") == pytest.approx(product[:3].exp().mean().item(), rel=0.01)
    assert plane.number("mean-heights") == pytest.approx(height[:3].exp().mean().item(), rel=0.01)
    plane.part("rest").click()
    expect(plane.part("weighted-words")).to_contain_text("more draws do not bring it to p(x)")
    assert plane.number("mean-weighted") == pytest.approx(product.exp().mean().item(), rel=0.01)
    assert plane.number("mean-weighted") == pytest.approx(math.exp(plane.number("off-encoder")), rel=0.02)
    without = float(plane.part("mean-heights").inner_text().replace(",", ""))
    assert without == pytest.approx(height.exp().mean().item(), rel=0.01)
    assert without > 100
    plane.page.get_by_role("button", name="Next image").click()
    expect(plane.part("mean-weighted")).to_have_text("–")


def test_three_runners_fit_a_phone(new_page: Callable[..., Page], host: str) -> None:
    plane = Map(new_page(390, 844), host)
    plane.open(large_model=GAUSSIAN, large_sigma="0.05", large_n="100")
    for n in (0, 240):
        plane.slide("n", n)
        assert plane.page.locator("section.race").evaluate("race => race.scrollWidth - race.clientWidth") == 0
        assert plane.page.evaluate("document.documentElement.scrollWidth") <= 390
        inside = "table => [...table.querySelectorAll('td, th')].every(cell => cell.scrollWidth <= cell.clientWidth)"
        for table in plane.page.locator("table.weights").all():
            assert table.evaluate(inside)


def test_one_sample_and_very_many(plane: Map) -> None:
    plane.open(large_model=GAUSSIAN, large_sigma="0.05", large_n="1")
    expect(plane.part("khat-prior")).to_have_text("needs n ≥ 25")
    expect(plane.part("estimate-prior")).to_contain_text("does not explain x at all")
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


def test_zoom_to_the_spot_and_back(plane: Map) -> None:
    plane.open(large_model=GAUSSIAN, large_x="0")
    plane.part("focus").click()
    plane.until(lambda: "large_window" in plane.link())
    assert float(plane.link()["large_window"].split(",")[2]) < 1
    plane.page.get_by_role("button", name="Show everything").click()
    plane.until(lambda: "large_window" not in plane.link())


def test_a_bernoulli_has_no_sigma_and_says_why(plane: Map) -> None:
    plane.open(large_model=BERNOULLI)
    expect(plane.part("sigma")).to_be_hidden()
    expect(plane.page.get_by_text("so there is no σ")).to_be_visible()
