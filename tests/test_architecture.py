"""docs/architecture.md, CONTRIBUTING.md and the README name files that exist, and the picture shows every package."""

import re
from pathlib import Path

import pytest

from tests.test_layering import CORE

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("docs/architecture.md", "CONTRIBUTING.md", "README.md")
PLACES = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
PATH = re.compile(r"`((?:[\w.-]+/)*[\w.-]+/?)`")
PICTURE = (ROOT / "docs" / "images" / "architecture.svg").read_text(encoding="utf-8")


def paths(page: str) -> list[str]:
    """What stands as code on a page and begins at the top of the repository."""
    found = PATH.findall((ROOT / page).read_text(encoding="utf-8"))
    return sorted({name for name in found if "/" in name and name.split("/")[0] in PLACES - {"runs", "uploads"}})


@pytest.mark.parametrize("page", PAGES)
def test_every_path_that_is_named_exists(page: str) -> None:
    assert paths(page)
    assert [name for name in paths(page) if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_link_to_a_file_leads_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)|(?:src|srcset)=\"(?!https?:)([^\"]+)\"", text)
    names = [first or second for first, second in links]
    assert names
    assert [name for name in names if not (ROOT / page).parent.joinpath(name).exists()] == []


def test_the_picture_shows_every_package() -> None:
    shown = set(re.findall(r'<text class="name"[^>]*>([^<]+)</text>', PICTURE))
    assert set(CORE) <= shown
    folders = {path.name for path in (ROOT / "ui").iterdir() if (path / "__init__.py").is_file()}
    assert folders - {"pages"} <= shown
    scripts = {path.stem for path in (ROOT / "pages").glob("*.py")}
    assert all(name in PICTURE for name in scripts)
    web = {path.name for path in (ROOT / "ui" / "web").iterdir()} - scripts
    assert all(re.search(rf"\b{name}\b", PICTURE) for name in web)
