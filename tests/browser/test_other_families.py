"""The page Other families: training from a link, sharpening by hand, chains that walk, and the walk of noise."""

import math
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import torch
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.settle import settle
from tests.promise_cases import few
from ui.pages.other_families import shipped_table
from ui.runs.catalogue import ROOT
from vae_core import data
from vae_core.families import gsn, weights_file
from vae_core.runs.run import open_run, read_weights

SHIPPED = Path(__file__).parents[2] / "shipped_families"


@pytest.fixture
def families(new_page: Callable[..., Page], host: str) -> Callable[..., Page]:
    """The page opened at a link."""

    def opened(width: int = 1440, height: int = 900, **params: str) -> Page:
        page = new_page(width, height)
        page.goto(f"http://{host}/other-families?{urlencode(params)}")
        expect(
            page.locator(
                "section.course, section.walk, section.gan-plane, section.writing, section.families-table"
            ).first
        ).to_be_attached(timeout=30_000)
        settle(page)
        return page

    return opened


def number(page: Page, name: str) -> float:
    text = page.get_by_test_id(name).inner_text().replace(",", "").replace("−", "-").replace("one", "1")
    return float(re.search(r"-?\d+(\.\d+)?", text)[0])


def link(page: Page) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(page.url).query))


@pytest.mark.parametrize("machine", few(("rbm", "dbm"), {"rbm"}))
def test_a_training_makes_the_model_better_and_its_chain_slower(families: Callable[..., Page], machine: str) -> None:
    before = families(families_machine=machine)
    first = number(before, "likelihood"), number(before, "relaxation")
    page = families(families_machine=machine, families_steps="300")
    expect(page.get_by_test_id("steps")).to_contain_text("300 of")
    likelihood, time = number(page, "likelihood"), number(page, "relaxation")
    assert first[0] < likelihood - 0.5
    assert likelihood < -math.log(14)
    assert time > 2 * first[1]
    assert link(page)["families_steps"] == "300"


def test_the_same_link_gives_the_same_model_and_other_weights_another(families: Callable[..., Page]) -> None:
    one, two = (families(families_steps="20", families_method="cd") for _ in range(2))
    assert number(one, "likelihood") == number(two, "likelihood")
    other = families(families_steps="20", families_method="cd", families_seed="5")
    assert number(one, "likelihood") != number(other, "likelihood")


def test_buttons_train_pause_step_and_start_anew(families: Callable[..., Page]) -> None:
    page = families()
    page.get_by_role("button", name="One step").click()
    settle(page)
    assert link(page)["families_steps"] == "1"
    page.get_by_test_id("train").click()
    expect(page.get_by_test_id("train")).to_have_text("Pause")
    page.get_by_test_id("train").click()
    expect(page.get_by_test_id("train")).to_have_text("Go on")
    settle(page)
    assert int(link(page)["families_steps"]) > 1
    page.locator(".boltzmann .learner").get_by_role("button", name="Start anew").click()
    settle(page)
    assert "families_steps" not in link(page)


def test_a_training_is_rewound_and_the_link_gives_the_step_that_is_shown(families: Callable[..., Page]) -> None:
    page = families(families_steps="300")
    last = number(page, "likelihood")
    look = page.get_by_test_id("look")
    look.fill("0")
    expect(look.locator("xpath=../output")).to_have_text("step 0")
    assert number(page, "likelihood") == pytest.approx(-9 * math.log(2), abs=0.3), "small random weights"
    look.fill("12")
    settle(page)
    then, step = number(page, "likelihood"), link(page)["families_look"]
    assert 0 < int(step) < 300
    assert then < last
    assert link(page)["families_steps"] == "300"
    again = families(families_steps="300", families_look=step)
    assert number(again, "likelihood") == then
    reached = families(families_steps=step)
    assert number(reached, "likelihood") == then, "a training that ends there is the same"
    page.locator(".boltzmann .learner").get_by_role("button", name="One step").click()
    settle(page)
    assert link(page)["families_steps"] == "301"
    assert "families_look" not in link(page), "what is trained is looked at"


