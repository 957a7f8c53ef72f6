"""Which part of a link a room carries from component to component, and which takes a run of the page."""

from ui import link
from ui.argument import link as argument
from ui.normal_map import view as normal_map
from ui.paths import view as paths
from ui.room import LIVE, MODELS
from ui.training import visit as training

PAGES = (link.PARAMS, argument.PARAMS, normal_map.PARAMS, paths.PARAMS, training.PARAMS)
# What only Python computes from: the exact posterior and the draws of x, the run that is trained, the form.
RUN = {"large_x", "large_drawing", "large_sigma", "large_n", "large_seed", "run", "train_preset"}


def test_each_part_of_a_link_is_carried_or_runs_the_page() -> None:
    every = {param.name for params in PAGES for param in params}
    assert set(LIVE) == every - RUN
    assert not set(MODELS) & every
    assert len(LIVE) == len(set(LIVE))
