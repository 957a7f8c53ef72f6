"""The link of Other families, and the page without a browser."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from tests.app.app_test_page import opened
from ui.pages.other_families import url
from ui.pages.other_families.url import View

FRAME = str(Path(__file__).parents[2] / "ui" / "server" / "frame.py")
VIEWS = st.builds(
    View,
    chapter=st.sampled_from(url.CHAPTERS),
    machine=st.sampled_from(url.MACHINES),
    method=st.sampled_from(url.METHODS),
    k=st.sampled_from(url.SWEEPS),
    rate=st.sampled_from(url.RATES),
    seed=st.integers(0, 2**31 - 1),
    steps=st.integers(0, url.MOST_STEPS),
    writer=st.sampled_from(url.WRITERS),
    order=st.sampled_from(url.ORDERS),
    picture=st.integers(0, url.PICTURES),
    draw=st.integers(0, 2**31 - 1),
    place=st.integers(0, url.PIXELS),
    pixel=st.integers(0, url.PIXELS),
    flip=st.integers(0, 1),
    small=st.sampled_from(url.WRITERS),
    pace_small=st.sampled_from(url.SMALL_RATES),
    small_steps=st.integers(0, url.MOST_SMALL_STEPS),
    target=st.sampled_from(url.TARGETS),
    drawn=st.none() | st.text("ABCz09-_", min_size=1024, max_size=1024).filter(lambda text: text.strip("A")),
    modes=st.sampled_from(url.MODES),
    pace=st.sampled_from(url.PACES),
    generator_steps=st.sampled_from(url.GENERATOR_STEPS),
    rounds=st.integers(0, url.MOST_ROUNDS),
    sharpness=st.integers(0, 400).map(lambda n: n / 100),
    sort=st.sampled_from(url.COLUMNS),
    row=st.sampled_from(url.ROWS),
    noise=st.integers(20, 300).map(lambda n: n / 100),
)


@given(VIEWS)
def test_a_link_gives_its_view_back(view: View) -> None:
    found, problems = url.read(url.write(view))
    assert (found, problems) == (view, [])
    assert url.from_component(vars(view)) == view


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("families_machine", "gan", "rbm"),
        ("families_steps", "20001", "0 to 20000"),
        ("families_noise", "0", "from 0.2 to 3"),
        ("families_rate", "fast", "0.05"),
        ("families_colour", "red", "families_colour"),
    ],
)
def test_a_link_that_asks_for_what_cannot_be_is_a_sentence(name: str, value: str, sentence: str) -> None:
    view, [problem] = url.read({name: value})
    assert view == View()
    assert sentence in problem


def test_the_page_opens_with_its_sentences() -> None:
    test = AppTest.from_file(FRAME, default_timeout=60).run()
    opened(test.switch_page("../../pages/other_families.py"), {"families_steps": "many"})
    assert not test.exception
    assert any("families\\_steps" in warning.value for warning in test.warning)
