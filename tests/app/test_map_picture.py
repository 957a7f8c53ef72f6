"""The picture on a model's card: test pictures lie where the encoder puts them."""

import dataclasses
import io

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from ui.pages.library.map_picture import CELLS, map_picture, nearest_in_cells
from ui.runs import assets
from ui.runs.catalogue import catalogue
from vae_core.runs.run import read_codes

ENTRY = catalogue().runs["fashion-2d-gaussian"]


@given(arrays(np.float64, st.tuples(st.integers(1, 60), st.just(2)), elements=st.floats(-50, 50)))
def test_each_cell_has_the_point_nearest_to_its_middle_and_no_full_cell_is_empty(plane: np.ndarray) -> None:
    half = max(np.quantile(np.abs(plane).max(1), 0.98), 1e-6)
    place = (plane * [1, -1] + half) * (CELLS / (2 * half))
    inside = (place >= 0).all(1) & (place < CELLS).all(1)
    found = nearest_in_cells(plane)
    assert set(found) == {(int(across), int(down)) for across, down in place[inside]}
    for cell, n in found.items():
        there = inside & (np.floor(place) == cell).all(1)
        away = np.hypot(*(place - np.add(cell, 0.5)).T)
        assert away[n] <= away[there].min() + 1e-9


def test_a_picture_of_the_map_is_the_test_picture_whose_code_lies_there() -> None:
    drawn = Image.open(io.BytesIO(map_picture(ENTRY))).convert("L")
    side = drawn.width // CELLS
    found = nearest_in_cells(read_codes(ENTRY.run).mu.astype(np.float32))
    assert len(found) > CELLS * CELLS / 2
    images = assets.test_images(ENTRY)
    for (across, down), n in found.items():
        tile = drawn.crop((across * side, down * side, (across + 1) * side, (down + 1) * side))
        assert np.array_equal(np.asarray(tile), images[n, 0])


def test_a_model_without_an_encoder_has_none() -> None:
    card = ENTRY.run.card | {"test": {}}
    bare = dataclasses.replace(ENTRY, digest="other", run=dataclasses.replace(ENTRY.run, card=card))
    assert map_picture(bare) is None
