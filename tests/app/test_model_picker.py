"""The list of models: shipped ones first, then one's own, another visitor's only once a link has opened it."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.app_test_page import opened
from tests.app.runs import make_run, write_json
from ui.runs import catalogue
from ui.server import user_cookie
from vae_core.runs.run import FOLDER_VARIABLE

FRAME = Path(__file__).parents[2] / "ui" / "server" / "frame.py"
OFFERED = ["Garments", "Garments · server", "Yours · Garments", "Yours · Digits"]


@pytest.fixture
def owned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shipped model, one from the command line of the same title, two of this visitor, and one of another."""
    monkeypatch.setattr(catalogue, "ROOT", tmp_path)
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "runs"))
    monkeypatch.setattr(user_cookie, "current_user", lambda: "me")
    make_run(tmp_path / "models" / "shipped", title="Garments")
    for name, owner, title in (
        ("copy", "me", "Garments"),
        ("digits", "me", "Digits"),
        ("foreign", "other", "Garments"),
        ("server", None, "Garments"),
    ):
        write_json(make_run(tmp_path / "runs" / name, title=title) / "request.json", {"title": title, "owner": owner})


def options(**link: str) -> list[str]:
    test = opened(AppTest.from_file(str(FRAME), default_timeout=30), link)
    assert not test.exception
    assert not test.warning
    return test.selectbox(key="map_model").options


def test_others_models_are_not_in_the_list_and_a_copy_renames_none(owned: None) -> None:
    assert options() == OFFERED


def test_a_link_opens_anothers_model_and_puts_it_into_the_list(owned: None) -> None:
    assert options(map_model="foreign") == [*OFFERED, "Another visitor's · Garments"]
