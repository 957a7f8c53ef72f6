"""The folds say what this model is, not what most models are."""

from pathlib import Path

import pytest

from ui.pages.latent_map.explanations import folds
from ui.runs.catalogue import read_entry

MODELS = Path(__file__).parents[2] / "models"


@pytest.mark.parametrize("name", sorted(path.name for path in MODELS.iterdir()))
def test_the_mean_in_the_fold_is_the_mean_of_the_model(name: str) -> None:
    model = read_entry(MODELS / name).run.config.model
    maths = folds(model.likelihood, model.mean)["decode"]["maths"]
    assert ("sigmoid" in maths) == (model.mean == "sigmoid")
    assert ("outside of 0 and 1" in maths) == (model.mean == "identity")
