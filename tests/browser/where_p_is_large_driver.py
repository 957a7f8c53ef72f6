"""Drive the page Where p(x|z) is large in a browser: open a link, read the sums, move the slider of sigma."""

from urllib.parse import urlencode

from playwright.sync_api import expect

from tests.browser.latent_map_driver import Pad
from tests.browser.settle import settle
from ui.pages.where_p_is_large.selected_x import two_latents
from ui.runs.catalogue import catalogue

RUNS = two_latents(catalogue().runs)
PAIR = {entry.run.config.model.likelihood: run for run, entry in reversed(RUNS.items())}
GAUSSIAN, BERNOULLI = PAIR["gaussian"], PAIR["bernoulli"]
LINEAR = next(run for run, entry in RUNS.items() if entry.run.config.model.mean == "identity")


class Map(Pad):
    """The map of log p(x|z) on an open page."""

    def open(self, **params: str) -> "Map":
        self.page.goto(f"http://{self.address}/where-p-is-large?{urlencode(params)}")
        return self.ready()

    def ready(self) -> "Map":
        """Wait until the exact posterior and the race of this x are there and all is painted."""
        expect(self.part("log-px")).to_be_visible(timeout=60_000)
        settle(self.page)
        assert self.number("log-px") is not None
        self.until(lambda: self.number("ess-prior") is not None)
        return self

    def cents(self, name: str) -> int:
        """A figure with two decimals as a whole number of hundredths."""
        text = self.part(name).inner_text()
        assert len(text.split(".")[1]) == 2, text
        return round(float(text) * 100)

    def adds_up(self) -> bool:
        """Both identities, for the digits shown."""
        names = ("expected-log-px", "rate", "elbo", "kl-q-post", "log-px")
        expected, rate, elbo, gap, log_px = map(self.cents, names)
        return elbo == expected - rate and log_px == elbo + gap and rate >= 0 and gap >= 0

    def slide(self, name: str, value: int) -> None:
        """Move a slider to a step, as dragging it would, until all has followed that can without the server."""
        self.part(name).fill(str(value))
        settle(self.page)

    def point(self, across: float, up: float) -> tuple[float, float]:
        box = self.part("likelihood-map").bounding_box()
        return box["x"] + across * box["width"], box["y"] + (1 - up) * box["height"]
