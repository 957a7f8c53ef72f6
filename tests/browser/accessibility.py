"""What is wrong with a page for those who cannot see, point or use a wide screen."""

from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

WALK = Path(__file__).with_name("walk.js")
MOST_STOPS = 400

# What is wider than its place, and makes the page scroll sideways.
_TOO_WIDE = """() => [...document.querySelectorAll("html, body, section, [data-testid=stMain]")]
    .filter((e) => e.dataset.testid !== "stSidebar" && e.clientWidth && e.scrollWidth > e.clientWidth + 1)
    .map((e) => `${e.tagName} is ${e.scrollWidth} wide in ${e.clientWidth}`)"""

# What sticks to an edge lies over other controls until the page is scrolled: it is put where it belongs.
_UNSTICK = """() => {
  const unstick = (root) => {
    for (const e of root.querySelectorAll("*")) {
      if (getComputedStyle(e).position === "sticky") e.style.position = "static";
      if (e.shadowRoot) unstick(e.shadowRoot);
    }
  };
  unstick(document);
}"""

# After a click Tab would go on from there, also when nothing has the focus.
_FROM_THE_TOP = """() => {
  document.body.tabIndex = -1;
  document.body.focus({ preventScroll: true });
  document.body.removeAttribute("tabindex");
}"""


def grave(page: Page) -> list[str]:
    """Each serious or critical violation: its rule, where it is and what would mend it."""
    return _told(Axe().run(page).response["violations"])


def small_targets(page: Page) -> list[str]:
    """Each control that is smaller than 24 by 24 pixels and too near to another one (WCAG 2.2, 2.5.8)."""
    page.evaluate(_UNSTICK)
    options = {"runOnly": {"type": "rule", "values": ["target-size"]}}
    return _told(Axe().run(page, options=options).response["violations"])


def _told(violations: list[dict]) -> list[str]:
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in violations
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


def too_wide(page: Page) -> list[str]:
    """What makes the page scroll sideways."""
    return page.evaluate(_TOO_WIDE)


def walked(page: Page) -> tuple[int, list[str], list[str]]:
    """Tab once through the page: how many stops, what was not reached, and where the focus could not be seen."""
    page.evaluate(_FROM_THE_TOP)
    page.evaluate(WALK.read_text(encoding="utf-8"))
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if not page.evaluate("() => window.walk.step()"):
            return tuple(page.evaluate("() => window.walk.result()"))
    raise AssertionError(f"Tab has not come round after {MOST_STOPS} steps")
