"""Colours that mean something differ for every sight, and what they mean is said by a second cue as well."""

import re
from itertools import combinations
from pathlib import Path

import pytest

from tests.colour import SIGHTS, apart, ciede2000

UI = Path(__file__).parents[2] / "ui"
PALETTE = (UI / "latent_pad" / "static" / "palette.js").read_text(encoding="utf-8")
WAYS = (UI / "path_view" / "static" / "look.js").read_text(encoding="utf-8")
STRETCH = (UI / "normal_map" / "static" / "paint" / "colours.js").read_text(encoding="utf-8")
PAPER = {"LIGHT": "#ffffff", "DARK": "#10151d"}
LEAST, LEAST_IN_FULL = 10, 16  # CIEDE2000 between any two, for any sight and for most people


def colours(source: str, name: str) -> list[str]:
    """The colours of the constant `name` of a module."""
    found = re.findall(r"#[0-9a-f]{6}", re.search(rf"const {name} = (.*?);", source)[1])
    assert found, name
    return found


# Sharma, Wu and Dalal (2005), table 1: pairs that try each branch of the formula.
@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0),
        ((50, 0, 0), (50, -1, 2), 2.3669),
        ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
        ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_the_measure_is_that_of_its_table(one: tuple, other: tuple, expected: float) -> None:
    assert ciede2000(one, other) == pytest.approx(expected, abs=5e-5)
    assert ciede2000(other, one) == pytest.approx(expected, abs=5e-5)


def test_simulated_sights_confuse_what_they_should() -> None:
    assert apart("#d55e00", "#8a9a00", "deuteranopia") < 3 < apart("#d55e00", "#8a9a00")
    for sight in SIGHTS:
        assert apart("#000000", "#ffffff", sight) == pytest.approx(100, abs=0.1)  # greys stay as they are


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("theme", PAPER)
@pytest.mark.parametrize("source", [PALETTE, WAYS], ids=["classes", "ways"])
def test_any_two_colours_differ_for_every_sight(source: str, theme: str, sight: str) -> None:
    found = colours(source, theme)
    least = min(apart(one, other, sight) for one, other in combinations(found, 2))
    print(f"{theme}, {sight}: {least:.1f}")
    assert least >= (LEAST_IN_FULL if sight == "normal" else LEAST)
    assert min(apart(colour, PAPER[theme], sight) for colour in found) >= 2 * LEAST


@pytest.mark.parametrize("sight", SIGHTS)
def test_stretch_and_squeeze_differ_for_every_sight(sight: str) -> None:
    pairs = re.findall(r'\["(#[0-9a-f]{6})", "(#[0-9a-f]{6})"\]', STRETCH)
    assert len(pairs) == 2
    for one, other in pairs:
        assert apart(one, other, sight) >= 2 * LEAST


def test_shapes_and_dashes_say_the_same_without_colour() -> None:
    shapes = re.findall(r'^  "M', PALETTE, re.MULTILINE)
    assert len(shapes) == len(colours(PALETTE, "LIGHT")) == len(colours(PALETTE, "DARK")) == 10
    marks = {(label % 10, (label + label // 10) % 10) for label in range(100)}  # as `mark` pairs them
    assert len(marks) == 100
    assert "(label + Math.floor(label / 10)) % SHAPES.length" in PALETTE
    dashes = re.findall(r"\w+: (\[[\d, ]*\])", re.search(r"DASHES = (.*);", WAYS)[1])
    assert len(dashes) == len(set(dashes)) == len(colours(WAYS, "LIGHT")) == 4
