"""Bytes on the wire from an empty cache until the default model can be dragged."""

from collections.abc import Iterator

from playwright.sync_api import Browser

from benchmarks import model_choice, server_processes
from benchmarks.browser import VIEWPORT, chromium, listen, wait_for_pad
from benchmarks.figures import Figure, at_most, told


def measure() -> Iterator[Figure]:
    entry = model_choice.default_model()
    with server_processes.app() as app, chromium() as browser:
        sizes = _sizes(browser, f"{app.url}/?map_model={entry.id}")
    total = sum(sizes.values())
    yield at_most(f"bytes before the first drag, {entry.id}", total / 1e6, 3, "MB", digits=2)
    parts = {"decoder, encoder, codes": "/lab/runs/", "test images": "/lab/images/", "the pad's modules": "/lab/web/"}
    ours = {name: sum(size for url, size in sizes.items() if at in url) for name, at in parts.items()}
    ours["Streamlit itself"] = total - sum(ours.values())
    yield told("  of which", ", ".join(f"{name} {size / 1e6:.2f}" for name, size in ours.items()))


def _sizes(browser: Browser, url: str) -> dict[str, int]:
    """Bytes received for each address, headers included; the WebSocket's messages count as one address."""
    page = browser.new_page(viewport=VIEWPORT)
    sizes: dict[str, int] = {}
    listen(page, lambda address, size: sizes.update({address: sizes.get(address, 0) + size}))
    page.goto(url)
    wait_for_pad(page)
    page.close()
    return sizes
