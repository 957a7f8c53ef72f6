"""The store of a component by itself: derived state before reactions, in whatever order they were registered."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from playwright.sync_api import Error as PageError

from tests.browser.conftest import WEB, serve_folder

CHAIN = """
    const derivations = {
        c: (store) => store.derive(["c"], ["b", "a"], ({ a, b }) => ({ c: `${a}+${b}` })),
        b: (store) => store.derive(["b"], ["a"], ({ a }) => ({ b: 10 * a })),
        d: (store) => store.derive(["d", "e"], ["c"], ({ c }) => ({ d: `(${c})`, e: c.length })),
    };
"""


@pytest.fixture(scope="module")
def loaded(browser: Browser) -> Iterator[Page]:
    with serve_folder(WEB) as address:
        page = browser.new_page()
        page.goto(address)
        page.evaluate("""async () => {
            const { createStore } = await import(new URL("shared/store.js", document.baseURI));
            const nextFrame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
            Object.assign(window, { createStore, nextFrame });
        }""")
        yield page
        page.close()


def test_all_orders_of_registration_give_the_same(loaded: Page) -> None:
    found = loaded.evaluate(f"""async () => {{
        {CHAIN}
        const all = {{ ...derivations, react: (store, seen) =>
            store.on(["d"], (changed) => seen.push([{{ ...store.state }}, [...changed].sort()])) }};
        const orders = (names) => names.length < 2 ? [names]
            : names.flatMap((first) => orders(names.filter((name) => name !== first)).map((rest) => [first, ...rest]));
        const results = [];
        for (const order of orders(Object.keys(all))) {{
            const store = createStore({{ a: 0 }});
            const seen = [];
            for (const name of order) all[name](store, seen);
            store.set({{ a: 1 }});
            await nextFrame();
            store.set({{ a: 2 }});
            await nextFrame();
            results.push(JSON.stringify(seen.map(([values, changed]) => [Object.entries(values).sort(), changed])));
        }}
        return results;
    }}""")
    assert len(found) == 24
    assert len(set(found)) == 1
    assert '["c","1+10"]' in found[0]
    assert '["d","(2+20)"]' in found[0]


def test_what_is_derived_is_there_before_any_reaction_of_the_frame(loaded: Page) -> None:
    assert loaded.evaluate("""async () => {
        const store = createStore({ z: 1 });
        const painted = [];
        store.on(["z"], () => painted.push(store.state.picture));
        store.derive(["picture"], ["z"], ({ z }) => ({ picture: `of ${z}` }));
        store.set({ z: 2 });
        store.set({ z: 3 });
        await nextFrame();
        return painted;
    }""") == ["of 3"]


def test_many_sets_are_one_frame_and_merge_at_once(loaded: Page) -> None:
    assert loaded.evaluate("""async () => {
        const store = createStore({ z: 0 });
        const frames = [];
        let computed = 0;
        store.derive(["twice"], ["z"], ({ z }) => (computed++, { twice: 2 * z }));
        store.on(["z", "twice"], () => frames.push(store.state.z));
        store.afterFrame((changed, ms) => frames.push([...changed].sort().join(), ms >= 0));
        for (let z = 1; z <= 100; z++) store.set({ z });
        const merged = store.state.z;
        await nextFrame();
        await nextFrame();
        return [merged, computed, frames];
    }""") == [100, 1, [100, "twice,z", True]]


def test_a_derived_key_counts_as_changed_only_where_its_value_is_another(loaded: Page) -> None:
    assert loaded.evaluate("""async () => {
        const store = createStore({ a: 1 });
        const seen = [];
        store.derive(["even"], ["a"], ({ a }) => ({ even: a % 2 === 0 }));
        store.on(["even"], () => seen.push(store.state.a));
        for (const a of [1, 3, 4, 6, 7]) {
            store.set({ a });
            await nextFrame();
        }
        return seen;
    }""") == [1, 4, 7]


def test_a_derivation_knows_what_has_changed_and_its_value_before(loaded: Page) -> None:
    assert loaded.evaluate("""async () => {
        const store = createStore({ step: 1, by: 0, total: 5 });
        const sum = ({ total, by }, changed) => ({ total: changed.has("by") ? total + by : 0 });
        store.derive(["total"], ["step", "by"], sum);
        const totals = [];
        for (const patch of [{ by: 2 }, { by: 3 }, { step: 2 }]) {
            store.set(patch);
            await nextFrame();
            totals.push(store.state.total);
        }
        return totals;
    }""") == [7, 10, 0]


@pytest.mark.parametrize(
    "act",
    [
        'store.derive(["a"], ["c"], () => ({ a: 1 }))',
        'store.derive(["own"], ["own"], () => ({ own: 1 }))',
    ],
)
def test_a_circle_is_refused_and_leaves_the_store_as_it_was(loaded: Page, act: str) -> None:
    assert loaded.evaluate(f"""async () => {{
        {CHAIN}
        const store = createStore({{ a: 0 }});
        for (const declare of Object.values(derivations)) declare(store);
        let said = "";
        try {{ {act}; }} catch (error) {{ said = error.message; }}
        store.set({{ a: 1, own: 3 }});
        await nextFrame();
        return [said.startsWith("Derived state depends on itself"), store.state.c, store.state.own];
    }}""") == [True, "1+10", 3]


@pytest.mark.parametrize(
    ("act", "words"),
    [
        ('store.derive(["x", "b"], ["z"], () => ({}))', "state.b is derived already"),
        ("store.set({ a: 2, b: 3 })", "state.b is derived: set what it depends on"),
        ("store.state.a = 2", "state.a is read only"),
        ("store.state.b = 2", "state.b is read only"),
        ("Object.assign(store.state, { fresh: 1 })", "state.fresh is read only"),
        ("delete store.state.a", "state.a is read only"),
        ('Object.defineProperty(store.state, "a", { value: 2 })', "state.a is read only"),
    ],
)
def test_a_second_owner_and_a_write_past_set_are_refused(loaded: Page, act: str, words: str) -> None:
    loaded.evaluate("""() => {
        window.store = createStore({ a: 1 });
        store.derive(["b"], ["a"], ({ a }) => ({ b: -a }));
    }""")
    with pytest.raises(PageError, match=words):
        loaded.evaluate(f"() => {{ {act} }}")
    assert loaded.evaluate("() => ({ ...store.state })") == {"a": 1}


def test_a_reaction_may_set_and_what_is_stopped_runs_no_more(loaded: Page) -> None:
    assert loaded.evaluate("""async () => {
        const store = createStore({ a: 1 });
        const seen = [];
        store.on(["b"], () => seen.push(store.state.b));
        store.on(["a"], () => store.set({ b: store.state.a + 1 }));
        store.set({ a: 2 });
        await nextFrame();
        await nextFrame();
        store.set({ a: 5 });
        store.stop();
        store.set({ a: 6 });
        await nextFrame();
        return seen;
    }""") == [3]
