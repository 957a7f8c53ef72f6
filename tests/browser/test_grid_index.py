"""Very many points: those in a window are found, and a share of them is fair and leaves out no outlier."""

import json
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

WITHIN = """async ([count, window, most]) => {
    const { gridIndexOf } = await import(new URL("shared/grid_index.js", document.baseURI));
    const mu = new Float32Array(2 * count);
    for (let n = 0; n < count; n++) { // a thick spot, a wide cloud, and one point far away
        const [u, v] = [((n * 7919) % 10007) / 10007, ((n * 104729) % 10009) / 10009];
        mu.set(n === 5 ? [9, 9] : n % 2 ? [u * 0.1, v * 0.1] : [6 * u - 3, 6 * v - 3], 2 * n);
    }
    const { indices, total } = gridIndexOf({ count, mu }).within(window, most ?? Infinity);
    return JSON.stringify({ indices: Array.from(indices), total, mu: Array.from(mu) }); // as text it arrives soon
}"""


@pytest.fixture(scope="module")
def module(browser: Browser, static_url: str) -> Iterator[Page]:
    page = browser.new_page()
    page.goto(static_url)
    yield page
    page.close()


@pytest.mark.parametrize("window", [[-20, -20, 20, 20], [0, 0, 0.05, 0.05], [2.5, 2.5, 10, 10], [50, 50, 60, 60]])
def test_all_points_of_a_window_are_found_once(module: Page, window: list[float]) -> None:
    found = json.loads(module.evaluate(WITHIN, [3000, window, None]))
    mu, indices = np.reshape(found["mu"], (-1, 2)), found["indices"]
    inside = ((mu >= window[:2]) & (mu <= window[2:])).all(1)
    assert set(np.flatnonzero(inside)) <= set(indices)
    assert len(indices) == len(set(indices)) == found["total"]


def test_a_share_is_fair_and_keeps_what_lies_alone(module: Page) -> None:
    found = json.loads(module.evaluate(WITHIN, [60_000, [-20, -20, 20, 20], 6000]))
    shown = np.array(found["indices"])
    assert found["total"] == 60_000
    assert len(shown) < 6000 + 128**2
    assert 5 in shown
    odd = (shown % 2 == 1).sum()
    assert odd / 30_000 == pytest.approx(0.1, abs=0.01)  # the thick spot, in a few cells, has its share
    assert np.std(np.histogram(shown, 10, (0, 60_000))[0]) < 0.1 * len(shown) / 10  # whatever order they came in
