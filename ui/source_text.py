"""Lines of vae_core as they stand in its files, found by name without importing them (and so without torch)."""

import ast
from functools import lru_cache
from pathlib import Path

import vae_core

_CORE = Path(vae_core.__file__).parent


@lru_cache(maxsize=64)
def source_of(name: str) -> str:
    """Source text of `module.function`, `module.Class` or `module.Class.method` of vae_core, under its file's name.

    `module` is dotted as it stands below vae_core. Raises ValueError if there is none of that name.
    """
    file, path = _file_and_path(name.split("."))
    text = file.read_text(encoding="utf-8")
    node: ast.AST = ast.parse(text)
    for part in path:
        inside = (n for n in ast.iter_child_nodes(node) if isinstance(n, ast.FunctionDef | ast.ClassDef))
        node = next((n for n in inside if n.name == part), None)
        if node is None:
            raise ValueError(f"{_shown(file)} has no {'.'.join(path)!r}")
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    lines = text.splitlines()[first - 1 : node.end_lineno]
    indent = len(lines[0]) - len(lines[0].lstrip())
    body = "\n".join(line[indent:] for line in lines)
    return f"# {_shown(file)}, line {first}\n{body}"


def _file_and_path(names: list[str]) -> tuple[Path, list[str]]:
    """The file of the module that a dotted name begins with, and the names inside it."""
    for k in reversed(range(1, len(names))):
        module = _CORE.joinpath(*names[:k])
        for file in (module.with_suffix(".py"), module / "__init__.py"):
            if file.is_file():
                return file, names[k:]
    raise ValueError(f"{'.'.join(names)!r} names no file of vae_core, expected module.function or module.Class.method")


def _shown(file: Path) -> str:
    return file.relative_to(_CORE.parent).as_posix()
