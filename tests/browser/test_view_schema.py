"""A view by its schema: what Python reads from a link the browser takes, writes and puts into an address the same."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import WEB, serve_folder
from ui.pages.anything_from_a_normal import url as normal_map
from ui.pages.latent_map import url as latent_map
from ui.pages.paths import url as paths
from ui.pages.train import url as train
from ui.pages.where_p_is_large import url as where_p
from ui.url_state import schema
from ui.url_state.schema import Bounds

FLAT = Bounds(latent_dim=2, count=10_000, classes=10, pixels=16)
DEEP = Bounds(latent_dim=5, count=500, classes=0, pixels=16, factors=(3, 4))
LINKS = [
    (latent_map, FLAT, ""),
    (latent_map, FLAT, "map_z=1.5,-0.25&map_x=9999&map_axes=2,1&map_hide=0,9&map_source=prior&map_seed=2147483647"),
    (latent_map, FLAT, "map_drawing=ASNFZ4mrze8&map_selected=0,0,1,0,1,1&map_window=0,0,0.01&map_overlays="),
    (latent_map, DEEP, "map_plane=umap&map_spot=0.5,2&map_z=1,2,3,4,5&map_overlays=prior,metric"),
    (where_p, FLAT, "large_x=3&large_sigma=0.05&large_n=100000&large_layers=heat,race&large_depth=all&large_z=0,-1"),
    (paths, DEEP, "paths_do=grid&paths_stops=1,2,drawn.ASNFZ4mrze8&paths_frames=60&paths_frame=59&paths_dimension=5"),
    (paths, DEEP, "paths_value=-4&paths_plus=factor.1.3&paths_factor=2&paths_hand=1000.-20.5.6"),
    (normal_map, 2, "normal_map=ring&normal_z=1,-0.5&normal_t=0.5&normal_show=volume"),
    (normal_map, 1, "normal_map=curve&normal_n=10&normal_curve=" + "Ab-_" * 16),
    (train, None, "run=a b&train_beside=c,d&train_step=0&train_by=seconds"),
]
RUBBISH = [
    None,
    True,
    -1,
    1.5,
    1e300,
    "",
    "x",
    "9" * 500,
    [],
    [None],
    [1, "2"],
    [[1, 2]],
    [1e300] * 99,
    {},
    {"length": 2},
]


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """A page that holds `view`, ui/web/shared/view.js, and `address`, ui/web/standalone/url_hash.js."""
    with serve_folder(WEB) as address:
        page = browser.new_page()
        page.goto(address)
        page.evaluate(
            """async () => {
                window.view = await import(new URL("shared/view.js", document.baseURI));
                window.address = await import(new URL("standalone/url_hash.js", document.baseURI));
            }"""
        )
        yield page
        page.close()


def parts(page: Any, bounds: Any, link: str) -> tuple[dict[str, str], Any, dict[str, Any]]:
    """A link's parts, the view that Python reads from it, and the fields as the browser gets them."""
    params = dict(parse_qsl(link, keep_blank_values=True))
    found, problems = schema.read_fields(page.FIELDS, set(), params, bounds)
    assert problems == []
    return params, page.View(**found), schema.describe(page.FIELDS, page.View(), bounds)


@pytest.mark.parametrize(("of", "bounds", "link"), LINKS)
def test_what_python_reads_the_browser_takes_and_writes_again(page: Page, of: Any, bounds: Any, link: str) -> None:
    params, view, fields = parts(of, bounds, link)
    source = "([raw, info]) => view.writeView({ ...view.readView(raw, info), info })"
    written = page.evaluate(source, [schema.as_json(view), {"fields": fields}])
    assert written == schema.as_json(view)
    assert (
        schema.fields_of_state(of.FIELDS, written, bounds).items()
        >= {
            field.field: field.kind.read(params[field.name], bounds) for field in of.FIELDS if field.name in params
        }.items()
    )


@pytest.mark.parametrize(("of", "bounds", "link"), LINKS)
def test_an_address_without_a_server_says_what_the_link_says(page: Page, of: Any, bounds: Any, link: str) -> None:
    params, view, fields = parts(of, bounds, link)
    hashed = page.evaluate("([raw, fields]) => address.writeHash(raw, fields)", [schema.as_json(view), fields])
    assert dict(parse_qsl(hashed[1:], keep_blank_values=True)) == params
    found = page.evaluate("([hash, fields]) => address.readHash(hash, fields)", [hashed, fields]) or {}
    assert found == {field.field: schema.as_json(view)[field.field] for field in of.FIELDS if field.name in params}


@pytest.mark.parametrize("of", [latent_map, where_p, paths, normal_map, train])
def test_what_cannot_be_becomes_the_default(page: Page, of: Any) -> None:
    bounds = {normal_map: 2, train: None}.get(of, FLAT)
    fields = schema.describe(of.FIELDS, of.View(), bounds)
    source = "([raw, info]) => view.writeView({ ...view.readView(raw, info), info })"
    for value in RUBBISH:
        raw = dict.fromkeys(fields, value)
        written = page.evaluate(source, [raw, {"fields": fields}])
        assert schema.fields_of_state(of.FIELDS, written, bounds).keys() >= {
            name for name, kept in written.items() if kept == value and kept not in (None, [], "") and name not in OWN
        }, json.dumps(value)
    assert page.evaluate(source, ["no view", {"fields": fields}]) == schema.as_json(of.View())


# Texts whose meaning only the page knows, which reads them by functions of its own: ui/web/paths/view.js and others.
OWN = {"stops", "plus", "minus", "hand", "curve", "picture", "run", "compare"}
