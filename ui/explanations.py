"""Folds beside a panel: what it shows as equations (MathML, made from LaTeX) and as lines of vae_core.

The lines are found by name in the files, without importing them, and so without torch. Each page has its own folds in
`explanations.py`.
"""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from latex2mathml.converter import convert

import vae_core

_CORE = Path(vae_core.__file__).parent


@dataclass(frozen=True)
class Fold:
    """Sentences and equations in their order, and the names of the functions of vae_core that compute them."""

    maths: tuple[str, ...]  # an equation is LaTeX between dollar signs, all else is a sentence
    code: tuple[str, ...]


def render(chosen: Mapping[str, Fold]) -> dict[str, dict[str, str]]:
    """Render the fold of each panel as `maths` (HTML of the app's own words and MathML) and `code` (source text)."""
    return {
        panel: {"maths": "".join(map(_markup, fold.maths)), "code": "\n\n".join(map(source_of, fold.code))}
        for panel, fold in chosen.items()
    }


def _markup(part: str) -> str:
    return convert(part.strip("$"), display="block") if part.startswith("$") else f"<p>{part}</p>"


@lru_cache(maxsize=64)
def source_of(name: str) -> str:
    """Return the source text of a function, class or method of vae_core, under the name of its file.

    `name` is `module.function`, `module.Class` or `module.Class.method`, dotted as it stands below vae_core. Raises
    ValueError if there is none of that name.
    """
    file, path = _file_and_path(name.split("."))
    text = file.read_text(encoding="utf-8")
    node: ast.AST = ast.parse(text)
    for part in path:
        inside = (n for n in ast.iter_child_nodes(node) if isinstance(n, ast.FunctionDef | ast.ClassDef))
        node = next((n for n in inside if n.name == part), None)
        if node is None:
            raise ValueError(f"{_relative(file)} has no {'.'.join(path)!r}")
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    lines = text.splitlines()[first - 1 : node.end_lineno]
    indent = len(lines[0]) - len(lines[0].lstrip())
    body = "\n".join(line[indent:] for line in lines)
    return f"# {_relative(file)}, line {first}\n{body}"


def _file_and_path(names: list[str]) -> tuple[Path, list[str]]:
    """Find the file of the module that a dotted name begins with, and the names inside it."""
    for k in reversed(range(1, len(names))):
        module = _CORE.joinpath(*names[:k])
        for file in (module.with_suffix(".py"), module / "__init__.py"):
            if file.is_file():
                return file, names[k:]
    raise ValueError(f"{'.'.join(names)!r} names no file of vae_core, expected module.function or module.Class.method")


def _relative(file: Path) -> str:
    return file.relative_to(_CORE.parent).as_posix()
