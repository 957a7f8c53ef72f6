"""The house's floors, read from the imports: app.py and pages stand on ui, ui stands on vae_core, never upwards."""

import ast
import re
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
# The parts of vae_core from the bottom up: each imports only itself and those before it, so there is no circle.
CORE = (
    *("io", "layers", "config", "device", "products", "distributed", "readers", "data"),
    *("distributions", "models", "objectives", "estimators", "latent", "transport", "families", "training"),
    *("runs", "training_process", "export", "jobs", "tasks", "uploads", "cli"),
)
SCIENCE = ("distributions", "models", "objectives", "estimators", "latent", "transport", "families")
BELOW_SCIENCE = {"layers", "config", "device", "data"}


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


def part(module: str) -> str:
    """The part of vae_core that a dotted name lies in; empty for vae_core itself."""
    return module.split(".")[1] if module.startswith("vae_core.") else ""


def parts_imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            found |= {part(node.module)} if part(node.module) else {part(f"{node.module}.{a.name}") for a in node.names}
        elif isinstance(node, ast.Import):
            found |= {part(alias.name) for alias in node.names}
    return found & set(CORE)


def test_every_part_of_the_core_stands_on_those_below_it() -> None:
    folder = ROOT / "vae_core"
    former = {"linear", "marginal"}  # names that notebooks import
    there = {path.stem for path in folder.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}
    assert there - former - {"__init__", "__main__"} == set(CORE)
    for path in files("vae_core"):
        own = path.relative_to(folder).parts[0].removesuffix(".py")
        if own in CORE:
            assert parts_imported(path) <= set(CORE[: CORE.index(own) + 1]), path


def test_the_science_knows_of_no_files_queues_or_uploads() -> None:
    for name in SCIENCE:
        for path in [*(ROOT / "vae_core" / name).rglob("*.py"), *(ROOT / "vae_core").glob(f"{name}.py")]:
            assert parts_imported(path) <= BELOW_SCIENCE | set(SCIENCE), path


def test_the_core_knows_of_no_page() -> None:
    for path in files("vae_core"):
        assert not set(imports(path)) & FRONT_END, path


def test_a_page_script_is_short() -> None:
    for path in files("pages"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 120, path


@pytest.mark.parametrize(
    "module",
    [
        "vae_core",
        "vae_core.data",
        "vae_core.runs.run",
        "vae_core.export.browser_weights",
        "ui.pages.latent_map.component",
    ],
)
def test_reading_runs_and_data_does_not_import_torch(module: str) -> None:
    code = f"import sys, {module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


WEB = ROOT / "ui" / "web"
WEB_IMPORT = re.compile(r"""(?:^|\n)\s*(?:import|export)\b[^;"']*?["'](\.[^"']+)["']|\bimport\(\s*["'](\.[^"']+)["']""")
BELOW_PAGES = {"engine": {"engine"}, "shared": {"shared", "engine"}}
MOUNTED_WHOLE = {(page, "latent_map/main.js") for page in ("train", "standalone")}


def web_imports(path: Path) -> Iterator[str]:
    """What a module imports, and what its JSDoc takes types from: paths below ui/web."""
    for found in WEB_IMPORT.finditer(path.read_text(encoding="utf-8")):
        yield str((path.parent / (found[1] or found[2])).resolve().relative_to(WEB))


def test_modules_of_the_web_import_only_their_own_folder_shared_and_engine() -> None:
    seen = 0
    for path in sorted(WEB.rglob("*.js")):
        folder = path.relative_to(WEB).parts[0]
        allowed = BELOW_PAGES.get(folder, {folder, "shared", "engine"})
        for target in web_imports(path):
            seen += 1
            assert (WEB / target).is_file(), f"{path} imports {target}, which does not exist"
            assert target.split("/")[0] in allowed or (folder, target) in MOUNTED_WHOLE, f"{path} imports {target}"
    assert seen > 500
