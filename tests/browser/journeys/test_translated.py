"""A page that the browser translates goes on: its texts are wrapped by a translator, then the visitor works with it."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

PATIENCE = 60_000

# As Chrome's translator does: each text becomes two font elements around a text in the other language.
_TRANSLATE = """() => {
    const texts = [];
    const walk = document.createTreeWalker(document.querySelector(".stApp"), NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) if (walk.currentNode.data.trim()) texts.push(walk.currentNode);
    for (const text of texts) {
        const [outer, inner] = [document.createElement("font"), document.createElement("font")];
        inner.textContent = text.data.toUpperCase();
        outer.append(inner);
        text.replaceWith(outer);
    }
    return texts.length;
}"""


def test_a_translated_page_is_worked_with(server: str, new_page: Callable[..., Page]) -> None:
    page = new_page()
    page.goto(f"http://{server}/library")
    expect(page.get_by_test_id("stFileUploader")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_test_id("room-status")).to_be_visible(timeout=PATIENCE)
    assert page.evaluate(_TRANSLATE) > 20
    page.get_by_role("tab").nth(1).click()
    expect(page.locator("[class*=st-key-lib_model_]").first).to_be_visible(timeout=PATIENCE)
    page.evaluate(_TRANSLATE)
    page.get_by_role("tab").nth(2).click()
    expect(page.locator("[class*=st-key-lib_model_]")).to_have_count(0, timeout=PATIENCE)
    page.evaluate(_TRANSLATE)
    page.get_by_test_id("stTopNavLink").nth(1).click()
    expect(page.get_by_test_id("x-plane")).to_be_visible(timeout=PATIENCE)
    for broken in ("stException", "stError", "stAlertContentError"):
        expect(page.get_by_test_id(broken)).to_have_count(0)
