"""Wait until the components of a page rest, which each says by itself, and until its link has been written."""

from playwright.sync_api import Page

SECONDS = 60

# What was just done reaches a component's state at once and its `data-settled` with the next frame: so not before the third.
_SETTLED = """async (seconds) => {
    const end = performance.now() + 1000 * seconds;
    const roots = (root) => [root, ...[...root.querySelectorAll("*")].flatMap((e) => (e.shadowRoot ? roots(e.shadowRoot) : []))];
    const rest = () => {
        const hosts = roots(document).slice(1).map((root) => root.host).filter((host) => host.shadowRoot.querySelector(".pad"));
        return hosts.length && hosts.every((host) => host.hasAttribute("data-settled")) && (window.host?.idle() ?? true);
    };
    for (let frames = 0; frames < 3 || !rest(); frames += 1) {
        if (performance.now() > end) return false;
        await new Promise(requestAnimationFrame);
    }
    return true;
}"""


def settle(page: Page) -> None:
    """Wait until every component of the page is complete, painted and has told its view, and its link is written.

    In the app the link follows a rerun of the server: there wait for the link that you expect. Raises AssertionError.
    """
    assert page.evaluate(_SETTLED, SECONDS), f"the page does not rest after {SECONDS} s"
