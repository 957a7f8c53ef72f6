"""Lines of vae_core as they stand in its files, found by name without importing them (and so without torch)."""

import ast
from functools import lru_cache
from pathlib import Path

import vae_core

_CORE = Path(vae_core.__file__).parent


@lru_cache(maxsize=64)
def source_of(name: str) -> str:
    """Source text of `module.function`, `module.Class` or `module.Class.method` of vae_core, under its file's name.

    Raises ValueError if there is none of that name.
    """
    module, *path = name.split(".")
    file = _CORE / f"{module}.py"
    if not path or not file.is_file():
        raise ValueError(f"{name!r} names no file of vae_core, expected module.function or module.Class.method")
    text = file.read_text(encoding="utf-8")
    node: ast.AST = ast.parse(text)
    for part in path:
        inside = (n for n in ast.iter_child_nodes(node) if isinstance(n, ast.FunctionDef | ast.ClassDef))
        node = next((n for n in inside if n.name == part), None)
        if node is None:
            raise ValueError(f"vae_core/{module}.py has no {'.'.join(path)!r}")
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    lines = text.splitlines()[first - 1 : node.end_lineno]
    indent = len(lines[0]) - len(lines[0].lstrip())
    body = "\n".join(line[indent:] for line in lines)
    return f"# vae_core/{module}.py, line {first}\n{body}"
