"""Drive the page Latent map in a browser: open a link, read what is shown, drag, and read the link."""

from urllib.parse import parse_qsl, urlencode, urlsplit

from playwright.sync_api import Locator, Page, expect

from tests.browser.settle import settle

_PAINTED = """canvas => {
    const { width, height } = canvas;
    if (!width || !height) return false;
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
    return data.some((value, i) => i % 4 < 3 && value !== data[i % 4]);
}"""
_PIXELS = """canvas => Array.from(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data)"""


class Pad:
    """The latent pad of an open page."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address

    def open(self, **params: str) -> "Pad":
        """Follow a link and wait until the decoded picture is painted."""
        self.page.goto(f"http://{self.address}/?{urlencode(params)}")
        return self.ready()

    def ready(self) -> "Pad":
        """Wait until the pad rests: its codes are there, and a decoded picture is painted."""
        self.settle()
        expect(self.part("decoded")).to_be_visible()
        self.until(self.painted)
        return self

    def settle(self) -> "Pad":
        """Wait until the view is painted and told; on a bare page also until the link is written."""
        settle(self.page)
        return self

    def part(self, name: str) -> Locator:
        return self.page.get_by_test_id(name)

    def painted(self) -> bool:
        return self.part("decoded").evaluate(_PAINTED)

    def picture(self) -> list[int]:
        """The decoded picture: red, green, blue and opacity of each pixel, 0 to 255."""
        return self.part("decoded").evaluate(_PIXELS)

    def z(self) -> list[float]:
        """The z that is shown."""
        return [float(part) for part in self.part("z").inner_text().replace("−", "-").split(",")]

    def number(self, name: str) -> float | None:
        """A figure that is shown, None while there is none."""
        try:
            return float(self.part(name).inner_text().replace("−", "-").split()[0])
        except (ValueError, IndexError):
            return None

    def link(self) -> dict[str, str]:
        """What the address bar says now."""
        return dict(parse_qsl(urlsplit(self.page.url).query, keep_blank_values=True))

    def until(self, holds, seconds: float = 15) -> None:
        """Wait until something holds; fails after that many seconds."""
        for _ in range(int(seconds * 20)):
            if holds():
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"still not so after {seconds} s; the link is {self.link()}")

    def point(self, across: float, up: float) -> tuple[float, float]:
        """Where on the screen a place on the plane is; both run from 0 to 1."""
        box = self.part("latent-plane").bounding_box()
        return box["x"] + across * box["width"], box["y"] + (1 - up) * box["height"]

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Drag with the mouse over the plane in ten steps."""
        self.page.mouse.move(*self.point(*start))
        self.page.mouse.down()
        self.page.mouse.move(*self.point(*end), steps=10)
        self.page.mouse.up()
