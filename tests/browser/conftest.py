"""Fixtures for tests in a real browser: headless Chromium, and an HTTP server for the components' own modules.

Tests take Chromium's headless shell where it is installed: the same engine without the windows around it, which needs a
third less processor time. The first visit (journeys/test_first_visit.py) is in Chromium as visitors have it, and all
tests are where the variable CHROMIUM names it.
"""

import contextlib
import functools
import http.server
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from tests.components.host import hosted
from tests.server import running_app
from ui.components.web_files import WEB

SHELL = "chromium-headless-shell"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chrome")

expect.set_options(timeout=20_000)  # milliseconds until what is expected must be there: machines are shared


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files without a line on standard error for each."""

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def serve_folder(folder: Path) -> Iterator[str]:
    """Serve a folder on a free local port; gives its address, ending in a slash."""
    handler = functools.partial(QuietHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """The headless shell of Chromium, or what `launch` finds in its place."""
    with launch(playwright, SHELL, *CHROMIUM) as browser:
        yield browser


def launch(playwright: Playwright, *names: str) -> Browser:
    """Start headless the browser that $CHROMIUM names, the first of `names` on the path, or Playwright's own Chromium.

    Where there is none the test fails and says what to do.
    """
    executable = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    try:
        return playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
    except PlaywrightError as error:
        reason = str(error).splitlines()[0]
        pytest.fail(f"These tests need Chromium: install it, or name it in the variable CHROMIUM ({reason}).")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address (host:port) of the running app, shared by all tests of the session."""
    with running_app(tmp_path_factory.mktemp("server") / "log.txt") as address:
        yield address


@pytest.fixture(scope="session")
def host() -> Iterator[str]:
    """Address (host:port) of the components on bare pages, without Streamlit, shared by all tests of the session."""
    with hosted() as address:
        yield address


@pytest.fixture(scope="session")
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    """One visitor's browser for all tests of the session, so that what it has fetched and compiled once is there."""
    with browser.new_context() as context:
        yield context


@pytest.fixture
def new_page(browser: Browser, visitor: BrowserContext) -> Iterator[Callable[..., Page]]:
    """Opens pages; the test fails when one of them had an uncaught error.

    All are pages of one visitor, whose browser keeps nothing from one test to the next, but those with `options`, such
    as `has_touch=True` or `fresh=True`: each of these is the only page of a new visitor.
    """
    errors: list[str] = []
    pages: list[Page] = []
    others: list[BrowserContext] = []

    def open_page(
        width: int = 1440, height: int = 1000, color_scheme: str = "light", fresh: bool = False, **options: object
    ) -> Page:
        context = visitor
        if options or fresh:
            context = browser.new_context(**options)
            others.append(context)
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=color_scheme, reduced_motion="reduce")  # nothing moves by itself
        page.on("pageerror", lambda error: errors.append(str(error)))
        pages.append(page)
        return page

    visitor.clear_cookies()
    yield open_page
    for page in pages:
        with contextlib.suppress(
            PlaywrightError
        ):  # a page that the test has closed, or one without storage, such as of a file
            page.evaluate("localStorage.clear()")
        page.close()
    for context in others:
        context.close()
    assert errors == [], "uncaught errors in the page"


@pytest.fixture(scope="session")
def static_url() -> Iterator[str]:
    """Address of the folder ui/web, ending in a slash, served by a small local server."""
    with serve_folder(WEB) as url:
        yield url


@pytest.fixture(scope="session")
def engine(browser: Browser, static_url: str) -> Iterator[Page]:
    """A page that holds the engine's modules as `engine.random`, `engine.layers`, ..., and `bytes(base64)`."""
    page = browser.new_page()
    page.goto(static_url)
    names = [path.stem for path in sorted((WEB / "engine").glob("*.js"))]
    page.evaluate(
        """async names => {
            window.engine = {};
            for (const name of names) engine[name] = await import(new URL(`engine/${name}.js`, document.baseURI));
            window.bytes = base64 => Uint8Array.from(atob(base64), c => c.charCodeAt(0)).buffer;
        }""",
        names,
    )
    yield page
    page.close()
