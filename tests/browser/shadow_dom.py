"""JavaScript that finds elements in the page and in the shadow roots of its components."""

# To stand at the beginning of a function's body: `all(where)` are the elements of a selector, wherever they are.
ALL = """
    const inside = (root) => [...root.querySelectorAll("*")].flatMap((e) => (e.shadowRoot ? roots(e.shadowRoot) : []));
    const roots = (root) => [root, ...inside(root)];
    const all = (where) => roots(document).flatMap((root) => [...root.querySelectorAll(where)]);
"""
