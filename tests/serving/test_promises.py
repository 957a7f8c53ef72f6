"""The table of `make promises` is honest: each row is measured by a test that exists; what is missing is not kept."""

import ast
from pathlib import Path

import pytest

from tests import promises
from tests.measured_figures import FILE_VARIABLE, figure
from tests.promises import PLACES, ROWS, judged, read_cases, read_figures
from tests.server import ROOT


def test_every_row_is_a_test_that_is_run_or_a_figure_that_is_declared() -> None:
    modules = {path: ast.parse((ROOT / path).read_text()) for path in _files()}
    calls = [node for module in modules.values() for node in ast.walk(module) if isinstance(node, ast.Call)]
    figures = {call.args[0].value for call in calls if ast.unparse(call.func) == "figure" and _is_name(call.args[0])}
    for row in ROWS:
        file, _, name = row.measure.rpartition("::")
        if file:
            tests = {node.name for node in modules[file].body if isinstance(node, ast.FunctionDef)}
            assert name in tests, f"{file} has no {name}"
        elif row.measure != promises.MUTANTS:
            assert row.measure in figures, f"no test says {row.measure}"


def test_no_promise_is_measured_where_it_is_not_looked_for() -> None:
    marks = ("mark.promise", "few(")
    marked = [path for path in (ROOT / "tests").rglob("test_*.py") if any(map(path.read_text().count, marks))]
    assert {str(path.relative_to(ROOT)) for path in marked} <= set(_files())


def _files() -> list[str]:
    """The files of tests that `make promises` runs."""
    found = [path for place in PLACES for path in ([ROOT / place] if place.endswith(".py") else _tests(ROOT / place))]
    return [str(path.relative_to(ROOT)) for path in found]


def _tests(folder: Path) -> list[Path]:
    return sorted(folder.glob("test_*.py"))


def _is_name(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def test_the_worst_of_each_figure_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FILE_VARIABLE, str(tmp_path / "figures"))
    figure("a", 1, "<=", 5)
    figure("a", 3, "<=", 5)
    figure("b", 3, ">=", 1)
    figure("b", 2, ">=", 1)
    with pytest.raises(AssertionError, match="c is 6 s, promised <= 5"):
        figure("c", 6, "<=", 5, "s")
    figure("c", 1, "<=", 5, "s")
    found = read_figures(tmp_path / "figures")
    assert {name: (line["value"], line["holds"]) for name, line in found.items()} == {
        "a": (3, True),
        "b": (2, True),
        "c": (6, False),
    }


def test_what_was_skipped_failed_or_never_measured_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "report.xml").write_text(
        '<testsuites><testsuite><testcase classname="tests.x" name="test_a[1]"/><testcase classname="tests.x" '
        'name="test_a[2]"><skipped/></testcase><testcase classname="tests.x" name="test_b"/></testsuite></testsuites>'
    )
    cases = read_cases(tmp_path / "report.xml")
    assert cases == {"tests/x.py::test_a": [True, False], "tests/x.py::test_b": [True]}
    names = ("tests/x.py::test_a", "tests/x.py::test_b", "tests/x.py::test_c", "figure")
    monkeypatch.setattr(promises, "ROWS", [promises.Row("", "", name) for name in names])
    assert [line[-1] for line in judged({}, cases)] == ["NOT KEPT", "kept", "NOT KEPT", "NOT KEPT"]
    assert read_cases(tmp_path / "none.xml") == {}
