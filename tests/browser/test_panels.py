"""What stands beside the plane: numbers against torch, draws, downloads, many dimensions, overlays."""

import csv
import io
import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import Locator, Page, expect

import vae_core
from tests.browser.latent_map_driver import Pad
from tests.promise_cases import few
from ui.runs.catalogue import catalogue
from vae_core import data
from vae_core.objectives import elbo
from vae_core.runs.run import read_codes

RUNS = catalogue().runs
FLAT = next(run for run, entry in RUNS.items() if entry.run.config.model.latent_dim == 2)
DEEP = max(RUNS, key=lambda run: RUNS[run].run.config.model.latent_dim)


@pytest.fixture
def pad(new_page: Callable[..., Page], host: str) -> Pad:
    return Pad(new_page(), host)


def picture_for(run: str, index: int) -> torch.Tensor:
    """x as the page gives it to the encoder: binarised by seed 0 where the model is a Bernoulli."""
    config = RUNS[run].run.config.data
    images = data.load(config.name, "test").images[: index + 1]
    return torch.from_numpy(data.to_float(data.binarize(images, config.binarize, 0))[index:])


# One of each kind: Gaussian, Bernoulli, many dimensions in colour. The other shipped models are a promise.
FEW = (FLAT, "fashion-2d-bernoulli", "faces-16d")


@pytest.mark.parametrize("run", few(RUNS, FEW))
def test_the_numbers_are_those_of_torch_and_a_drag_decodes(pad: Pad, run: str) -> None:
    pad.open(map_model=run, map_x="17")
    pad.until(lambda: pad.number("elbo") is not None, 30)
    model, x = vae_core.load(RUNS[run].run.path), picture_for(run, 17)
    terms = elbo(model, x, torch.Generator().manual_seed(0), K=4000)
    shown = pad.page.locator(".numbers .error-bar").nth(1).inner_text()
    stderr = float(shown.removeprefix("±"))
    assert pad.number("rate") == pytest.approx(terms.rate.item(), abs=0.006)
    assert pad.number("distortion") == pytest.approx(terms.distortion.item(), abs=5 * stderr + 0.01)
    assert pad.number("elbo") == pytest.approx(-pad.number("rate") - pad.number("distortion"), abs=0.011 + stderr)
    before = pad.picture()
    pad.drag((0.5, 0.5), (0.8, 0.7))
    pad.settle()
    assert pad.picture() != before


def test_z_starts_where_the_first_image_is(pad: Pad) -> None:
    pad.open(map_model=FLAT)
    assert pad.z() == pytest.approx(read_codes(RUNS[FLAT].run).mu[0].astype(float), abs=0.006)
    assert set(pad.link()) <= {"map_model"}


def test_the_lens_shows_the_posterior_to_scale(pad: Pad) -> None:
    pad.open(map_model=FLAT)
    lens = pad.page.get_by_role("button", name="Zoom to q(z|x)")
    expect(lens).to_be_disabled()
    pad.open(map_model=FLAT, map_x="17")
    pad.until(lambda: pad.number("rate") is not None)
    lens.click()
    pad.settle()
    q = vae_core.load(RUNS[FLAT].run.path).encode(picture_for(FLAT, 17))
    window = [float(part) for part in pad.link()["map_window"].split(",")]
    assert window == pytest.approx([*q.mu[0].tolist(), 5 * q.std.max().item()], abs=2e-3)
    assert "map_z" not in pad.link()  # z is still the mean of q, which follows from x


def shot(part: Locator, side: int = 60) -> np.ndarray:
    picture = Image.open(io.BytesIO(part.screenshot())).convert("L")
    return np.asarray(picture.resize((side, side), Image.Resampling.BOX), float)


def test_beside_a_drawing_the_map_is_seen_in_small(pad: Pad) -> None:
    pad.open(map_model=FLAT, map_x="17")
    small = pad.part("mini-map")
    expect(small).to_be_hidden()
    pad.part("draw").click()
    expect(small).to_be_visible()
    pad.settle()
    likeness = np.corrcoef(shot(pad.part("latent-plane")).ravel(), shot(small).ravel())[0, 1]
    assert likeness > 0.5, "the large one has its tools and hints over it"
    before = shot(small)
    pad.part("draw").click(position={"x": 30, "y": 200})
    pad.settle()
    assert np.abs(shot(small) - before).max() > 20, "q moves with the drawing"


def test_the_diagram_shows_the_way_of_x_through_both_networks(pad: Pad) -> None:
    def written(line: str) -> list[float]:
        text = diagram.locator(".line", has=pad.page.get_by_text(line, exact=True)).locator("output").inner_text()
        return [float(part.replace("−", "-")) for part in text.split(" and ")[0].split(",")]

    diagram = pad.page.get_by_role("region", name="x through the VAE")
    pad.open(map_model=FLAT)
    expect(diagram.get_by_role("button", name="Another z")).to_be_disabled()
    pad.open(map_model=FLAT, map_x="17")
    pad.settle()
    q = vae_core.load(RUNS[FLAT].run.path).encode(picture_for(FLAT, 17))
    assert written("mean") == pytest.approx(q.mu[0].tolist(), abs=0.002)
    assert written("sd") == pytest.approx(q.std[0].tolist(), abs=0.002)
    first = written("z, one draw")
    assert np.abs((np.array(first) - q.mu[0].numpy()) / q.std[0].numpy()).max() < 5
    diagram.get_by_role("button", name="Another z").click()
    pad.settle()
    assert written("z, one draw") != first
    expect(diagram).to_contain_text("784 numbers")


