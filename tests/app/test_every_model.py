"""Every page opens on every shipped model, and "Where p(x|z) is large" at every chapter: no traceback, no refusal."""

from pathlib import Path

import pytest
import torch
from streamlit.testing.v1 import AppTest

from tests.app.app_test_page import opened
from tests.promise_cases import few
from ui.pages.where_p_is_large.selected_x import for_people, two_latents
from ui.pages.where_p_is_large.url import CHAPTERS
from ui.runs import catalogue
from vae_core.runs.run import open_run

ROOT = Path(__file__).parents[2]
FRAME, MODELS = ROOT / "ui" / "server" / "frame.py", ROOT / "models"
SHIPPED = sorted(path.name for path in MODELS.iterdir())
PLANES = [name for name in SHIPPED if open_run(MODELS / name).config.model.latent_dim == 2]


def page(name: str, **link: str) -> AppTest:
    """A page of the app, opened by a link."""
    return opened(AppTest.from_file(str(FRAME), default_timeout=120).run().switch_page(f"../../pages/{name}.py"), link)


def assert_open(test: AppTest) -> None:
    assert not test.exception
    assert not test.error
    assert not [warning.value for warning in test.warning]


def test_the_planes_are_those_that_the_page_offers() -> None:
    assert sorted(two_latents(catalogue.catalogue().runs)) == PLANES


@pytest.mark.parametrize("model", SHIPPED)
@pytest.mark.parametrize(("name", "parameter"), [("latent_map", "map_model"), ("paths", "paths_model")])
def test_a_page_about_any_model_opens(name: str, parameter: str, model: str) -> None:
    test = page(name, **{parameter: model})
    assert_open(test)
    assert test.selectbox(key=parameter).value == model


CASES = [f"{chapter} of {model}" for chapter in CHAPTERS for model in SHIPPED]
# The models on the plane, and one that is not; the others of more latents are a promise.
IN_SHORT = [case for case in CASES if case.split(" of ")[1] in PLANES] + ["race of shapes-8d", "darts of shapes-8d"]


@pytest.mark.slow
@pytest.mark.parametrize("case", few(CASES, IN_SHORT))
def test_every_chapter_opens_on_every_model(case: str) -> None:
    chapter, model = case.split(" of ")
    test = page("where_p_is_large", large_chapter=chapter, large_model=model)
    assert_open(test)


@pytest.mark.parametrize("name", sorted({path.stem for path in (ROOT / "pages").glob("*.py")}))
def test_every_page_opens(name: str) -> None:
    assert_open(page(name))


def test_a_mean_outside_of_black_and_white_is_shown_as_far_as_it_goes() -> None:
    shown = for_people(torch.tensor([[[-0.3, 0.5, 1.2]]]), 1)
    assert shown.tolist() == [[0.0, 0.5, 1.0]]
    assert for_people(torch.full((3, 2, 2), 1.5), 2).shape == (4, 4, 3)
