"""Modules of the components by themselves: what colours and shapes say, where a point starts, when a line is dead."""

from collections.abc import Iterator
from itertools import combinations, product

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import WEB, serve_folder
from tests.colour_difference import SIGHTS, apart
from ui import charts
from ui.lessons.registry import run_check

PAPER = {False: "#ffffff", True: "#10151d"}  # of the light theme and of the dark one
LEAST, LEAST_IN_FULL = 10, 16  # CIEDE2000 between any two, for any sight and for most people
MODULES = {
    "palette": "shared/palette.js",
    "look": "paths/path_kinds.js",
    "racers": "shared/proposal_styles.js",
    "stretch": "anything_from_a_normal/draw/colours.js",
    "view": "anything_from_a_normal/view.js",
    "socket": "classroom/socket.js",
    "nearest": "shared/nearest.js",
    "guesses": "classroom/guess_histogram.js",
}


@pytest.fixture(scope="module")
def modules(browser: Browser) -> Iterator[Page]:
    """A page that holds the modules as `modules.palette`, `modules.look`, ..."""
    with serve_folder(WEB) as address:
        page = browser.new_page()
        page.goto(address)
        page.evaluate(
            """async paths => {
                window.modules = {};
                for (const [name, path] of Object.entries(paths))
                    modules[name] = await import(new URL(path, document.baseURI));
            }""",
            MODULES,
        )
        yield page
        page.close()


def classes(page: Page, dark: bool, count: int = 10) -> list[dict[str, str]]:
    """Colour and shape of each class."""
    return page.evaluate(
        "([count, dark]) => Array.from({ length: count }, (_, label) => modules.palette.mark(label, dark))",
        [count, dark],
    )


def ways(page: Page, dark: bool) -> list[str]:
    """The colour of each kind of way."""
    return page.evaluate(
        "dark => Object.keys(modules.look.NAMES).map((kind) => modules.look.colourOf(kind, { dark }))", dark
    )


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("dark", PAPER)
@pytest.mark.parametrize("of", ["classes", "ways"])
def test_any_two_colours_differ_for_every_sight(modules: Page, of: str, dark: bool, sight: str) -> None:
    found = ways(modules, dark) if of == "ways" else [each["colour"] for each in classes(modules, dark)]
    assert len(found) == {"ways": 4, "classes": 10}[of]
    least = min(apart(one, other, sight) for one, other in combinations(found, 2))
    print(f"{of}, dark {dark}, {sight}: {least:.1f}")
    assert least >= (LEAST_IN_FULL if sight == "normal" else LEAST)
    assert min(apart(colour, PAPER[dark], sight) for colour in found) >= 2 * LEAST


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("dark", PAPER)
def test_the_proposals_differ_from_each_other_and_from_all_that_they_are_drawn_beside(
    modules: Page, dark: bool, sight: str
) -> None:
    """The ink, the accent of z, and the colour of the map where p(x|z) is largest."""
    accent, ink = ("#ff6b9d", "#e8ecf2") if dark else ("#c2255c", "#1b2430")
    *proposals, top = modules.evaluate(
        """dark => {
            const { RACERS, colourOf } = modules.racers;
            const top = Array.from(modules.palette.createColorScale(dark).slice(-3));
            const written = "#" + top.map((value) => value.toString(16).padStart(2, "0")).join("");
            return [...RACERS.map((name) => colourOf(name, { dark })), written];
        }""",
        dark,
    )
    pairs = [*combinations(proposals, 2), *product(proposals, (ink, accent, top))]
    assert min(apart(one, other, sight) for one, other in pairs) >= LEAST
    assert min(apart(each, PAPER[dark], sight) for each in proposals) >= 2 * LEAST
    kind = "dark" if dark else "light"
    assert proposals == [colours[kind] for colours in (charts._BROWN, charts._TEAL, charts._VIOLET)]
    assert modules.evaluate("Object.values(modules.racers.GLYPHS)") == ["◆", "●", "▲"]


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("dark", PAPER)
def test_stretch_and_squeeze_differ_for_every_sight(modules: Page, dark: bool, sight: str) -> None:
    assert apart(*modules.evaluate("dark => modules.stretch.lineColours(dark)", dark), sight) >= 2 * LEAST


