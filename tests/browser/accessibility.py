"""What is wrong with a page for those who cannot see, point, use a wide screen, or bear that something moves."""

from pathlib import Path

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, TimeoutError, expect

from tests.browser.shadow_dom import ALL

PATIENCE = 120_000  # milliseconds: a page that needs torch loads it first
WIDE, PHONE = (1440, 1000), (390, 844)
LIGHT, DARK = "light", "dark"
WALK = Path(__file__).with_name("tab_order.js")
MOST_STOPS = 400

# What is on its way: a component, a part that Streamlit draws anew, a transition, or what does not wear the scheme yet.
_UNREST = f"""(scheme) => {{
    {ALL}
    const light = (colour) => Math.max(...colour.match(/[\\d.]+/g).slice(0, 3).map(Number)) > 200;
    const passing = (animation) => animation.playState === "running" && animation.effect.getTiming().iterations < 99;
    const others = {{
        unsettled: all("[data-settled=false]"),
        stale: all("[data-stale=true]"),
        moving: roots(document).flatMap((root) => root.getAnimations()).filter(passing).map((a) => a.effect.target),
        ink: all(".pad [style*='color:']").filter((e) => light(getComputedStyle(e).color) === (scheme === "light")),
        paper: all(".stApp, .st-key-lesson_panel, body:not(:has(.stApp))")
            .filter((e) => light(getComputedStyle(e).backgroundColor) !== (scheme === "light")),
    }};
    const said = ([what, found]) => found.map((e) => `${{what}}: ${{e.outerHTML.slice(0, 200)}}`);
    return Object.entries(others).flatMap(said);
}}"""

# Whatever of a component moves by itself, or would.
_MOVING = f"""() => {{
    {ALL}
    const styles = all(".pad *").map((e) => getComputedStyle(e));
    return styles.filter((s) => s.animationName !== "none" || parseFloat(s.transitionDuration) > 0).length;
}}"""

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


def shown(page: Page, size: tuple[int, int], scheme: str) -> None:
    """Show the page in a window of this size in a scheme, and wait until nothing of it is on its way."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    rest(page, scheme)


def rest(page: Page, scheme: str) -> None:
    """Show the page in a scheme, without motion, and wait until nothing of it is on its way."""
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=PATIENCE)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    try:
        page.wait_for_function(f"(scheme) => !({_UNREST})(scheme).length", arg=scheme, timeout=PATIENCE, polling=50)
    except TimeoutError as error:
        raise AssertionError(f"still on its way: {page.evaluate(_UNREST, scheme)}") from error


def brief(page: Page) -> list[str]:
    """What is wrong with what is open now: as a phone shows it in the dark, then wide and light, as it stays."""
    found = []
    for size, scheme in ((PHONE, DARK), (WIDE, LIGHT)):
        shown(page, size, scheme)
        found += [f"{size[0]}, {scheme}: {words}" for words in grave(page) + too_wide(page)]
    return found


def whole(page: Page) -> list[str]:
    """What is wrong with a page: in short, for fingers, for keys, and for who bears no motion."""
    found = brief(page)
    shown(page, PHONE, LIGHT)
    found += [f"phone: {words}" for words in small_targets(page)]
    shown(page, (820, 1180), LIGHT)
    found += [f"820: {words}" for words in too_wide(page)]
    shown(page, WIDE, LIGHT)
    if count := moving(page):
        found.append(f"{count} elements of a component move by themselves")
    stops, missed, blind = walked(page)
    if stops <= 5:
        found.append(f"Tab has only {stops} stops")
    return found + [f"not reached by Tab: {name}" for name in missed] + [f"focus not seen: {name}" for name in blind]


def grave(page: Page) -> list[str]:
    """Each violation that is serious or critical, or of WCAG's levels A and AA: its rule, where, what would mend it."""
    return _told(_axe(page, {"resultTypes": ["violations"]}))


def small_targets(page: Page) -> list[str]:
    """Each control that is smaller than 24 by 24 pixels and too near to another one (WCAG 2.2, 2.5.8)."""
    page.evaluate(_UNSTICK)
    return _told(_axe(page, {"runOnly": {"type": "rule", "values": ["target-size"]}, "resultTypes": ["violations"]}))


def moving(page: Page) -> int:
    """How many elements of the page's components have an animation or a transition."""
    return page.evaluate(_MOVING)


def _axe(page: Page, options: dict) -> list[dict]:
    """The violations that axe finds; a page is given its script once."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return page.evaluate("async (options) => (await axe.run(document, options)).violations", options)


def _told(violations: list[dict]) -> list[str]:
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in violations
        if violation["impact"] in ("serious", "critical") or {"wcag2a", "wcag2aa"} & {*violation["tags"]}
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
