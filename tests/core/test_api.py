"""docs/api.md: what the docstrings say now, and an example that runs."""

import re
from pathlib import Path

import pytest

import vae_core
from docs import api

ROOT = Path(__file__).parents[2]
TEXT = api.PAGE.read_text(encoding="utf-8")
PUBLIC = [name for name in vae_core.__all__ if name != "__version__"]


def test_the_page_is_what_the_script_writes() -> None:
    assert api.page() == TEXT, "write it anew: python -m docs.api"
    assert all(len(line) <= 120 for line in TEXT.splitlines())
    text = re.sub(r"```.*?```", "", TEXT, flags=re.DOTALL).partition(api.MARK)[2]
    assert re.findall(r"^ *(?:[+#>]|\d+\.) .*", re.sub(r"^##+ .*", "", text, flags=re.MULTILINE), re.MULTILINE) == []


def test_every_public_name_is_on_the_page() -> None:
    assert sorted(name for names in api.GROUPS.values() for name in names) == sorted(PUBLIC)
    assert set(PUBLIC) <= set(re.findall(r"^### (\w+)$", TEXT, re.MULTILINE))


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_docstring_says_what_holds(name: str) -> None:
    text = getattr(vae_core, name).__doc__.strip()
    assert "\n" in text or re.search(r"\[[A-Z.]|nats|Raises", text), f"{name}: shapes, units or errors are missing"


def test_the_example_runs_and_the_elbo_is_below_log_px(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.chdir(ROOT)
    example = re.search(r"```python\n(.*?)```", TEXT, re.DOTALL)[1]
    assert len(example.splitlines()) <= 14
    names: dict = {}
    exec(compile(example, "docs/api.md", "exec"), names)
    bound, exact = names["bound"], names["exact"]
    assert (exact.stderr < 1e-2).all()
    assert (bound.elbo < exact.log_px + 0.5).all()  # half a nat for the noise of ten samples
    assert capsys.readouterr().out.count("nats") == len(names["x"])
