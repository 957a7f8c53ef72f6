"""Real Chromium, and when the pad is ready in it."""

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.figures import NotMeasured

ARGUMENTS = ["--no-sandbox"]
VIEWPORT = {"width": 1440, "height": 1000}
_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
READY = ("[data-testid=decoded].full", ".veil[hidden]")  # the decoded picture is there, nothing is being loaded
REST = 1500  # milliseconds, for thumbnails, fonts and the report to the server


def executable() -> str | None:
    """The browser that $CHROMIUM names or one on the path; None means Playwright's own."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """A browser of its own. Raises NotMeasured if it does not start."""
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        except Exception as error:
            raise NotMeasured(f"Chromium does not start: {str(error).splitlines()[0]}") from None
        try:
            yield browser
        finally:
            browser.close()


def listen(page: Page, add: Callable[[str, int], None]) -> None:
    """Tell `add` the address and the bytes of all that the page receives, headers included, as Chromium counts them.

    The WebSocket's messages have the address "websocket".
    """
    wire = page.context.new_cdp_session(page)
    names: dict[str, str] = {}
    wire.on("Network.requestWillBeSent", lambda e: names.update({e["requestId"]: e["request"]["url"]}))
    wire.on("Network.loadingFinished", lambda e: add(names.get(e["requestId"], "?"), int(e["encodedDataLength"])))
    wire.on("Network.webSocketFrameReceived", lambda e: add("websocket", _payload(e["response"])))
    wire.send("Network.enable")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": True})


def _payload(frame: dict) -> int:
    """Bytes of a WebSocket message; binary ones are told in base64."""
    return int(len(frame["payloadData"]) * (0.75 if frame["opcode"] == 2 else 1))


def wait_for_pad(page: Page) -> None:
    """Until the pad can be dragged and nothing is being loaded any more."""
    for sign in READY:
        page.locator(sign).wait_for(state="attached", timeout=60_000)
    page.wait_for_timeout(REST)
