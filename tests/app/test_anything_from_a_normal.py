"""Anything from a normal without a browser: what the page says, its link, and what it hands the component."""

import base64
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from tests.app.app_test_page import link_of, opened
from ui.pages.anything_from_a_normal import component, url
from ui.pages.anything_from_a_normal.url import View
from vae_core.transport import targets

PAGE = Path(__file__).parents[2] / "pages" / "anything_from_a_normal.py"
DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@pytest.fixture
def page() -> Callable[..., AppTest]:
    def open_link(**params: str) -> AppTest:
        return opened(AppTest.from_file(str(PAGE), default_timeout=30), params)

    return open_link


def drawings(count: int) -> st.SearchStrategy[str]:
    return st.text(DIGITS, min_size=count, max_size=count).filter(lambda text: text.strip("A"))


@st.composite
def views(draw: st.DrawFn) -> View:
    """Any view that the component can settle on."""
    name = draw(st.sampled_from(url.LINE + url.PLANE))
    number = st.floats(-url.FARTHEST, url.FARTHEST).map(lambda v: round(v, 4) + 0.0)
    diagonal, other = (st.floats(low, url.MOST).map(lambda v: round(v, 4) + 0.0) for low in (url.LEAST, -url.MOST))
    return View(
        map=name,
        t=draw(st.floats(0, 1).map(lambda v: round(v, 4))),
        n=draw(st.integers(10, 10_000)),
        seed=draw(st.integers(0, 2**31 - 1)),
        z=draw(st.none() | st.tuples(*[number] * (2 if name in url.PLANE else 1))),
        show=draw(st.sets(st.sampled_from(url.SHOWN)).map(lambda s: tuple(v for v in url.SHOWN if v in s))),
        lower=(draw(diagonal), draw(other), draw(diagonal)),
        curve=draw(st.none() | drawings(url.KNOTS)),
        target=draw(st.sampled_from(url.TARGETS)),
        width=draw(st.sampled_from(url.WIDTHS)),
        depth=draw(st.sampled_from(url.DEPTHS)),
        steps=draw(st.integers(0, url.MOST_STEPS)),
    )


@given(views())
def test_a_written_link_is_read_back_and_what_the_component_emits_is_kept(shown: View) -> None:
    params = dict(parse_qsl(urlencode(url.write(shown)), keep_blank_values=True))
    assert url.read(params) == (shown, [])
    emitted = {name: list(value) if isinstance(value, tuple) else value for name, value in vars(shown).items()}
    assert url.from_component(emitted) == shown


def test_the_page_opens_on_the_line_and_says_its_claim(page: Callable[..., AppTest]) -> None:
    test = page()
    assert not test.exception
    assert test.title[0].value == "Anything from a normal"
    assert "any distribution in d dimensions" in test.markdown[0].value
    assert not test.warning
    assert link_of(test) == {}


def test_a_link_is_shown_and_left_as_it_is(page: Callable[..., AppTest]) -> None:
    asked = {"normal_map": "ring", "normal_t": "0.5", "normal_z": "1,-0.5", "normal_seed": "7", "normal_n": "200"}
    test = page(**asked)
    assert not test.warning
    assert test.session_state["normal_visit"].view.z == (1.0, -0.5)
    assert link_of(test) == asked


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("normal_map", "cube", "one of bimodal"),
        ("normal_t", "2", "a number from 0 to 1"),
        ("normal_t", "nan", "a number from 0 to 1"),
        ("normal_n", "9", "a whole number from 10 to 10000"),
        ("normal_seed", "-1", "a whole number"),
        ("normal_z", "1,2", "one number from -3.6 to 3.6"),
        ("normal_show", "grid,<script>", "some of density, grid, points, volume"),
        ("normal_lower", "0.1,0,1", "the first and last from 0.3 to 3"),
        ("normal_curve", "A" * 64, "some mass"),
        ("normal_picture", "B" * 7, "1024 base64url digits"),
        ("normal_width", "5", "one of 2, 4, 8, 16, 32"),
        ("normal_steps", "1e3", "a whole number from 0 to 20000"),
        ("normal_zz", "1", "does not know"),
    ],
)
def test_what_cannot_be_is_a_sentence_and_a_default(
    page: Callable[..., AppTest], name: str, text: str, expected: str
) -> None:
    test = page(**{name: text})
    assert not test.exception
    assert len(test.warning) == 1
    said = test.warning[0].value.replace("\\", "")
    assert name in said
    assert expected in said
    assert test.session_state["normal_visit"].view == View()
    assert link_of(test) == {}


def test_the_tables_are_those_of_the_core_and_every_fold_has_its_lines() -> None:
    given = component.data(View())
    for name, text in given["given"]["tables"].items():
        assert base64.b64decode(text) == targets.table(name).tobytes()
    assert set(given["given"]["tables"]) <= set(url.PLANE)
    for fold in given["folds"].values():
        assert "<math" in fold["maths"]
        assert "def " in fold["code"]
