"""The house's floors, read from the imports: app.py and pages stand on ui, ui stands on vae_core, never upwards."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = {"app", "pages", "ui", "vae_core", "tests", "benchmarks"}
MAY_IMPORT = {
    "app": {"ui", "vae_core"},
    "pages": {"ui", "vae_core"},
    "ui": {"ui", "vae_core"},
    "vae_core": {"vae_core"},
}
FRONT_END = {"streamlit", "starlette", "plotly", "altair"}


def files(floor: str) -> list[Path]:
    return [ROOT / "app.py"] if floor == "app" else sorted((ROOT / floor).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """Top name of each import in a file, wherever it stands; a relative import counts as the file's own floor."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield path.relative_to(ROOT).parts[0] if node.level else node.module.split(".")[0]


@pytest.mark.parametrize("floor", MAY_IMPORT)
def test_no_floor_reaches_up(floor: str) -> None:
    assert files(floor)
    for path in files(floor):
        assert set(imports(path)) & OURS <= MAY_IMPORT[floor], path


def test_the_core_knows_of_no_page() -> None:
    for path in files("vae_core"):
        assert not set(imports(path)) & FRONT_END, path


def test_a_page_script_is_short() -> None:
    for path in files("pages"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 120, path


@pytest.mark.parametrize("module", ["vae_core", "vae_core.data", "vae_core.run", "vae_core.export", "ui.pad_data"])
def test_reading_runs_and_data_does_not_import_torch(module: str) -> None:
    code = f"import sys, {module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
