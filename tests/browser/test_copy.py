"""A press copies a figure with its name and error, and a table with tabs between its cells."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.latent_map_driver import Pad
from tests.browser.where_p_is_large_driver import Map

MAY = ["clipboard-read", "clipboard-write"]


def copied(page: Page) -> str:
    return page.evaluate("navigator.clipboard.readText()")


def test_a_press_on_a_figure_copies_its_name_value_and_error(host: str, new_page: Callable[..., Page]) -> None:
    pad = Pad(new_page(permissions=MAY), host).open(map_x="3")
    button = pad.page.get_by_title("Copy ELBO with its error")
    expect(button).to_contain_text("±")
    value, error = pad.part("elbo").inner_text(), button.locator(".error-bar").inner_text()
    button.focus()
    pad.page.keyboard.press("Enter")
    expect(button).to_contain_text("Copied")
    assert copied(pad.page) == f"ELBO = {value} {error} nats"


def test_a_table_is_copied_with_tabs(host: str, new_page: Callable[..., Page]) -> None:
    there = Map(new_page(permissions=MAY), host).open()
    there.page.get_by_role("button", name="Copy the table of the race").click()
    expect(there.page.get_by_text("Copied")).to_be_visible()
    rows = [line.split("\t") for line in copied(there.page).split("\n")]
    assert {len(row) for row in rows} == {4}
    assert rows[0] == ["", "◆ prior", "● encoder", "▲ made for x"]
    assert rows[1][0] == "estimate of log p(x)"
    assert rows[1][2].startswith(there.part("estimate-encoder").inner_text())
