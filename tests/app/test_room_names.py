"""Which part of a link a room carries from component to component, and which takes a run of the page."""

from ui.classroom.component import LIVE, MODELS
from ui.pages.anything_from_a_normal import url as normal_map
from ui.pages.latent_map import url as latent_map
from ui.pages.other_families import url as families
from ui.pages.paths import url as paths
from ui.pages.train import url as train
from ui.pages.where_p_is_large import url as argument

PAGES = (
    latent_map.FIELDS,
    argument.FIELDS,
    argument.DARTS,
    normal_map.FIELDS,
    paths.FIELDS,
    train.FIELDS,
    families.FIELDS,
)
# What only Python computes from: the exact posterior and the draws of x, the run that is trained, the form.
RUN = {"large_x", "large_drawing", "large_sigma", "large_n", "large_seed", "run", "train_preset"}


def test_each_part_of_a_link_is_carried_or_runs_the_page() -> None:
    every = {field.name for fields in PAGES for field in fields}
    assert set(LIVE) == every - RUN
    assert not set(MODELS) & every
    assert len(LIVE) == len(set(LIVE))