def test_contrastive_divergence_points_elsewhere_and_the_exact_gradient_does_not(families: Callable[..., Page]) -> None:
    page = families(families_method="cd", families_steps="40")
    once = number(page, "angle")
    assert 0 < once < 180
    page = families(families_method="cd", families_steps="40", families_k="10")
    assert number(page, "angle") < once
    page.get_by_label("gradient").select_option("exact")
    expect(page.get_by_test_id("angle")).to_be_hidden()


def test_sharper_weights_make_the_chain_slower_and_no_weights_make_it_forget_at_once(
    families: Callable[..., Page],
) -> None:
    page = families(families_steps="100")
    time = number(page, "relaxation")
    slider = page.get_by_test_id("sharpness")
    slider.fill("2")
    settle(page)
    assert number(page, "relaxation") > 1.2 * time
    assert link(page)["families_sharpness"] == "2"
    slider.fill("0")
    expect(page.get_by_test_id("relaxation")).to_have_text("one sweep")
    assert number(page, "likelihood") == pytest.approx(-9 * math.log(2), abs=0.001)
    page.get_by_role("button", name="As trained").click()
    settle(page)
    assert number(page, "relaxation") == time


def test_a_chain_walks_and_its_visits_are_counted(families: Callable[..., Page]) -> None:
    page = families(families_steps="100")
    page.get_by_role("button", name="1,000 sweeps").click()
    expect(page.get_by_test_id("chain-words")).to_contain_text("1,000 sweeps")
    expect(page.locator(".patterns")).to_contain_text("of 1000 sweeps")
    page.get_by_role("button", name="Let the chain walk").click()
    expect(page.get_by_test_id("chain-words")).not_to_contain_text("1,000 sweeps,")


def test_each_test_picture_has_its_exact_log_p_and_a_chain_leaves_it(families: Callable[..., Page]) -> None:
    """The browser's figures against the sum over all states of the hidden units, from the file on the disk."""
    page = families(families_picture="3")
    x = data.binarize(data.load("fashion-mnist", "test").images[:24], "threshold", 0) > 0
    model = weights_file.load(SHIPPED / "rbm" / "weights.safetensors")
    log_px = model.log_prob(torch.from_numpy(x.reshape(24, -1)).double())
    cells = page.locator(".scored .sample")
    expect(cells).to_have_count(24)
    told = [float(text.replace("−", "-").replace(",", "")) for text in cells.all_inner_texts()]
    assert told == pytest.approx(log_px.tolist(), abs=0.051)
    assert number(page, "log-partition") == pytest.approx(model.log_partition(), abs=0.0051)
    words = page.get_by_test_id("scored-words")
    expect(words).to_contain_text("Test picture 3")
    cells.nth(4).click()
    expect(words).to_contain_text("Test picture 5")
    settle(page)
    assert link(page)["families_picture"] == "5"
    page.get_by_role("button", name="Let this chain walk").click()
    expect(words).to_contain_text("the chain is at a picture")
    page.get_by_role("button", name="Back to the picture").click()
    expect(words).to_contain_text("Test picture 5")


def test_a_rate_that_blows_up_is_said_and_the_page_lives(families: Callable[..., Page]) -> None:
    page = families(families_rate="50.0", families_steps="3000")
    blown = page.locator(".boltzmann").get_by_text("The weights have blown up")
    expect(blown).to_be_visible(timeout=30_000)
    expect(page.get_by_test_id("train")).to_be_disabled()
    page.locator(".boltzmann .learner").get_by_role("button", name="Start anew").click()
    expect(blown).to_be_hidden()
    expect(page.get_by_test_id("train")).to_have_text("Train")


@pytest.mark.parametrize("noise", few(("0.3", "1", "2"), {"1"}))
def test_the_walk_says_how_soon_it_forgets(families: Callable[..., Page], noise: str) -> None:
    page = families(families_chapter="gsn", families_noise=noise)
    parts = ([0.5, 0.5], [-2.0, 2.0], [0.5, 0.5])
    mixture = gsn.NormalMixture(*(torch.tensor(part, dtype=torch.float64) for part in parts))
    assert number(page, "gsn-relaxation") == pytest.approx(
        gsn.relaxation_time(mixture, float(noise), 400), rel=0.02, abs=0.06
    )
    page.get_by_role("button", name="1,000 steps").click()
    expect(page.get_by_test_id("gsn-words")).to_contain_text("1,000 steps")


