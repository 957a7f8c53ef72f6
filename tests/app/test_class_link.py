"""What a link hides and locks: its names, the sentences for wrong ones, what Python draws, and the QR code."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from tests.app.app_test_page import link_of, opened
from tests.app.runs import make_run
from ui.classroom.class_link import QUIET, address, is_local_address, qr_code, with_locks
from ui.classroom.present import PANELS
from ui.runs import catalogue
from ui.url_state.locks import CONTROLS, Control, Locks, read
from vae_core.runs.run import FOLDER_VARIABLE

FRAME = Path(__file__).parents[2] / "ui" / "server" / "frame.py"
MAP = [control.name for control in CONTROLS[""]]


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Opens the app by a link on one small run."""
    monkeypatch.setattr(catalogue, "ROOT", tmp_path / "elsewhere")
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "runs"))
    make_run(tmp_path / "runs" / "a-gaussian")

    def open_link(page: str = "", **params: str) -> AppTest:
        test = AppTest.from_file(str(FRAME), default_timeout=60)
        if page:
            test.run().switch_page(f"../../pages/{page.replace('-', '_')}.py")
            test.query_params.clear()
        opened(test, params)
        assert test.session_state["teaching_held"].page == page
        return test

    return open_link


def test_names_of_controls_are_plain_and_each_is_one_of_its_page() -> None:
    for page, controls in CONTROLS.items():
        names = [control.name for control in controls]
        assert len(names) == len(set(names)), page
        assert all(name.isascii() and name.isalpha() and name.islower() for name in names), page


def test_a_link_is_read_in_the_order_of_the_page_and_hidden_goes_before_locked() -> None:
    found, problems = read({"hide": "sliders,model", "lock": "plane,sliders", "present": "2"}, "")
    assert found == Locks("", ("model", "sliders"), ("plane",), 2)
    assert problems == []


@pytest.mark.parametrize(
    ("params", "page", "said"),
    [
        ({"hide": "model,everything"}, "", "hide = 'everything'"),
        ({"hide": "<script>alert(1)</script>"}, "paths", "hide = '<script>alert(1)</script>'"),
        ({"lock": "maths"}, "", "lock = 'maths'"),  # there is nothing to operate
        ({"lock": "sliders"}, "train", "lock = 'sliders'"),
        ({"present": "yes"}, "", "present = 'yes'"),
        ({"present": "٣"}, "", "present = "),
    ],
)
def test_what_cannot_be_held_is_one_sentence_and_left_out(params: dict[str, str], page: str, said: str) -> None:
    found, problems = read(params, page)
    assert len(problems) == 1
    assert said in problems[0]
    assert "left out" in problems[0]
    assert len(problems[0]) < 400
    assert found.hidden == (("model",) if "model" in params.get("hide", "") else ())
    assert (found.locked, found.present) == ((), 0)


def test_what_python_draws_is_hidden_or_locked(app: Callable[..., AppTest]) -> None:
    test = app(hide="card,why", lock="model")
    assert not test.exception
    assert not test.warning
    assert test.selectbox(key="map_model").disabled
    assert not test.expander
    assert not app().selectbox(key="map_model").disabled
    assert len(app().expander) == 1


DRAWN = [
    (page, control)
    for page, controls in CONTROLS.items()
    for control in controls
    if not control.where and control.name != "pages"
]


@pytest.mark.parametrize(
    ("page", "control"), [pytest.param(*pair, id=f"{pair[0] or 'map'}-{pair[1].name}") for pair in DRAWN]
)
def test_each_control_that_python_draws_can_be_hidden_and_locked(
    app: Callable[..., AppTest], page: str, control: Control
) -> None:
    parts, held = _drawn(app(page))
    assert _drawn(app(page, hide=control.name))[0] < parts
    if control.operable:
        left, locked = _drawn(app(page, lock=control.name))
        assert (left, locked > held) == (parts, True)


def _drawn(test: AppTest) -> tuple[int, int]:
    """How many elements the page has, and how many of them cannot be operated."""
    assert not test.exception
    parts = list(test.main)
    return len(parts), sum("disabled: true" in str(part.proto) for part in parts)


def test_a_hidden_model_is_still_the_one_of_the_link(app: Callable[..., AppTest]) -> None:
    test = app(hide="model", map_model="a-gaussian", map_seed="3")
    assert not test.exception
    assert not test.selectbox
    assert link_of(test) == {"hide": "model", "map_model": "a-gaussian", "map_seed": "3"}


def test_a_wrong_name_is_said_on_the_page_as_plain_text(app: Callable[..., AppTest]) -> None:
    test = app(hide="<b>x</b>")
    assert len(test.warning) == 1
    assert "\\<b\\>" in test.warning[0].value


def test_the_components_are_told_where_things_are(app: Callable[..., AppTest]) -> None:
    held = app(hide="sliders,card", lock="plane").session_state["teaching_held"]
    assert (held.hidden, held.locked) == (("card", "sliders"), ("plane",))


params = st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=20), max_size=4)


@given(params, st.lists(st.sampled_from(MAP), unique=True), st.lists(st.sampled_from(MAP), unique=True), st.booleans())
def test_the_link_that_is_written_reads_back(
    view: dict[str, str], hidden: list[str], locked: list[str], present: bool
) -> None:
    kept = {name: value for name, value in view.items() if name not in ("hide", "lock", "present")}
    link = address("https://lab.example.org/vae/", "paths", with_locks(view, hidden, locked, present))
    parts = urlsplit(link)
    said = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    assert (parts.netloc, parts.path) == ("lab.example.org", "/vae/paths")
    assert said.pop("hide", "") == ",".join(hidden)
    assert said.pop("lock", "") == ",".join(name for name in locked if name not in hidden)
    assert said.pop("present", "") == ("1" if present else "")
    assert said == kept


def test_the_qr_code_is_the_one_that_its_library_makes_with_a_quiet_zone() -> None:
    link = "https://lab.example.org/?map_x=7&hide=sliders"
    side, path = qr_code(link)
    rows = segno.make(link, error="l", micro=False).matrix
    assert side == len(rows) + 2 * QUIET
    dark = {(int(x), int(y)) for x, y in (part.removesuffix("h1v1h-1z").split() for part in path.split("M")[1:])}
    assert dark == {(x + QUIET, y + QUIET) for y, row in enumerate(rows) for x, module in enumerate(row) if module}


def test_a_link_that_no_qr_code_can_hold_is_one_sentence() -> None:
    qr_code("https://lab.example.org/?" + "a" * 2000)
    with pytest.raises(ValueError, match=r"3,0\d\d bytes, expected at most 2,953"):
        qr_code("https://lab.example.org/?" + "a" * 3000)


@pytest.mark.parametrize(
    ("base", "own"),
    [
        ("http://localhost:8501/", True),
        ("http://127.0.0.1:8501", True),
        ("http://[::1]:8501/", True),
        ("http://192.168.1.7:8501/", False),
        ("https://localhost.example.org/", False),
        ("", False),
    ],
)
def test_an_address_of_this_machine_is_known(base: str, own: bool) -> None:
    assert is_local_address(base) is own


def test_each_page_of_the_app_has_its_list_of_controls(app: Callable[..., AppTest]) -> None:
    files = {path.stem for path in (FRAME.parents[2] / "pages").glob("*.py")}
    assert {page.replace("-", "_") or "latent_map" for page in CONTROLS} == files
    assert set(PANELS) < set(CONTROLS)
    for page in CONTROLS.keys() - {page for page, _ in DRAWN}:
        assert not app(page).exception
