"""Fixtures of the page Paths: odd runs beside the shipped ones, visitors, and the component's modules on their own."""

import shutil
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page
from safetensors.numpy import load_file

from tests.app.runs import change_tensors, make_run
from tests.browser.paths.paths_driver import MANY, ONE, SMALL, Paths
from tests.browser.train_driver import until
from ui.pages.train import runs as training
from ui.runs.catalogue import recent_catalogue


@pytest.fixture(scope="package")
def odd() -> Iterator[None]:
    """Runs of one dimension, of 200, and of two; the training pictures of all, scikit-learn's digits, are at hand."""
    root = training.runs_root()
    folders = [
        make_run(root / ONE, latent_dim=1),
        make_run(root / MANY, "bernoulli", latent_dim=200),
        make_run(root / SMALL),
    ]
    calm(root / MANY)
    until(lambda: {ONE, MANY, SMALL} <= recent_catalogue().runs.keys())
    yield
    for folder in folders:
        shutil.rmtree(folder)


def calm(run: Path) -> None:
    """Smaller weights, with which a geodesic of many dimensions is found in a few steps."""
    weights = run / "weights.safetensors"
    change_tensors(weights, **{name.replace(".", "__"): np.asarray(0.2 * w) for name, w in load_file(weights).items()})


@pytest.fixture
def paths(host: str, odd: None, new_page: Callable[..., Page]) -> Callable[..., Paths]:
    # torch itself uses what it calls deprecated when forward derivatives are first asked for.
    warnings.filterwarnings("ignore", "`torch.jit", DeprecationWarning)
    return lambda **options: Paths(new_page(**options), host)


@pytest.fixture(scope="package")
def modules(host: str, browser) -> Iterator[Page]:
    """A page that imports the component's modules by name: `load("interpolation")`."""
    page = browser.new_page()
    with page.expect_request("**/paths/main.js") as request:
        page.goto(f"http://{host}/paths")
    page.evaluate(
        "base => { window.load = name => import(base + name + '.js'); }", request.value.url[: -len("main.js")]
    )
    yield page
    page.close()
