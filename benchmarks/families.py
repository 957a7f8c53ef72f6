"""The small models of "Other families" in a real browser: frames while they learn, and single computations.

A training goes on for three seconds; the gap is the time from one animation frame to the next. The computations are
those of the page's own engine on one thread: the relaxation time of an RBM of 9 and 8 units, by one singular value
decomposition, and a sample of an autoregressive model of 784 pixels and 500 units.
"""

from collections.abc import Iterator

from playwright.sync_api import Browser

from benchmarks import server_processes
from benchmarks.browser import VIEWPORT, chromium
from benchmarks.figures import Figure, at_most, median, p95, told
from ui.components.web_files import asset_base

SECONDS, REPEATS = 3, 30
FRAME = 1000 / 30  # milliseconds
TRAININGS = {  # the link, and the button that trains
    "RBM, exact gradient": ("families_machine=rbm", "train"),
    "DBM, exact gradient": ("families_machine=dbm", "train"),
    "autoregressive, 9 pixels": ("families_chapter=autoregressive", "small-train"),
    "GAN and VAE on the plane": ("families_chapter=gan", "gan-train"),
}
_GAPS = """seconds => new Promise((done) => {
  const gaps = [];
  const begun = performance.now();
  let last = null;
  const frame = (now) => {
    if (last !== null) gaps.push(now - last);
    last = now;
    if (now - begun < 1000 * seconds) requestAnimationFrame(frame);
    else done(gaps);
  };
  requestAnimationFrame(frame);
})"""
_TIMES = """async ([base, repeats]) => {
  const engine = (name) => import(`/${base}${name}.js`);
  const [rbm, made, { createRandom }] = await Promise.all([
    engine("other_families/engine/rbm"), engine("other_families/engine/made"), engine("engine/random")]);
  const random = createRandom(0);
  const [machine, writer] = [rbm.scaled(rbm.createRbm(9, 8, random), 20), made.createMade(784, 500, random)];
  const times = (compute) => Array.from({ length: repeats }, () => {
    const begun = performance.now();
    compute();
    return performance.now() - begun;
  });
  return [times(() => rbm.relaxationTime(machine)), times(() => made.sample(writer, random))];
}"""


def measure() -> Iterator[Figure]:
    with server_processes.app() as app, chromium() as browser:
        for name, (link, button) in TRAININGS.items():
            gaps = _gaps(browser, f"{app.url}/other-families?{link}", button)
            yield at_most(f"{name}: gap between frames while it learns, median", median(gaps), FRAME, "ms")
            yield told("  p95", f"{p95(gaps):.1f} ms")
        page = browser.new_page(viewport=VIEWPORT)
        page.goto(f"{app.url}/glossary")
        decomposition, sample = page.evaluate(_TIMES, [asset_base(), REPEATS])
        yield at_most("relaxation time of an RBM of 9 and 8 units, median", median(decomposition), 50, "ms")
        yield at_most("a sample of 784 pixels and 500 units, median", median(sample), 1000 / 60, "ms")


def _gaps(browser: Browser, address: str, button: str) -> list[float]:
    page = browser.new_page(viewport=VIEWPORT)
    page.goto(address)
    page.get_by_test_id(button).click(timeout=60_000)
    page.wait_for_timeout(1000)
    found = page.evaluate(_GAPS, SECONDS)
    page.close()
    return found