@pytest.mark.parametrize("dark", PAPER)
def test_shapes_and_dashes_say_the_same_without_colour(modules: Page, dark: bool) -> None:
    assert len({each["shape"] for each in classes(modules, dark)}) == 10
    assert len({(each["colour"], each["shape"]) for each in classes(modules, dark, 100)}) == 100
    dashes = modules.evaluate("Object.keys(modules.look.NAMES).map((kind) => modules.look.DASHES[kind])")
    assert len(set(map(tuple, dashes))) == len(dashes) == 4


@pytest.mark.parametrize("name", ["exponential", "ring"])
def test_a_point_starts_at_the_z_that_the_checks_of_lessons_assume(modules: Page, name: str) -> None:
    z = modules.evaluate("map => modules.view.pointOf({ map, z: null })", name)
    moved = run_check("stretch", {"normal_map": name, "normal_z": ",".join(str(2 * c) for c in z)}, {})
    assert run_check("stretch", {"normal_map": name}, {}) == run_check(
        "stretch", {"normal_map": name, "normal_z": ",".join(map(str, z))}, {}
    )
    assert run_check("stretch", {"normal_map": name}, {}) != moved


def test_a_line_is_dead_after_more_than_two_signs_of_life_that_did_not_come(modules: Page) -> None:
    modules.clock.install(time=0)
    modules.clock.pause_at(1000)
    modules.evaluate("""() => {
        window.lines = [];
        window.lost = 0;
        window.WebSocket = class {
            static OPEN = 1;
            constructor() { lines.push(this); }
            close() {}
        };
        modules.socket.connect(() => ({}), { onMessage: () => {}, onLost: () => lost++ });
    }""")

    def say(message: str) -> None:
        modules.evaluate("data => lines.at(-1).onmessage({ data })", message)

    def after(seconds: float) -> int:
        modules.clock.run_for(int(1000 * seconds))
        return modules.evaluate("lost")

    say('{"alive": 10}')
    assert after(24.9) == 0  # two signs may come late
    say('{"view": 1}')
    assert after(24.9) == 0
    assert after(0.2) == 1
    assert after(8) == 1  # it has been opened again by now
    assert modules.evaluate("lines.length") == 2
    say('{"alive": 1}')
    assert after(2.4) == 1
    assert after(0.2) == 2


@pytest.mark.parametrize(("far", "home"), [(0.0, 4.2), (4.1, 4.3), (17.0, 5.8)])
def test_a_few_codes_far_out_do_not_make_the_others_small(modules: Page, far: float, home: float) -> None:
    """Of 500 codes between -4 and 4 on each side, five lie `far` out."""
    codes = [far if n < 5 else 4 * (1 - (n // 4) / 125) * (-1) ** n for n in range(500) for _ in range(2)]
    half = "codes => modules.nearest.homeHalf({ count: 500, mu: Float32Array.from(codes) }, 2, [0, 1])"
    assert modules.evaluate(half, codes) == pytest.approx(home, abs=0.051)


@pytest.mark.parametrize(
    ("guesses", "bins"),
    [
        ([7.0], [6]),
        ([0.0, 5.0, 12.0], [0, 5, 11]),
        ([1.0, 10.0, 1000.0], [0, 4, 11]),  # by powers of ten
        ([-1.0, 10.0, 1000.0], [0, 0, 11]),  # of which a negative number is none
    ],
)
def test_guesses_are_counted_in_their_bins(modules: Page, guesses: list[float], bins: list[int]) -> None:
    found = modules.evaluate(
        """guesses => {
            const { counts, binOf } = modules.guesses.histogramOf(guesses);
            return { counts, bins: guesses.map(binOf) };
        }""",
        guesses,
    )
    assert found == {"counts": [bins.count(k) for k in range(12)], "bins": bins}


@pytest.mark.parametrize(
    ("value", "shown"), [(0, "0"), (1234.56, "1,235"), (-2.5, "-2.5"), (4e7, "4.0e7"), (0.00012, "1.2e-4")]
)
def test_a_guess_is_written_short(modules: Page, value: float, shown: str) -> None:
    assert modules.evaluate("value => modules.guesses.figure(value)", value) == shown
