"""The guides that a page opens: their text, without links that lead nowhere in the app."""

import re

import pytest
from streamlit.testing.v1 import AppTest

from ui import guide


@pytest.mark.parametrize("name", ["lessons", "teaching", "own-models"])
def test_a_guide_has_a_title_and_no_link_to_a_file(name: str) -> None:
    title, text = guide.read(name)
    assert title
    assert not title.startswith("#")
    targets = re.findall(r"\]\(([^)]*)\)", text)
    assert all(target.startswith("http") for target in targets)


def test_its_button_opens_it() -> None:
    def page() -> None:
        from ui import guide

        guide.button("How to write a lesson", "lessons")

    test = AppTest.from_function(page).run()
    assert not test.markdown
    test.button[0].click().run()
    assert not test.exception
    assert "Copy lessons/TEMPLATE.toml" in "".join(part.value for part in test.markdown)
