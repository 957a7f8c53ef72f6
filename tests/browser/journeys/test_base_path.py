"""The app at a path of a site, as behind a university's proxy or a notebook server: nothing is asked for beside it."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.server import ROOT
from tests.serving.site import HTTP, free_ports, proxy

PATIENCE = 60_000
PLACE = "/teach/vae/"
IN_README = "http://127.0.0.1:8501/"  # where its block for a plain proxy finds the app


@pytest.fixture
def site(server: str, tmp_path: Path) -> Iterator[str]:
    """The address of the app at its path."""
    address = f"127.0.0.1:{free_ports(1)[0]}"
    [block] = re.findall(rf"^location {PLACE} {{.*?^}}", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    assert IN_README in block
    found = block.replace(IN_README, f"http://{server}/")
    (tmp_path / "site.conf").write_text(f"server {{ listen {address};\n{found}\n}}\n")
    (tmp_path / "nginx.conf").write_text(HTTP.format(folder=tmp_path, site="site.conf"))
    with proxy(tmp_path / "nginx.conf", address):
        yield f"http://{address}{PLACE}"


def test_every_page_works_and_a_class_meets(site: str, new_page: Callable[..., Page]) -> None:
    page = new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site}?map_x=3")
    expect(page.get_by_test_id("elbo")).to_be_visible(timeout=PATIENCE)
    for name, ready in (
        ("paths", "strip-geodesic"),
        ("anything-from-a-normal", "x-plane"),
        ("where-p-is-large", "finish"),
        ("where-p-is-large?large_chapter=darts", "darts-words"),
        ("other-families?families_chapter=autoregressive", "pixel-words"),
        ("train", "runs"),
    ):
        page.goto(f"{site}{name}")
        expect(page.get_by_test_id(ready).first).to_be_attached(timeout=PATIENCE)
    page.goto(f"{site}glossary")
    expect(page.get_by_role("heading", name="Glossary")).to_be_visible(timeout=PATIENCE)
    page.goto(f"{site}library")
    rows = np.random.default_rng(0).normal(size=(40, 4))
    table = "a,b,c,d\n" + "\n".join(",".join(f"{value:.4f}" for value in row) for row in rows)
    page.locator("input[type=file]").first.set_input_files(
        files=[{"name": "table.csv", "mimeType": "text/csv", "buffer": table.encode()}]
    )
    expect(page.get_by_role("button", name="Train now")).to_be_visible(timeout=PATIENCE)
    page.goto(f"{site}lessons")
    page.get_by_role("button", name="Start lesson 1", exact=True).click()
    expect(page.get_by_role("button", name="Next", exact=True)).to_be_visible(timeout=PATIENCE)
    page.goto(f"{site}train")
    expect(page.get_by_test_id("runs")).to_be_attached(timeout=PATIENCE)
    page.get_by_test_id("room-status").click()
    page.get_by_test_id("room-start").click()
    expect(page.get_by_test_id("room-name")).not_to_be_empty(timeout=PATIENCE)
    link = page.get_by_test_id("class-link")
    expect(link).to_have_text(re.compile(re.escape(f"{site}?room=")), timeout=PATIENCE)
    student = new_page(fresh=True)
    student.goto(link.inner_text())
    expect(student.get_by_test_id("stop-following")).to_be_visible(timeout=PATIENCE)
    student.wait_for_url(f"{site}train**", timeout=PATIENCE)
    sites = {f"{part.netloc}{part.path}" for part in map(urlsplit, asked) if part.scheme in ("http", "ws")}
    here = site.partition("://")[2]
    assert {name for name in sites if not name.startswith(here)} == set()
