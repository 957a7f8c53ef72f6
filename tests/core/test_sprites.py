"""Pictures with known factors: the generated shapes are exactly what their factors say, and the faces keep theirs."""

import numpy as np
import pytest

from vae_core import data
from vae_core.data import sprites


@pytest.fixture(scope="module")
def everything() -> tuple[np.ndarray, data.Factors]:
    return sprites.every_combination()


def grid(images: np.ndarray) -> np.ndarray:
    """By shape, scale, orientation, x and y."""
    return images.reshape(3, 4, 10, 12, 12, 32, 32)


def test_every_combination_is_there_once_and_no_two_are_one_picture(everything):
    images, factors = everything
    assert images.shape == (17_280, 1, 32, 32)
    assert len(np.unique(factors.index, axis=0)) == 17_280
    assert len({image.tobytes() for image in images}) == 17_280
    assert tuple(map(len, factors.values)) == (3, 4, 10, 12, 12)
    assert (factors.index.max(0) + 1 == list(map(len, factors.values))).all()


def test_a_step_of_x_or_y_is_one_pixel(everything):
    images = grid(everything[0])
    assert (images[:, :, :, 1:, :, :, 1:] == images[:, :, :, :-1, :, :, :-1]).all()
    assert (images[:, :, :, :, 1:, 1:] == images[:, :, :, :, :-1, :-1]).all()


def test_no_shape_is_cut_off(everything):
    images, (low, high) = grid(everything[0]), (0, 11)
    whole = images[:, :, :, 5, 5].astype(int).sum((-1, -2))
    for x, y in ((low, low), (low, high), (high, low), (high, high)):
        assert (images[:, :, :, x, y].astype(int).sum((-1, -2)) == whole).all()


def test_areas_grow_with_the_square_of_the_scale_and_stay_under_turns(everything):
    areas = grid(everything[0])[:, :, :, 0, 0].astype(float).sum((-1, -2)) / 255
    expected = areas[:, -1:] * (np.array(sprites.RADII) / sprites.RADII[-1])[None, :, None] ** 2
    assert areas == pytest.approx(expected, rel=0.02)
    assert areas == pytest.approx(areas.mean(-1, keepdims=True) * np.ones(10), rel=0.01)


def test_half_a_turn_is_the_picture_upside_down(everything):
    drawn = grid(everything[0])[:, :, :, 0, 0, :21, :21].astype(int)
    assert np.abs(drawn[:, :, 5:] - drawn[:, :, :5, ::-1, ::-1]).max() <= 4  # of 255: samples on the very edge


def test_the_moon_has_the_area_of_its_two_discs(everything):
    """The unit disc without its lens with a disc of radius 0.75 whose middle lies 0.55 above."""
    d, r = 0.55, 0.75
    a, b = np.arccos((d**2 + 1 - r**2) / (2 * d)), np.arccos((d**2 + r**2 - 1) / (2 * d * r))
    lens = a + r**2 * b - 0.5 * np.sqrt((-d + 1 + r) * (d + 1 - r) * (d - 1 + r) * (d + 1 + r))
    found = grid(everything[0])[2, 3, 0, 0, 0].astype(float).sum() / 255
    assert found == pytest.approx((np.pi - lens) * 10**2, rel=0.005)


def test_the_splits_part_all_shapes_and_are_the_same_each_time(everything):
    train, test = (data.load("shapes", split) for split in ("train", "test"))
    assert (len(train), len(test)) == (13_824, 3456)
    images = {image.tobytes() for each in (train, test) for image in each.images}
    assert len(images) == 17_280
    assert (data.load("shapes", "test").images == test.images).all()
    for each in (train, test):
        counts = tuple(map(len, each.factors.values))
        assert (each.images == everything[0][np.ravel_multi_index(each.factors.index.T, counts)]).all()
        assert (each.labels == each.factors.index[:, 0]).all()


def test_the_faces_keep_the_factors_that_they_were_drawn_from():
    faces = data.load("pixel-faces", "test")
    factors = faces.factors
    assert len(factors.names) == len(factors.values) == 11
    assert factors.index.shape == (2000, 11)
    assert (factors.index < [len(values) for values in factors.values]).all()
    background = factors.names.index("background")
    assert (factors.index[:, background] == faces.labels).all()
    for picture, place in zip(faces.images, factors.index[:, background], strict=True):
        colour = bytes.fromhex(factors.values[background][place])
        assert tuple(picture[:, 0, 0]) == tuple(colour)


def test_photographs_have_no_factors():
    assert data.load("digits", "test").factors is None
