"""A view is cited with its link, its model and the version of the app; what is no view stays out of the link."""

from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.app_test_page import opened
from tests.app.runs import make_run
from ui.citation import citation
from ui.runs import catalogue
from vae_core import __version__
from vae_core.runs.run import FOLDER_VARIABLE

FRAME = Path(__file__).parents[2] / "ui" / "server" / "frame.py"
DAY = date(2026, 11, 30)


def test_a_citation_is_a_sentence_and_an_entry_in_which_nothing_is_a_command() -> None:
    sentence, bibtex = citation("http://here/?map_z=0,{1}", "Latent map", r"50 % of \it{x}_1 & y", DAY)
    assert sentence.startswith(f"VAE Lab {__version__}: Latent map, 50 % of")
    assert "http://here/?map_z=0,{1} (seen on 2026-11-30)" in sentence
    assert r"50 \% of \textbackslash{}it\{x\}\_1 \& y" in bibtex
    assert r"howpublished = {\url{http://here/?map_z=0,%7B1%7D}}" in bibtex


def test_the_view_that_is_shown_is_cited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "ROOT", tmp_path / "elsewhere")
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "runs"))
    make_run(tmp_path / "runs" / "mine", title="My own model")
    test = opened(
        AppTest.from_file(str(FRAME), default_timeout=60), {"map_z": "0.5,0.25", "lock": "sliders", "room": "KXR4TM"}
    )
    test.button(key="citation").click().run()
    sentence, bibtex = (code.value for code in test.code[-2:])
    assert "Latent map, My own model" in sentence
    assert "map_z=0.5,0.25" in sentence
    assert "lock" not in sentence
    assert "KXR4TM" not in sentence + bibtex
    assert bibtex.startswith("@misc{vae-lab-")
