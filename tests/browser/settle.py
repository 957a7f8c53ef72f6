"""Wait until every component of a page reports that it is settled, and until the link has been written."""

from playwright.sync_api import Page

SECONDS = 60

# An action changes `data-settled` in the next frame, so the attribute is read from the third frame on.
_SETTLED = """async (seconds) => {
    const end = performance.now() + 1000 * seconds;
    const inside = (root) => [...root.querySelectorAll("*")].flatMap((e) => (e.shadowRoot ? roots(e.shadowRoot) : []));
    const roots = (root) => [root, ...inside(root)];
    const said = () => roots(document).flatMap((root) => [...root.querySelectorAll("[data-settled]")]);
    const rests = () => said().length > 0 && said().every((e) => e.dataset.settled === "true");
    const rest = () => rests() && (window.host?.idle() ?? true);
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
