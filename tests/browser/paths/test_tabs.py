"""Beside the ways: dimensions swept, a grid of four, differences of groups, known factors."""

import base64
import re
from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import whole
from tests.browser.paths.paths_driver import READY, RUN, Paths
from tests.server import ROOT
from vae_core import data
from vae_core.latent import disentanglement
from vae_core.runs.run import open_run, read_codes


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


def test_a_grid_adds_its_missing_corners_and_names_all_four(paths: Callable[..., Paths]) -> None:
    there = paths().open(paths_model="fashion-5d", paths_stops="18")
    there.page.get_by_text("Grid of four").click()
    expect(there.part("stop")).to_have_count(4)
    there.settle()  # also painted
    stops = there.link()["paths_stops"].split(",")
    assert stops[0] == "18"
    labels = data.load("fashion-mnist", "test").labels
    assert len({labels[int(stop)] for stop in stops}) == 4
    by_link = paths().open(paths_model="fashion-5d", paths_do="grid", paths_stops="18")
    expect(by_link.part("stop")).to_have_text(there.part("stop").all_text_contents())
    pictures = [there.part(f"grid-{kind}").evaluate("canvas => canvas.toDataURL()") for kind in ("linear", "spherical")]
    assert pictures[0] != pictures[1]
    grid = there.part("grid-linear").bounding_box()
    corners = [corner.bounding_box() for corner in there.page.locator(".corner").all()[:4]]
    middle = (grid["x"] + grid["width"] / 2, grid["y"] + grid["height"] / 2)
    assert [(box["x"] > middle[0], box["y"] > middle[1]) for box in corners] == [
        (False, False),
        (True, False),
        (False, True),
        (True, True),
    ]
    there.unfold("stop-more")
    expect(there.part("remove-stop")).to_be_disabled()


def test_a_difference_opens_on_groups_that_it_tells_apart(paths: Callable[..., Paths]) -> None:
    """Faces with and without glasses; of clothes the class that stands out most. The link stays empty."""
    there = paths().open(paths_model="faces-16d", paths_do="add")
    expect(there.part("verdict")).to_have_text("Clear", timeout=30_000)
    expect(there.part("group-plus")).to_have_value("rest")
    expect(there.part("group-minus").locator("option:checked")).to_have_text("no glasses")
    assert there.settle().link() == {"paths_model": "faces-16d", "paths_do": "add"}
    clothes = paths().open(paths_model=RUN, paths_do="add")
    expect(clothes.part("verdict")).to_have_text("Clear")
    clothes.part("group-plus").select_option("class.0")
    assert clothes.until(lambda link: "paths_plus" in link)["paths_plus"] == "class.0"
    assert "paths_minus" not in clothes.link()
    old = paths().open(paths_model="faces-16d", paths_do="add", paths_plus="class.1")
    expect(old.part("group-minus")).to_have_value("rest")


def test_each_tab_begins_with_what_it_is_for(paths: Callable[..., Paths]) -> None:
    there = paths().open(paths_model=RUN)
    expect(there.part("lead")).to_contain_text("Press Play")
    for tab, words in (("dimensions", "one number"), ("grid", "corners"), ("add", "difference")):
        there.page.get_by_role("radio").and_(there.part(f"do-{tab}")).check(force=True)
        expect(there.part("lead")).to_contain_text(words)
        expect(there.part("lead")).not_to_contain_text("Play")


def test_a_difference_is_added_judged_and_refused_where_it_says_nothing(paths: Callable[..., Paths]) -> None:
    there = paths().open(paths_model=RUN, paths_do="add", paths_plus="class.1", paths_minus="rest")
    expect(there.part("separation")).to_contain_text("50 % = guessing")
    before = there.part("added").evaluate("canvas => canvas.toDataURL()")
    there.part("strength").focus()
    there.page.keyboard.press("End")
    there.until_link(paths_strength="3")
    assert there.part("added").evaluate("canvas => canvas.toDataURL()") != before
    there.part("group-minus").select_option("class.1")
    expect(there.part("add-problem")).to_contain_text("so there is no direction")
    there.part("lasso-minus").click()
    there.drag((0.97, 0.97), (0.98, 0.98), (0.97, 0.98))
    expect(there.part("add-problem")).to_contain_text("4 are needed")
    there.part("lasso-minus").click()
    there.drag((0.1, 0.3), (0.4, 0.4), (0.5, 0.7), (0.15, 0.7))
    expect(there.part("add-problem")).to_be_hidden()
    expect(there.part("analogy-words")).to_contain_text("three stops")
    there.part("add-stop").click()
    expect(there.part("analogy")).to_be_visible()
    drawn = there.settle().link()
    assert drawn["paths_minus"].startswith("lasso.")
    assert drawn["paths_stops"].count(",") == 2
    codes = read_codes(open_run(ROOT / "models" / RUN)).mu.astype(float)
    a, b, c = codes[[int(stop) for stop in drawn["paths_stops"].split(",")]]
    far = np.linalg.norm(codes - (c + b - a), axis=1)
    expect(there.page.get_by_text("nearest test picture,")).to_contain_text(f"{far.argmin():,}: {far.min():.2f} away")
    again = paths().open(**drawn)
    expect(again.part("separation")).to_have_text(there.part("separation").inner_text())


