"""Drive the page Anything from a normal in a browser: open a link, read numbers, drag, choose another map."""

from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode, urlsplit

from playwright.sync_api import Locator, Page, expect

from tests.browser.settle import settle
from ui.pages.anything_from_a_normal.url import LINE

ADDRESS = "anything-from-a-normal"
_PAINT = "() => new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)))"
_PIXELS = "plane => plane.querySelector('canvas').toDataURL()"


class Map:
    """The page as a visitor uses it."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address

    def open(self, **params: str) -> "Map":
        self.page.goto(f"http://{self.address}/{ADDRESS}?{urlencode(params)}")
        expect(self.part("x-plane")).to_be_visible(timeout=30_000)
        settle(self.page)
        return self

    def paint(self) -> None:
        """Let what was just done be worked out and painted, which takes the next frame."""
        self.page.evaluate(_PAINT)

    def choose(self, name: str) -> None:
        """Another map, by its number of dimensions and its button."""
        self.page.get_by_text("1 dimension" if name in LINE else "2 dimensions").click()
        self.page.locator(f"[data-map={name}]").click()
        self.paint()

    def part(self, name: str) -> Locator:
        return self.page.get_by_test_id(name)

    def numbers(self, name: str) -> list[float]:
        return [float(part) for part in self.part(name).inner_text().split(",")]

    def number(self, name: str) -> float:
        return self.numbers(name)[0]

    def picture(self, side: str) -> str:
        return self.part(f"{side}-plane").evaluate(_PIXELS)

    def link(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.page.url).query, keep_blank_values=True))

    def until(self, holds: Callable[[], bool], seconds: float = 20) -> None:
        for _ in range(int(seconds * 20)):
            if holds():
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"still not so after {seconds} s; the link is {self.link()}")

    def at(self, side: str, across: float, down: float) -> tuple[float, float]:
        box = self.part(f"{side}-plane").bounding_box()
        return box["x"] + across * box["width"], box["y"] + down * box["height"]

    def drag(self, side: str, *places: tuple[float, float]) -> None:
        self.page.mouse.move(*self.at(side, *places[0]))
        self.page.mouse.down()
        for place in places[1:]:
            self.page.mouse.move(*self.at(side, *place), steps=8)
        self.page.mouse.up()
        self.paint()

    def morph(self, t: float) -> None:
        self.part("morph").evaluate("(range, t) => { range.value = t; range.dispatchEvent(new Event('input')); }", t)
        self.paint()
