"""Bytes on the wire from an empty cache until the default model can be dragged."""

from collections.abc import Iterator

from playwright.sync_api import Browser

from benchmarks import servers, shipped
from benchmarks.browser import VIEWPORT, chromium, wait_for_pad
from benchmarks.figures import Figure, at_most, told


def measure() -> Iterator[Figure]:
    entry = shipped.default_model()
    with servers.app() as app, chromium() as browser:
        sizes = _sizes(browser, f"{app.url}/?map_model={entry.id}")
    total = sum(sizes.values())
    yield at_most(f"bytes before the first drag, {entry.id}", total / 1e6, 3, "MB", digits=2)
    parts = {"decoder, encoder, codes": "/lab/runs/", "test images": "/lab/images/", "the pad's modules": "/lab/pad/"}
    ours = {name: sum(size for url, size in sizes.items() if at in url) for name, at in parts.items()}
    ours["Streamlit itself"] = total - sum(ours.values())
    yield told("  of which", ", ".join(f"{name} {size / 1e6:.2f}" for name, size in ours.items()))


def _sizes(browser: Browser, url: str) -> dict[str, int]:
    """Bytes received for each address, headers included; the WebSocket's messages count as one address."""
    page = browser.new_page(viewport=VIEWPORT)
    wire = page.context.new_cdp_session(page)
    names: dict[str, str] = {}
    sizes: dict[str, int] = {}

    def add(address: str, size: float) -> None:
        sizes[address] = sizes.get(address, 0) + int(size)

    wire.on("Network.requestWillBeSent", lambda e: names.update({e["requestId"]: e["request"]["url"]}))
    wire.on("Network.loadingFinished", lambda e: add(names.get(e["requestId"], "?"), e["encodedDataLength"]))
    wire.on("Network.webSocketFrameReceived", lambda e: add("websocket", _payload(e["response"])))
    wire.send("Network.enable")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
    page.goto(url)
    wait_for_pad(page)
    page.close()
    return sizes


def _payload(frame: dict) -> float:
    """Bytes of a WebSocket message; binary ones are told in base64."""
    return len(frame["payloadData"]) * (0.75 if frame["opcode"] == 2 else 1)
