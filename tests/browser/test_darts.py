"""The darts in a real browser: alone, what the table says against Python; in a class, each member throws one."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from playwright.sync_api import Locator, Page, expect

from tests.browser.journeys.test_room import PATIENCE, Seat, place  # noqa: F401  (a fixture)
from tests.browser.settle import settle
from ui.pages.where_p_is_large import darts
from ui.pages.where_p_is_large.selected_x import select_example
from ui.pages.where_p_is_large.url import AIMS
from ui.runs.catalogue import read_entry
from vae_core.estimators.running_estimate import running

ROOT = Path(__file__).parents[2]
MODEL = "fashion-2d-gaussian"
PAGE = "/where-p-is-large?large_chapter=darts"


def table(page: Page) -> Callable[[str, str], Locator]:
    return lambda row, aim: page.get_by_test_id(f"{row}-{aim}")


def test_the_table_is_what_the_weights_say(server: str, new_page: Callable[..., Page]) -> None:
    throws = darts.throws_of(select_example(read_entry(ROOT / "models" / MODEL), 0, None, 0))
    page = new_page(1440, 900)
    page.goto(f"http://{server}{PAGE}")
    cell = table(page)
    expect(page.get_by_test_id("darts-words")).to_contain_text("each dart is one z from the prior", timeout=PATIENCE)
    expect(cell("thrown", "prior")).to_have_text("0")
    page.get_by_test_id("throw-150").click()
    page.get_by_test_id("aim-encoder").click()
    for _ in range(3):
        page.get_by_test_id("throw-10").click()
    for aim, n in zip(AIMS, (150, 30), strict=True):
        race = running(throws.log_w[aim][:n])
        hits = int((throws.log_px_z[aim][:n] >= throws.log_px).sum())
        expect(cell("thrown", aim)).to_have_text(str(n))
        expect(cell("hits", aim)).to_have_text(str(hits))
        off = race.log_px[-1].item() - throws.log_px
        assert float(cell("off", aim).inner_text()) == pytest.approx(off, abs=0.006)
        share = torch.softmax(throws.log_w[aim][:n], 0).max().item()
        assert float(cell("share", aim).inner_text().rstrip(" %")) == pytest.approx(100 * share, abs=0.51)
    settle(page)
    for part in ("large_darts_aim=encoder", "large_darts_prior=150", "large_darts_encoder=30"):
        expect(page).to_have_url(re.compile(part))
    page.reload()
    expect(cell("thrown", "encoder")).to_have_text("30", timeout=PATIENCE)
    page.get_by_role("button", name="Take them back").click()
    expect(cell("thrown", "encoder")).to_have_text("0")
    expect(cell("thrown", "prior")).to_have_text("150")


def test_a_class_throws_and_the_teachers_page_counts(place, new_page: Callable[..., Page]) -> None:  # noqa: F811
    teacher, ann = Seat(new_page(fresh=True), place.address), Seat(new_page(390, 844, fresh=True), place.address)
    code = teacher.open(PAGE).start()
    cell = table(teacher.page)
    ann.open().join(code)
    ann.follows()
    expect(ann.page.get_by_test_id("darts-words")).to_be_visible(timeout=PATIENCE)
    teacher.page.get_by_test_id("class-throws").click(timeout=PATIENCE)
    expect(teacher.page.get_by_test_id("class-thrown")).to_have_text("0 darts from the class so far")
    expect(teacher.page.get_by_test_id("question")).to_be_hidden()
    question = ann.page.get_by_test_id("question")
    expect(question).to_contain_text("your z is a sample of the prior p(z)")
    question.get_by_role("button", name="Throw").click()
    expect(question).to_contain_text("Your dart is number 1.")
    expect(question.get_by_role("button", name="Throw")).to_have_count(0)
    expect(teacher.page.get_by_test_id("class-thrown")).to_have_text("1 dart from the class so far")
    for page in (teacher.page, ann.page):
        expect(table(page)("thrown", "prior")).to_have_text("1", timeout=PATIENCE)
    teacher.page.get_by_role("button", name="End the round").click()
    expect(teacher.page.get_by_test_id("throw-10")).to_be_visible()
    teacher.page.get_by_test_id("throw-10").click()
    expect(cell("thrown", "prior")).to_have_text("11")
    expect(table(ann.page)("thrown", "prior")).to_have_text("11", timeout=PATIENCE)
    teacher.page.get_by_test_id("aim-encoder").click()
    teacher.page.get_by_test_id("class-throws").click()
    expect(question).to_contain_text("the encoder aims")
    question.get_by_role("button", name="Throw").click()
    expect(cell("thrown", "encoder")).to_have_text("1", timeout=PATIENCE)
    expect(cell("thrown", "prior")).to_have_text("11")
