"""The app at a path of a site, as behind a university's proxy or a notebook server: nothing is asked for beside it."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.serving.site import HTTP, free_ports, proxy

PATIENCE = 60_000
PLACE = "/teach/vae/"
# As the README says it for a plain proxy.
SITE = """
map $http_upgrade $connection_or_not {{ "" ""; default upgrade; }}
server {{
    listen {address};
    location {place} {{
        proxy_pass http://{server}/;
        proxy_http_version 1.1;
        proxy_set_header Host $http_host;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $connection_or_not;
        proxy_buffering off;
    }}
}}
"""


@pytest.fixture
def site(server: str, tmp_path: Path) -> Iterator[str]:
    """The address of the app at its path."""
    address = f"127.0.0.1:{free_ports(1)[0]}"
    (tmp_path / "site.conf").write_text(SITE.format(address=address, place=PLACE, server=server))
    (tmp_path / "nginx.conf").write_text(HTTP.format(folder=tmp_path, site="site.conf"))
    with proxy(tmp_path / "nginx.conf", address):
        yield f"http://{address}{PLACE}"


def test_every_page_works_and_a_class_meets(site: str, new_page: Callable[..., Page]) -> None:
    page = new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site}?map_x=3")
    expect(page.get_by_test_id("elbo")).to_be_visible(timeout=PATIENCE)
    for name, ready in (("paths", "strip-geodesic"), ("anything-from-a-normal", "x-plane"), ("train", "runs")):
        page.goto(f"{site}{name}")
        expect(page.get_by_test_id(ready)).to_be_attached(timeout=PATIENCE)
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
