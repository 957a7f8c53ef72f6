"""The link: what is written is read back, and what cannot be is a sentence and a default."""

import base64
import math
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.pages.latent_map import url
from ui.pages.latent_map.url import View
from ui.url_state import schema
from ui.url_state.schema import Bounds

FASHION = Bounds(latent_dim=2, count=10_000, classes=10, pixels=784)
COLOUR = Bounds(latent_dim=16, count=2_000, classes=0, pixels=768)

numbers = st.floats(-schema.FARTHEST, schema.FARTHEST).map(lambda v: round(v, 4) + 0.0)


def drawings(pixels: int) -> st.SearchStrategy[str]:
    size = (pixels + 1) // 2
    return st.binary(min_size=size, max_size=size).map(lambda raw: base64.urlsafe_b64encode(raw).rstrip(b"=").decode())


def flat(corners: list[tuple[float, float]]) -> tuple[float, ...]:
    return tuple(number for corner in corners for number in corner)


@st.composite
def bounds_and_views(draw: st.DrawFn) -> tuple[Bounds, View]:
    """Any view that a model with these bounds can show."""
    bounds = Bounds(draw(st.integers(2, 20)), draw(st.integers(1, 10_000)), draw(st.integers(1, 100)), 12)
    D = bounds.latent_dim
    return bounds, View(
        z=draw(st.none() | st.tuples(*[numbers] * D)),
        x=draw(st.none() | st.integers(0, bounds.count - 1)),
        drawing=draw(st.none() | drawings(bounds.pixels)),
        axes=tuple(draw(st.lists(st.integers(0, D - 1), min_size=2, max_size=2, unique=True))),
        plane=draw(st.sampled_from(url.PLANES if D > 2 else url.PLANES[:1])),
        spot=draw(st.none() | st.tuples(numbers, numbers)),
        selected=draw(st.none() | st.lists(st.tuples(numbers, numbers), min_size=3, max_size=5).map(flat)),
        window=draw(st.none() | st.tuples(numbers, numbers, numbers.filter(lambda v: v >= schema.SMALLEST_HALF))),
        overlays=draw(st.sets(st.sampled_from(url.OVERLAYS)).map(lambda s: tuple(o for o in url.OVERLAYS if o in s))),
        hidden=draw(st.sets(st.integers(0, bounds.classes - 1)).map(lambda s: tuple(sorted(s)))),
        source=draw(st.sampled_from(url.SOURCES)),
        seed=draw(st.integers(0, schema.LARGEST_SEED)),
    )


@given(bounds_and_views())
def test_a_written_link_is_read_back_as_the_same_view(case: tuple[Bounds, View]) -> None:
    bounds, view = case
    address = urlencode(url.write("b", "a", view))
    params = dict(parse_qsl(address, keep_blank_values=True))
    assert url.read_model(params, ["a", "b"]) == ("b", [])
    assert url.read(params, bounds) == (view, [])


@given(bounds_and_views())
def test_what_the_pad_emits_is_kept_whole(case: tuple[Bounds, View]) -> None:
    bounds, view = case
    emitted = {name: list(value) if isinstance(value, tuple) else value for name, value in vars(view).items()}
    assert url.from_component(emitted, bounds) == view


def test_a_lasso_has_at_most_24_corners() -> None:
    corners = ",".join(map(str, range(48)))
    assert url.read({"map_selected": corners}, FASHION) == (View(selected=tuple(range(48))), [])
    assert url.read({"map_selected": corners + ",1,2"}, FASHION)[1]


def test_the_default_view_of_the_default_model_is_the_bare_address() -> None:
    assert url.write("a", "a", View()) == {}
    assert url.read({}, FASHION) == (View(), [])


@given(st.dictionaries(st.sampled_from([p.name for p in url.FIELDS] + [url.MODEL, "other"]), st.text(max_size=40)))
def test_any_link_gives_a_view_within_bounds_and_sentences(params: dict[str, str]) -> None:
    for bounds in (FASHION, COLOUR):
        view, problems = url.read(params, bounds)
        assert url.from_component(vars(view), bounds) == view
        assert all(problem.endswith(".") and problem.count(".") >= 1 for problem in problems)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("map_z", "1", "2 numbers from -100 to 100"),
        ("map_z", "1,nan", "2 numbers from -100 to 100"),
        ("map_z", "0,101", "2 numbers from -100 to 100"),
        ("map_x", "10000", "a whole number from 0 to 9999"),
        ("map_x", "-1", "a whole number from 0 to 9999"),
        ("map_x", "٣", "a whole number from 0 to 9999"),
        ("map_axes", "1,1", "two different dimensions from 1 to 2"),
        ("map_axes", "1,3", "two different dimensions from 1 to 2"),
        ("map_window", "0,0,0", "at least 0.01"),
        ("map_plane", "pca", "none, since the plane shows all"),
        ("map_spot", "1", "two numbers"),
        ("map_selected", "0,0,1,1", "3 to 24 corners"),
        ("map_selected", "0,0,1,1,2", "3 to 24 corners"),
        ("map_selected", "0,0,1,1,2,x", "numbers each"),
        ("map_overlays", "prior,<script>", "some of prior, manifold, density, metric"),
        ("map_hide", "10", "class numbers from 0 to 9"),
        ("map_source", "elsewhere", "posterior or prior"),
        ("map_seed", "2147483648", "a whole number from 0 to 2147483647"),
        ("map_drawing", "AAAA", "392 bytes in base64url"),
        ("map_drawing", "é" * 523, "392 bytes in base64url"),
    ],
)
def test_what_is_out_of_range_is_a_sentence_and_a_default(name: str, text: str, expected: str) -> None:
    view, problems = url.read({name: text}, FASHION)
    assert view == View()
    assert len(problems) == 1
    assert name in problems[0]
    assert expected in problems[0]


def test_an_unknown_parameter_is_named_and_the_rest_of_the_link_holds() -> None:
    view, problems = url.read({"map_zz": "1", "map_x": "17"}, FASHION)
    assert view == View(x=17)
    assert problems == ["The link holds 'map_zz', which this page does not know."]


def test_an_unknown_model_is_named_and_the_first_one_shown() -> None:
    model, problems = url.read_model({"map_model": "gone"}, ["a", "b"])
    assert model == "a"
    assert "'gone'" in problems[0]


def test_a_long_value_is_cut_in_its_sentence() -> None:
    _, problems = url.read({"map_source": "x" * 5000}, FASHION)
    assert len(problems[0]) < 200


@pytest.mark.parametrize("rubbish", [{"z": "no"}, {"z": [math.inf, 0]}, {"x": {}}, {"axes": 3}, {"hidden": [None]}])
def test_a_state_that_no_pad_would_emit_is_dropped(rubbish: dict) -> None:
    assert url.from_component(rubbish, FASHION) == View()


def test_another_model_on_the_same_data_keeps_x_and_drops_z() -> None:
    view = View(z=(1.0, 2.0), x=17, window=(0, 0, 2), hidden=(3,), source="prior", seed=5)
    kept = url.for_another_model(view, FASHION, FASHION, same_data=True)
    assert kept == View(x=17, hidden=(3,), source="prior", seed=5)
    assert url.for_another_model(view, FASHION, COLOUR, same_data=False) == View(source="prior", seed=5)
