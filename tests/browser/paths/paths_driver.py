"""Drive the page Paths in a browser: open a link, wait for geodesics, read the link, save, drag over the map."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from playwright.sync_api import Locator, Page, expect

from tests.browser.settle import settle

RUN = "fashion-2d-gaussian"
# Runs that conftest.py makes: of 1, 200 and 2 dimensions.
ONE, MANY, SMALL = "paths-one", "paths-many", "paths-small"
READY = 90_000  # milliseconds: the first geodesic of a server loads torch


class Paths:
    """The page as a visitor uses it."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address

    def open(self, **params: str) -> "Paths":
        self.page.goto(f"http://{self.address}/paths?{urlencode(params)}")
        expect(self.part("stop").first).to_be_visible()
        return self.settle()

    def open_within(self, **params: str) -> "Paths":
        """Follow a link to another view of the page without loading it anew, as Back and another model do."""
        self.page.evaluate(
            "link => { history.pushState(null, '', `?${link}`); dispatchEvent(new PopStateEvent('popstate')); }",
            urlencode(params),
        )
        return self

    def settle(self) -> "Paths":
        """Wait until what was done is shown, and on a bare page written into the link."""
        settle(self.page)
        return self

    def part(self, name: str) -> Locator:
        return self.page.get_by_test_id(name)

    def unfold(self, name: str) -> "Paths":
        """Open a fold by its summary: "stop-more" or "measurements"."""
        self.part(name).locator("summary").first.click()
        return self.settle()

    def geodesic(self) -> "Paths":
        """Wait until the geodesic has come."""
        expect(self.part("strip-geodesic")).to_be_visible(timeout=READY)
        return self

    def link(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.page.url).query, keep_blank_values=True))

    def until(self, right: Callable[[dict[str, str]], bool]) -> dict[str, str]:
        """The link, once it is right: it follows when a hand rests."""
        for _ in range(200):
            if right(link := self.link()):
                return link
            self.page.wait_for_timeout(100)
        raise AssertionError(f"the link holds {link}")

    def until_link(self, **expected: str) -> None:
        self.page.wait_for_function(
            "expected => expected.every(([name, value]) => new URLSearchParams(location.search).get(name) === value)",
            arg=[list(pair) for pair in expected.items()],
            timeout=READY,
        )

    def picture(self, kind: str) -> str:
        return self.part(f"frame-{kind}").evaluate("canvas => canvas.toDataURL()")

    def save(self, ending: str) -> Path:
        with self.page.expect_download(timeout=60_000) as waiting:
            self.part(f"save-{ending}").click()
        return Path(waiting.value.path())

    def on_map(self, across: float, down: float) -> tuple[float, float]:
        """A place of the map, which is brought into sight, by shares of its sides, in pixels of the window."""
        surface = self.part("paths-map")
        surface.evaluate("map => map.scrollIntoView({ block: 'center', behavior: 'instant' })")
        box = surface.bounding_box()
        return box["x"] + across * box["width"], box["y"] + down * box["height"]

    def drag(self, *places: tuple[float, float], steps: int = 6) -> None:
        """Press the mouse at the first place of the map, move over the others, and let go."""
        self.page.mouse.move(*self.on_map(*places[0]))
        self.page.mouse.down()
        for place in places[1:]:
            self.page.mouse.move(*self.on_map(*place), steps=steps)
        self.page.mouse.up()