def test_a_denoiser_is_trained_from_a_link_and_its_walk_gets_nearer_to_the_data(families: Callable[..., Page]) -> None:
    page = families(families_chapter="gsn", families_noise="1", families_denoiser="learned")
    first = number(page, "gsn-off"), number(page, "gsn-step")
    page = families(families_chapter="gsn", families_noise="1", families_denoiser="learned", families_updates="400")
    expect(page.get_by_test_id("gsn-steps")).to_contain_text("400 of")
    assert number(page, "gsn-off") < 0.5 * first[0]
    assert number(page, "gsn-step") < 0.5 * first[1]
    assert number(page, "gsn-relaxation") == pytest.approx(10.1, rel=0.3)
    page.get_by_role("button", name="1,000 steps").click()
    expect(page.get_by_test_id("gsn-words")).to_contain_text("1,000 steps")
    page.get_by_role("button", name="Exact").click()
    settle(page)
    assert link(page)["families_updates"] == "400"
    assert "families_denoiser" not in link(page)


def test_the_walk_of_a_linear_model_forgets_as_its_weights_say(families: Callable[..., Page]) -> None:
    """1 + s^2 / sigma^2 of the weights on the disk; another model has no such number."""
    page = families(families_chapter="gsn", families_walk="vae")
    expect(page.get_by_test_id("vae-exact")).to_have_text(re.compile("steps"))
    run = open_run(ROOT / "models" / "fashion-linear")
    s = torch.linalg.svdvals(torch.as_tensor(read_weights(run)["decoder.0.weight"]).double())[0].item()
    assert number(page, "vae-exact") == pytest.approx(1 + (s / run.card["sigma"]) ** 2, abs=1)
    page.get_by_test_id("vae-many").click()
    expect(page.get_by_test_id("vae-words")).to_contain_text("1,000 steps")
    page.get_by_test_id("vae-model").select_option("fashion-2d-gaussian")
    settle(page)
    assert link(page)["families_model"] == "fashion-2d-gaussian"
    expect(page.get_by_test_id("vae-exact")).to_be_hidden()