def test_prior_draws_are_seeded_and_drawn_again(pad: Pad) -> None:
    def draws() -> list[str]:
        return [sample.get_attribute("aria-label") for sample in pad.page.locator(".sample").all()]

    pad.open(map_model=FLAT, map_source="prior")
    pad.until(lambda: len(draws()) == 12 and draws()[0] is not None)
    first = draws()
    pad.page.get_by_role("button", name="Draw again", exact=True).click()
    pad.until(lambda: draws() != first)
    assert pad.settle().link().get("map_seed") == "1"
    pad.open(map_model=FLAT, map_source="prior")
    pad.until(lambda: draws() == first)
    pad.page.locator(".sample").first.click()
    pad.until(lambda: first[0].endswith(pad.part("z").inner_text()))


def test_the_picture_and_the_numbers_can_be_kept(pad: Pad) -> None:
    pad.open(map_model=FLAT, map_x="17")
    pad.until(lambda: pad.number("elbo") is not None)
    with pad.page.expect_download() as picture:
        pad.page.get_by_role("button", name="Download the decoded picture as PNG").click()
    model = vae_core.load(RUNS[FLAT].run.path)
    mean = model.decode(model.encode(picture_for(FLAT, 17)).mu).mean[0, 0].numpy()
    saved = np.asarray(Image.open(picture.value.path()).convert("L"))
    scale = len(saved) // 28
    assert saved.shape == (28 * scale, 28 * scale)
    assert np.abs(saved[::scale, ::scale] / 255 - mean).max() < 0.01
    with pad.page.expect_download() as numbers:
        pad.page.get_by_role("button", name="Download the numbers of this view as CSV").click()
    with open(numbers.value.path(), newline="", encoding="utf-8") as file:
        rows = {(row["quantity"], row["index"]): row for row in csv.DictReader(io.StringIO(file.read()))}
    z = [float(rows["z", index]["value"]) for index in "12"]
    assert z == pytest.approx(pad.z(), abs=0.006)
    log_pz = -0.5 * sum(value**2 for value in z) - math.log(2 * math.pi)
    assert float(rows["log_pz", ""]["value"]) == pytest.approx(log_pz, abs=1e-9)
    assert float(rows["rate", ""]["value"]) == pytest.approx(pad.number("rate"), abs=0.006)
    assert "Fashion-MNIST, test image 17" in rows["convention", ""]["value"]


def test_sliders_are_in_the_order_of_their_rate_and_the_plane_says_what_it_holds(pad: Pad) -> None:
    rates = RUNS[DEEP].run.card["rate_per_dimension"]
    order = sorted(range(len(rates)), key=lambda j: -rates[j])
    pad.open(map_model=DEEP)
    labels = pad.page.locator(".sliders input[type=range]").evaluate_all("all => all.map(s => s.ariaLabel)")
    assert [int(label.split("dimension ")[1].split()[0]) - 1 for label in labels] == order
    axes = pad.page.get_by_role("group", name="Dimensions shown").locator("select")
    assert [axis.input_value() for axis in axes.all()] == [str(j) for j in order[:2]]
    expect(pad.page.locator(".held")).to_contain_text("held")
    pad.page.get_by_role("button", name="Set every dimension of z to 0").click()
    pad.until(lambda: pad.z() == [0.0] * len(rates))


def test_a_drag_moves_only_the_two_dimensions_shown(pad: Pad) -> None:
    pad.open(map_model=DEEP, map_axes="3,5")
    before = pad.z()
    pad.drag((0.4, 0.4), (0.7, 0.8))
    pad.until(lambda: pad.z() != before)
    assert {j for j, (a, b) in enumerate(zip(before, pad.z(), strict=True)) if a != b} == {2, 4}


def test_each_overlay_changes_the_plane_and_the_link_and_goes_again(pad: Pad) -> None:
    def plane() -> list[str]:
        return pad.part("latent-plane").locator("canvas").evaluate_all("all => all.map(c => c.toDataURL())")

    pad.open(map_model=FLAT, map_overlays="")
    bare, empty = plane(), pad.link()["map_overlays"]
    for name in ("Prior", "Decoded grid", "Density of q(z)"):
        chip = pad.page.get_by_role("button", name=name, exact=True)
        chip.click()
        pad.until(lambda: plane() != bare)
        assert pad.settle().link().get("map_overlays") != empty
        chip.click()
        pad.until(lambda: plane() == bare)
        assert pad.settle().link()["map_overlays"] == empty


def test_the_legend_hides_a_class(pad: Pad) -> None:
    pad.open(map_model=FLAT)
    pad.page.get_by_role("group", name="Classes").get_by_role("button", name="Trouser").click()
    assert pad.settle().link().get("map_hide") == "1"


def test_folds_show_the_equation_and_the_source(pad: Pad) -> None:
    pad.open(map_model=FLAT, map_x="3")
    panel = pad.page.get_by_label("The chosen image", exact=True)
    panel.locator("summary", has_text="Maths").click()
    expect(panel.locator("math").first).to_be_visible()
    panel.locator("summary", has_text="Code").click()
    expect(panel.locator("pre").first).to_contain_text("def kl")
