"""The dialog that saves a figure: open it by its button, choose, save, and read the file."""

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from playwright.sync_api import Locator, expect

SVG = "{http://www.w3.org/2000/svg}"
XLINK = "{http://www.w3.org/1999/xlink}"


class FigureDialog:
    """The dialog behind a button, opened."""

    def __init__(self, opener: Locator) -> None:
        self.page = opener.page
        opener.click()
        self.part("figure-size").filter(has_text=re.compile(r"\d")).wait_for()

    def part(self, name: str) -> Locator:
        return self.page.get_by_test_id(name)

    def choose(self, kind: str = "png", paper: str = "light", width: int = 85, unit: str = "mm", **choices: str):
        """Choose a file, a paper, a width, and more by the names of the lists: dpi, times, title."""
        for name in (kind, paper):
            self.page.locator("label", has=self.part(f"figure-{name}")).click()
        self.part("figure-unit").select_option(unit)
        self.part("figure-width").fill(str(width))
        for name, value in choices.items():
            field = self.part(f"figure-{name}")
            field.fill(value) if name == "title" else field.select_option(value)
        return self

    def size(self) -> tuple[int, int]:
        """What the dialog says of the pixels of the file."""
        expect(self.page.locator("dialog.figure-dialog")).to_have_attribute("aria-busy", "false")
        return tuple(map(int, re.search(r"(\d+) × (\d+) pixels", self.part("figure-size").inner_text()).groups()))

    def save(self, folder: Path) -> Path:
        with self.page.expect_download() as download:
            self.part("figure-save").click()
        path = folder / download.value.suggested_filename
        download.value.save_as(path)
        expect(self.page.locator("dialog.figure-dialog")).to_have_count(0)
        return path


def sound_svg(path: Path) -> ElementTree.Element:
    """An SVG that other programs draw: plain colours, each text in one place once, pictures that stay crisp."""
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"color\(|color-mix|oklch|var\(|<style|<script|foreignObject", text)
    tree = ElementTree.fromstring(text)
    places = ("x", "y", "transform")
    texts = [("".join(each.itertext()), *map(each.get, places)) for each in tree.iter(f"{SVG}text")]
    assert len(texts) == len(set(texts)) > 0
    for picture in tree.iter(f"{SVG}image"):
        assert picture.get(f"{XLINK}href").startswith("data:image/png")
    return tree


def words_of(tree: ElementTree.Element) -> list[str]:
    return ["".join(each.itertext()) for each in tree.iter(f"{SVG}text")]
