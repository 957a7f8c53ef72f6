"""The table of `make promises` is honest: each row is measured by a test that exists; what is missing is not kept."""

from pathlib import Path

import pytest

from tests import promises
from tests.figures import FILE_VARIABLE, figure
from tests.promises import FILES, ROWS, judged, read_cases, read_figures
from tests.server import ROOT


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.measure.rpartition("::")[2])
def test_every_row_is_measured_by_a_test_that_is_run(row: promises.Row) -> None:
    file, _, name = row.measure.rpartition("::")
    sources = {path: (ROOT / path).read_text() for path in FILES}
    if file:
        assert f"def {name}(" in sources[file]
    else:
        assert any(f'figure("{row.measure}"' in source for source in sources.values())


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