def test_the_lasso_is_put_away_with_its_tab(paths: Callable[..., Paths]) -> None:
    there = paths().open(paths_model=RUN, paths_do="add")
    there.part("lasso-plus").click()
    expect(there.part("lasso-plus")).to_have_attribute("aria-pressed", "true")
    there.page.get_by_text("Between pictures").click()
    expect(there.part("strip-linear")).to_be_visible()
    expect(there.part("paths-map")).not_to_have_class(re.compile("lassoing"))


def test_no_code_of_the_model_before_is_decoded_by_the_next(paths: Callable[..., Paths]) -> None:
    """A drawn stop has no code until the encoder of its model has come."""
    grey, other = base64.urlsafe_b64encode(b"\x77" * 392).decode().rstrip("="), "fashion-20d"
    there = paths().open(paths_model=RUN, paths_do="dimensions", paths_stops=f"drawn.{grey},7")
    expect(there.part("sheet-row")).to_have_count(2)
    there.page.route("**/encoder.safetensors", lambda _: None)  # it never comes
    with there.page.expect_request(f"**/{other}/*/encoder.safetensors"):
        there.open_within(**there.link() | {"paths_model": other})
    there.settle()
    expect(there.part("sheet-row")).to_have_count(2)


def test_a_poor_direction_looks_poor_and_one_between_like_groups_means_nothing(paths: Callable[..., Paths]) -> None:
    there = paths().open(paths_model=RUN, paths_do="add", paths_plus="class.1")
    expect(there.part("verdict")).to_have_text("Clear")
    faces = paths().open(paths_model="faces-16d", paths_do="add", paths_plus="factor.4.0")
    expect(faces.part("separation")).to_contain_text("339 pictures with, 1,661 without", timeout=30_000)
    expect(faces.part("verdict")).to_have_text(re.compile("Poor|No direction"))
    faces.part("group-plus").select_option("factor.9.0")
    expect(faces.part("separation")).to_contain_text("1,428 pictures with")
    faces.until_link(paths_plus="factor.9.0")
    for group, verdict in (("factor.2.5", "No direction"), ("factor.5.1", "Poor")):  # 1.7 and 2.3 errors from chance
        faces.part("group-plus").select_option(group)
        expect(faces.part("verdict")).to_have_text(verdict)


def read_cells(there: Paths) -> list[float]:
    return [float(text) for text in there.part("matrix-cell").all_inner_texts()]


def test_known_factors_are_scored_and_a_cell_shows_its_dimension_and_its_groups(
    paths: Callable[..., Paths], monkeypatch: pytest.MonkeyPatch
) -> None:
    for repeats in ("_PARTS", "_SEEDS"):  # how large the errors are is asked of the core
        monkeypatch.setattr(disentanglement, repeats, 2)
    there = paths().open(paths_model="faces-16d", paths_do="factors")
    expect(there.part("matrix")).to_be_visible(timeout=READY)
    expect(there.part("matrix-cell")).to_have_count(16 * 11)
    for n in range(5):
        expect(there.part(f"score-{n}")).to_have_text(re.compile(r"^0\.\d{2,4} ± 0\.\d{2,4}$"))
    expect(there.part("sweep")).to_be_hidden()
    values = read_cells(there)
    most = there.part("matrix-cell").nth(values.index(max(values)))
    dimension, factor = (int(most.get_attribute(f"data-{name}")) for name in ("dimension", "factor"))
    most.click()
    expect(there.part("sweep-film")).to_be_visible()
    expect(there.part("held")).to_be_visible()
    expect(there.part("separation")).to_contain_text("pictures with")
    there.until_link(paths_dimension=str(dimension + 1), paths_factor=str(factor + 1))
    assert there.link()["paths_plus"].startswith(f"factor.{factor}.")
    there.page.keyboard.press("ArrowDown")
    there.page.keyboard.press("Enter")
    there.page.wait_for_function(
        "was => new URLSearchParams(location.search).get('paths_dimension') !== was", arg=str(dimension + 1)
    )
    there.page.get_by_text("Votes", exact=True).click()
    there.until_link(paths_measure="votes")
    assert sum(read_cells(there)) == 1600
    again = paths().open(**there.link())
    expect(again.part("held")).to_be_visible(timeout=READY)
    assert whole(again.page) == []


def test_where_no_factors_are_known_it_is_said_and_one_class_leaves_no_others(paths: Callable[..., Paths]) -> None:
    there = paths().open(paths_model=RUN, paths_do="factors")
    expect(there.part("scores-status")).to_contain_text("no known factors")
    one = paths().open(paths_model=RUN, paths_do="add", paths_plus="rest", paths_minus="rest")
    expect(one.part("add-problem")).to_contain_text("none are left for the other")
