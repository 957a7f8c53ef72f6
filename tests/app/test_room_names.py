"""Which part of a link a room carries from component to component, and which takes a run of the page."""

import re
from pathlib import Path

import pytest

from ui import link
from ui.argument import link as argument
from ui.normal_map import view as normal_map
from ui.paths import view as paths
from ui.room import LIVE, MODELS
from ui.served import ASSETS
from ui.training import visit as training

PAGES = {
    "latent_pad/static/pad.js": link.PARAMS,
    "likelihood_map/static/map.js": argument.PARAMS,
    "normal_map/static/main.js": normal_map.PARAMS,
    "path_view/static/main.js": paths.PARAMS,
}
# What only Python computes from: the exact posterior and the draws of x, the run that is trained, the form.
RUN = {"large_x", "large_drawing", "large_sigma", "large_n", "large_seed", "run", "train_preset"}


def test_each_part_of_a_link_is_carried_or_runs_the_page() -> None:
    every = {param.name for params in (*PAGES.values(), training.PARAMS) for param in params}
    assert set(LIVE) == every - RUN
    assert not set(MODELS) & every
    assert len(LIVE) == len(set(LIVE))


@pytest.mark.parametrize("module", PAGES)
def test_what_a_component_takes_field_by_field_is_of_its_view(module: str) -> None:
    text = Path(ASSETS / module).read_text(encoding="utf-8")
    fields = {param.field for param in PAGES[module]}
    for name in ("light", "smooth"):
        (listed,) = re.findall(rf"^  {name}: \[(.*)\],$", text, re.MULTILINE)
        assert set(re.findall(r'"(\w+)"', listed)) <= fields
    (smooth,), (light,) = (re.findall(rf"^  {name}: \[(.*)\],$", text, re.MULTILINE) for name in ("smooth", "light"))
    assert set(smooth.split(", ")) <= set(light.split(", "))
