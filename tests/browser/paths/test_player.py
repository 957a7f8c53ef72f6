"""Travel from picture to picture: choose, play, scrub, draw, come back by the link, and what cannot be travelled."""

from collections.abc import Callable

import pytest
import torch
from playwright.sync_api import expect

from tests.browser.paths.paths_driver import MANY, ONE, RUN, Paths
from tests.server import ROOT
from vae_core.latent import interpolation
from vae_core.runs.run import open_run, read_codes

TWENTY_FRAMES = """async () => {
    for (let n = 0; n < 20; n++) await new Promise(requestAnimationFrame);
}"""

_TOLD = """words => {
    window.told = [];
    const all = { childList: true, characterData: true, subtree: true };
    new MutationObserver(() => told.push(words.textContent)).observe(words, all);
}"""


def test_choose_play_scrub_and_come_back_by_the_link(paths: Callable[..., Paths]) -> None:
    there = (
        paths().open(paths_model=RUN, paths_speed="60", paths_frames="60").unfold("stop-more").unfold("measurements")
    )
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
    expect(there.part("when")).not_to_have_text("frame 1 of 60")
    there.part("play").click()
    expect(there.part("play")).to_have_attribute("aria-label", "Play")
    paused = there.settle().part("when").inner_text()
    there.page.evaluate(TWENTY_FRAMES)
    assert there.part("when").inner_text() == paused
    there.part("scrub").focus()
    there.page.keyboard.press("Home")
    for _ in range(20):
        there.page.keyboard.press("ArrowRight")
    expect(there.part("when")).to_have_text("frame 21 of 60")
    z = interpolation.through(
        torch.from_numpy(read_codes(open_run(ROOT / "models" / RUN)).mu[[18, 1, 1]]).float(), 60, "linear"
    )
    steps = (z[1:] - z[:-1]).norm(dim=1)
    shown = [float(part) for part in there.part("latentLength-linear").inner_text().split("/")]
    assert shown == pytest.approx([float(steps[:20].sum()), float(steps.sum())], abs=0.006)
    assert all(there.picture(kind) != was for kind, was in zip(("linear", "spherical", "geodesic"), first, strict=True))
    assert there.settle().link()["paths_frame"] == "20"
    shown, link = there.picture("geodesic"), there.link()
    again = paths().open(**link).geodesic()
    expect(again.part("when")).to_have_text("frame 21 of 60")
    assert again.picture("geodesic") == shown


def test_a_number_that_is_being_typed_stays_when_pictures_arrive_and_one_that_is_none_goes(
    paths: Callable[..., Paths],
) -> None:
    there, held, away = paths(), [], True
    there.page.route("**/lab/images/**", lambda route: held.append(route) if away else route.continue_())
    there.open(paths_model=RUN, paths_stops="0,1").unfold("stop-more")
    number = there.part("stop-number")
    number.fill("18")
    away = False
    with there.page.expect_response("**/lab/images/**") as arrived:
        for route in held:
            route.continue_()
    arrived.value.finished()
    there.page.evaluate(TWENTY_FRAMES)
    number.press("Enter")
    assert there.settle().link()["paths_stops"] == "18,1"
    number.fill("-1")
    number.press("Enter")
    expect(number).to_have_value("18")


def test_without_the_loop_the_clock_ends_at_the_last_frame(paths: Callable[..., Paths]) -> None:
    there = paths().open(paths_model=RUN, paths_speed="6", paths_frames="4", paths_loop="0")
    there.part("when").evaluate(_TOLD)
    there.part("play").click()
    expect(there.part("play")).to_have_attribute("aria-label", "Pause")
    expect(there.part("play")).to_have_attribute("aria-label", "Play")
    expect(there.part("when")).to_have_text("frame 4 of 4")
    assert "frame 1 of 4" not in there.page.evaluate("told")


def test_another_number_of_frames_is_shown_at_once(paths: Callable[..., Paths]) -> None:
    there = paths().open(paths_model=RUN, paths_frames="12").geodesic()
    there.part("frames").fill("9")
    there.part("frames").press("Enter")
    for kind, name in (("linear", "Linear"), ("spherical", "Spherical"), ("geodesic", "Geodesic")):
        expect(there.part(f"strip-{kind}")).to_have_attribute("aria-label", f"{name}: 9 of 9 frames")
    assert there.settle().link()["paths_frames"] == "9"


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
    there = paths().open(paths_model=RUN).unfold("stop-more").unfold("measurements")
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


def test_undo_takes_back_the_strokes_of_the_chosen_stop_only(paths: Callable[..., Paths]) -> None:
    there = paths().open(paths_model=RUN, paths_stops="3,7").unfold("stop-more")
    there.page.get_by_text("Draw it yourself").click()
    canvas, undo = there.part("draw").bounding_box(), there.page.get_by_role("button", name="Undo the last stroke")
    drawn = lambda link: link["paths_stops"].split(",")[0]  # noqa: E731
    seen = ["3"]
    for across in (0.3, 0.7):
        x = canvas["x"] + across * canvas["width"]
        there.page.mouse.move(x, canvas["y"] + 0.2 * canvas["height"])
        there.page.mouse.down()
        there.page.mouse.move(x, canvas["y"] + 0.8 * canvas["height"], steps=5)
        there.page.mouse.up()
        seen.append(drawn(there.until(lambda link: drawn(link) not in seen)))
    there.part("stop").last.click()
    undo.click()
    expect(there.part("stop").last).to_contain_text("B")
    assert there.settle().link()["paths_stops"] == f"{seen[2]},7"
    there.part("stop").first.click()
    undo.click()
    there.until_link(paths_stops=f"{seen[1]},7")
    undo.click()
    there.until(lambda link: drawn(link) not in seen[1:])


def test_the_clock_stops_where_no_way_is_left(paths: Callable[..., Paths]) -> None:
    there = paths().open(paths_model=RUN, paths_stops="3,7").unfold("stop-more")
    there.part("play").click()
    expect(there.part("play")).to_have_attribute("aria-label", "Pause")
    there.part("remove-stop").click()
    expect(there.part("play")).to_have_attribute("aria-label", "Play")
    there.until_link(paths_stops="7")


def test_what_cannot_be_travelled_is_said_and_has_a_way_on(paths: Callable[..., Paths]) -> None:
    there = paths().open(paths_model=RUN, paths_stops="5")
    expect(there.part("problem")).to_contain_text("needs two pictures")
    expect(there.part("play")).to_be_disabled()
    there.part("add-stop").click()
    expect(there.part("problem")).to_be_hidden()
    same = paths().open(paths_model=RUN, paths_stops="5,5")
    expect(same.part("problem")).to_contain_text("the same code")
    same.part("stop").first.click()
    same.unfold("stop-more")
    same.page.get_by_role("button", name="Next image").click()
    expect(same.part("problem")).to_be_hidden()


@pytest.mark.parametrize(("run", "words"), [(ONE, "one dimension"), (MANY, "200 dimensions")])
def test_one_dimension_and_two_hundred(paths: Callable[..., Paths], run: str, words: str) -> None:
    there = (
        paths().open(paths_model=run, paths_stops="0,3", paths_hand="-500.0.500.0").geodesic().unfold("measurements")
    )
    expect(there.part("latentLength-hand")).to_have_text("0.00 / 1.00")
    expect(there.page.get_by_text(words, exact=False).first).to_be_visible()
    assert there.part("length-linear").inner_text() != there.part("length-geodesic").inner_text() or run == ONE


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
    there.open(paths_model=RUN, paths_stops="3,7").geodesic().unfold("stop-more")
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