def test_on_a_phone_and_by_keys(families: Callable[..., Page]) -> None:
    page = families(390, 844, families_chapter="gsn")
    page.get_by_test_id("noise").focus()
    page.keyboard.press("ArrowRight")
    settle(page)
    assert link(page)["families_noise"] == "0.65"
    page.get_by_role("button", name="Boltzmann machines").press("Enter")
    expect(page.locator("section.course")).to_be_visible()
    settle(page)
    assert "families_chapter" not in link(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_gan_is_trained_from_a_link_and_what_theory_says_of_it_fits_together(families: Callable[..., Page]) -> None:
    page = families(families_chapter="gan", families_modes="2", families_rounds="60")
    expect(page.get_by_test_id("gan-steps")).to_contain_text("60 of")
    assert number(page, "gan-best") == pytest.approx(-math.log(4) + 2 * number(page, "gan-jsd"), abs=0.002)
    assert 0 < number(page, "gan-jsd") < math.log(2)
    expect(page.get_by_test_id("gan-modes-hit")).to_have_text(re.compile("[012] of 2"))
    expect(page.get_by_test_id("vae-modes-hit")).to_have_text(re.compile("[012] of 2"))
    assert number(page, "vae-elbo") < number(page, "vae-log-px") < 0
    again = families(families_chapter="gan", families_modes="2", families_rounds="60")
    assert number(again, "gan-jsd") == number(page, "gan-jsd")
    page.get_by_role("button", name="One step").click()
    settle(page)
    assert link(page)["families_rounds"] == "61"
    page.get_by_role("button", name="Mode collapse").click()
    expect(page.get_by_text("Mode collapse: nearly all samples")).to_be_visible()
    expect(page.get_by_test_id("gan-train")).to_have_text("Pause")
    page.get_by_test_id("gan-train").click()
    settle(page)
    assert link(page)["families_modes"] == "4"


def test_drawn_data_are_learned_and_no_drawing_is_a_sentence(families: Callable[..., Page]) -> None:
    page = families(families_chapter="gan", families_target="drawn")
    empty = page.get_by_text("The drawing is empty")
    expect(empty).to_be_visible()
    expect(page.get_by_test_id("gan-train")).to_be_disabled()
    page.get_by_test_id("gan-drawing").press("Shift+ArrowRight")
    expect(empty).to_be_hidden()
    page.get_by_test_id("gan-drawing").drag_to(
        page.get_by_test_id("gan-drawing"), source_position={"x": 20, "y": 20}, target_position={"x": 90, "y": 60}
    )
    page.get_by_role("button", name="One step").click()
    settle(page)
    assert 0 < number(page, "vae-jsd") < math.log(2)
    expect(page.get_by_test_id("gan-modes-hit")).to_be_hidden()
    assert link(page)["families_rounds"] == "1"
    jsd, drawn = number(page, "vae-jsd"), link(page)["families_drawn"]
    again = families(families_chapter="gan", families_target="drawn", families_drawn=drawn, families_rounds="1")
    assert number(again, "vae-jsd") == jsd
    page.get_by_role("button", name="Clear the drawing").click()
    expect(empty).to_be_visible()
    page.get_by_label(re.compile("^data")).select_option("moons")
    expect(page.get_by_test_id("gan-train")).to_be_enabled()
    settle(page)
    assert {"families_drawn", "families_rounds"}.isdisjoint(link(page))


def test_z_under_the_finger_moves_what_both_models_make_of_it(families: Callable[..., Page]) -> None:
    page = families(families_chapter="gan")
    names = ("Data, samples and the generator's density", "Data, samples and the density of the VAE")
    planes = [page.get_by_role("img", name=name).element_handle() for name in names]
    latent = page.get_by_test_id("gan-z")
    for act in (lambda: latent.click(position={"x": 30, "y": 40}), lambda: latent.press("ArrowRight")):
        before = [plane.evaluate("canvas => canvas.toDataURL()") for plane in planes]
        act()
        for plane, was in zip(planes, before, strict=True):
            page.wait_for_function("([canvas, was]) => canvas.toDataURL() !== was", arg=[plane, was])


def test_on_a_line_the_game_has_one_picture_for_each_model(families: Callable[..., Page]) -> None:
    page = families(families_chapter="gan", families_target="line", families_modes="2", families_rounds="40")
    expect(page.get_by_test_id("gan-steps")).to_contain_text("40 of")
    assert number(page, "gan-best") == pytest.approx(-math.log(4) + 2 * number(page, "gan-jsd"), abs=0.002)
    assert 80 < number(page, "vae-mass") <= 101
    assert number(page, "vae-elbo") < number(page, "vae-log-px") < 0
    expect(page.get_by_test_id("gan-z")).to_be_hidden()
    lines = [page.get_by_test_id(f"{name}-line") for name in ("gan", "vae")]
    for act in (lambda: lines[0].click(position={"x": 30, "y": 40}), lambda: lines[1].press("ArrowRight")):
        before = [line.evaluate("canvas => canvas.toDataURL()") for line in lines]
        act()
        for line, was in zip(lines, before, strict=True):
            page.wait_for_function("([canvas, was]) => canvas.toDataURL() !== was", arg=[line.element_handle(), was])
    settle(page)
    assert link(page)["families_target"] == "line"
    page.get_by_label(re.compile("^data")).select_option("ring")
    expect(page.get_by_test_id("gan-z")).to_be_visible()
    expect(lines[0]).to_be_hidden()


def score(page: Page, name: str) -> float:
    expect(page.get_by_test_id(name)).to_have_text(re.compile(r"\d"), timeout=30_000)
    return number(page, name)


def test_an_autoregressive_picture_is_drawn_scored_and_changed_behind_a_pixel_that_is_turned(
    families: Callable[..., Page],
) -> None:
    page = families(families_chapter="autoregressive", families_picture="3")
    images = data.binarize(data.load("fashion-mnist", "test").images[2:3], "threshold", 0)
    model = weights_file.load(SHIPPED / "autoregressive" / "weights.safetensors")
    x = torch.from_numpy((images > 0).reshape(1, -1)).double()
    assert score(page, "writer-total") == pytest.approx(model.log_prob(x).item(), abs=0.006)
    page.get_by_test_id("draw").click()
    settle(page)
    assert link(page)["families_draw"] == "1"
    total = page.get_by_test_id("writer-total")
    before = total.inner_text()
    page.get_by_test_id("pixels").press("ArrowUp")
    settle(page)
    pixel = 13 * 28 + 14
    assert link(page)["families_pixel"] == str(pixel + 1)
    expect(page.get_by_test_id("pixel-words")).to_contain_text(f"Pixel {pixel + 1} of 784, row 14, column 15")
    page.get_by_test_id("flip").click()
    expect(page.get_by_test_id("flip-words")).to_contain_text(f"of the {783 - pixel} pixels after it")
    expect(total).not_to_have_text(before)
    page.get_by_test_id("flip").click()
    expect(total).to_have_text(before)
    page.get_by_label(re.compile("^picture")).select_option("3")
    page.get_by_test_id("pixels").press("ArrowUp")
    page.get_by_test_id("flip").click()
    expect(page.get_by_test_id("flip-words")).to_contain_text(
        f"The {783 - pixel} pixels after it are drawn by the model"
    )


def test_a_picture_is_written_from_the_place_that_the_link_says(families: Callable[..., Page]) -> None:
    page = families(
        390,
        844,
        families_chapter="autoregressive",
        families_place="100",
        families_writer="any",
        families_order="middle",
    )
    expect(page.get_by_test_id("place")).to_have_value("100")
    page.get_by_role("button", name="Write it pixel by pixel").click()
    expect(page.get_by_test_id("place")).to_have_value(re.compile("^[2-7]..$"))
    page.get_by_role("button", name="Pause").click()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_mean_of_logits_claims_more_than_can_be(families: Callable[..., Page]) -> None:
    page = families(families_chapter="autoregressive", families_small_steps="400")
    expect(page.get_by_test_id("small-steps")).to_contain_text("400 of")
    for name in ("order", "probabilities"):
        assert number(page, f"{name}-all") == 1
        assert number(page, f"{name}-data") < -math.log(14)
    assert number(page, "logits-all") > 1.5
    expect(page.get_by_test_id("average-words")).to_contain_text("it is no likelihood")


def test_the_table_sorts_and_opens_samples_and_chapters(families: Callable[..., Page]) -> None:
    page = families(families_chapter="table")
    rows = page.locator(".families-table tbody tr")
    expect(rows).to_have_count(8)
    told = [re.findall(r"-\d+\.\d+", text)[0] for text in page.locator("td[data-column=log_px]").all_inner_texts()[:6]]
    assert list(map(float, told)) == sorted(map(float, told), reverse=True), "the best first"
    assert page.locator("td[data-column=log_px]").all_inner_texts()[6:] == ["has none"] * 2
    best = max((row for row in shipped_table.rows() if row["log_px"]), key=lambda row: row["log_px"])
    expect(page.get_by_test_id("table-words")).to_contain_text(f"{best['title']} has the highest log p(x)")
    page.get_by_role("button", name="one sample").click()
    settle(page)
    assert link(page)["families_sort"] == "seconds_a_sample"
    expect(page.locator("th[data-column=seconds_a_sample]")).to_have_attribute("aria-sort", "ascending")
    page.get_by_test_id("row-rbm").click()
    expect(page.get_by_role("heading", name="Drawn by: RBM")).to_be_visible()
    page.get_by_role("button", name="Open its chapter").click()
    expect(page.locator("section.course")).to_be_visible()


@pytest.mark.parametrize(
    ("chapter", "what", "name"),
    [
        ("boltzmann", "the course of the training", "training-of-a-boltzmann-machine"),
        ("autoregressive", "the running sum", "log-p-of-a-picture"),
        ("gan", "the plane of the VAE", "vae-on-the-plane"),
        ("gan", "the value of the game", "value-of-the-game"),
        ("gsn", "the walk", "walk-of-noise-and-denoising"),
    ],
    ids=lambda value: value.replace(" ", "-"),
)
def test_a_chart_is_saved_as_a_figure(families: Callable[..., Page], chapter: str, what: str, name: str) -> None:
    page = families(families_chapter=chapter)
    page.get_by_role("button", name=f"Save {what} as a figure").click()
    with page.expect_download() as saved:
        page.get_by_test_id("figure-save").click()
    assert saved.value.suggested_filename == f"{name}.png"
    with Image.open(saved.value.path()) as picture:
        assert len(picture.convert("RGB").getcolors(1 << 24)) > 20, "something is drawn"
