"""What is installed: each line of requirements.txt stands in requirements.lock with its hashes, and all it brings."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_HASH = re.compile(r"\s+--hash=sha256:[0-9a-f]{64}( \\)?")


def locked() -> dict[str, list[str]]:
    """The lines of hashes of each package and version."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if not line.startswith(" "):
            name = line.partition(" ")[0]
            found[name] = []
        else:
            found[name].append(line)
    return found


def test_every_package_has_hashes_but_torch_which_has_several_builds() -> None:
    found = locked()
    assert len(found) > 50
    assert [name for name, hashes in found.items() if not hashes or not all(map(_HASH.fullmatch, hashes))] == []
    assert [name for name in found if name.startswith(("torch", "nvidia", "cuda", "triton"))] == []


def test_the_lock_is_of_these_requirements() -> None:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    asked = {line.partition(";")[0].strip() for line in lines if line and not line.startswith("#")}
    assert asked - set(locked()) == {"torch==2.13.0"}


def test_the_app_is_installed_by_the_hashes() -> None:
    told = subprocess.run(["make", "-n", "-B", "run"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    installing = [line for line in told.splitlines() if " pip install " in line]
    assert "--require-hashes" in installing[0]
    assert installing[0].endswith("-r requirements.lock")


def test_what_the_app_imports_is_asked_for_by_name() -> None:
    asked = {line.partition("==")[0] for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()}
    sources = [ROOT / "app.py", *(path for part in ("pages", "ui", "vae_core") for path in (ROOT / part).rglob("*.py"))]
    packages = packages_distributions()
    imported = {module for source in sources for module in modules(source)} - sys.stdlib_module_names
    assert {module for module in imported - {"ui", "vae_core"} if not asked & set(packages[module])} == set()


def modules(source: Path) -> Iterator[str]:
    """The packages that a file imports."""
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]
