"""Fixtures of the page Paths: a server with two odd runs, visitors, and the component's modules on their own."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page

from tests.app.runs import make_run
from tests.browser.paths.visitor import Paths
from tests.server import running_app


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app with the shipped runs and two odd ones: of one dimension, and of 200."""
    folder = tmp_path_factory.mktemp("runs")
    make_run(folder / "one", latent_dim=1)
    make_run(folder / "many", "bernoulli", latent_dim=200)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAE_LAB_RUNS", str(folder))
        with running_app(tmp_path_factory.mktemp("server") / "log.txt") as address:
            yield address


@pytest.fixture
def paths(server: str, new_page: Callable[..., Page]) -> Callable[..., Paths]:
    return lambda **options: Paths(new_page(**options), server)


@pytest.fixture(scope="package")
def modules(server: str, browser) -> Iterator[Page]:
    """A page that imports the component's modules by name: `load("ways")`."""
    page = browser.new_page()
    with page.expect_request("**/path_view/static/main.js") as request:
        page.goto(f"http://{server}/paths")
    page.evaluate(
        "base => { window.load = name => import(base + name + '.js'); }", request.value.url[: -len("main.js")]
    )
    yield page
    page.close()
