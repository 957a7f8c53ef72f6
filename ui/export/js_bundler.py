"""The components' modules as one script, since modules cannot import each other from a disk.

Each module becomes a function that runs once, after those that it imports; what it exports is the object that it gives.
Only the forms of import and export that the components use are known, and anything else is refused, so that a module
that this file does not understand is found by a test and not by a visitor.
"""

import base64
import re
from pathlib import Path

from ui.components.web_files import WEB

_IMPORT = re.compile(r'^import (?:\{(?P<names>[^}]*)\}|(?P<default>\w+)) from "(?P<path>\.{1,2}/[^"]+\.js)";$', re.M)
_EXPORT = re.compile(r"^export (?P<what>(?:async )?function\*? |const |class )(?P<name>\w+)", re.M)
_DEFAULT = re.compile(r"^export default (?P<value>[\w.]+\([\w, ]*\)|\w+);$", re.M)
_SHEET = re.compile(r'new URL\("(?P<path>[\w./-]+\.css)", import\.meta\.url\)\.href')
_COMMENT = re.compile(r"^[ \t]*/\*.*?\*/[ \t]*\n", re.M | re.S)  # one that begins a line
_LEFT = re.compile(r"^(?:import|export)\b.*$|import\.meta|\bimport\(", re.M)


def script(first: str) -> str:
    """One script that runs the module `first`, a path under ui/web/, and all that it imports; style sheets lie in it.

    Raises ValueError for a module that is missing or written in a way that is not known here, or that imports itself
    through others.
    """
    order = _in_order(WEB / first)
    names = {path: f"m{n}" for n, path in enumerate(order)}
    return '"use strict";\n' + "\n".join(_as_function(path, names) for path in order)


def _in_order(first: Path) -> list[Path]:
    """The module and what it imports, each after those that it needs."""
    done: list[Path] = []

    def visit(path: Path, above: tuple[Path, ...]) -> None:
        if path in above:
            raise ValueError(f"{path.name} imports itself through {above[-1].name}, expected imports without a circle")
        if path not in done:
            for found in _IMPORT.finditer(_text(path)):
                visit((path.parent / found["path"]).resolve(), (*above, path))
            done.append(path)

    visit(first, ())
    return done


def _as_function(path: Path, names: dict[Path, str]) -> str:
    exports: list[str] = []

    def imported(found: re.Match[str]) -> str:
        source = names[(path.parent / found["path"]).resolve()]
        taken = found["names"].replace(" as ", ": ") if found["names"] is not None else f" default: {found['default']} "
        return f"const {{{taken}}} = {source};"

    def exported(found: re.Match[str]) -> str:
        exports.append(found["name"])
        return found["what"] + found["name"]

    def default(found: re.Match[str]) -> str:
        exports.append(f"default: {found['value']}")
        return ""

    def sheet(found: re.Match[str]) -> str:
        return f'"{data_address((path.parent / found["path"]).read_bytes(), "text/css")}"'

    text = _SHEET.sub(sheet, _DEFAULT.sub(default, _EXPORT.sub(exported, _IMPORT.sub(imported, _text(path)))))
    if left := _LEFT.search(text):
        raise ValueError(f"{path.name} has the line {left[0][:80]!r}, which cannot be put into one script")
    return (
        f"// {path.relative_to(WEB).as_posix()}\nconst {names[path]} = (() => {{\n{text}\n"
        f"return {{ {', '.join(exports)} }};\n}})();\n"
    )


def data_address(content: bytes, kind: str) -> str:
    """A file as an address of its own."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _text(path: Path) -> str:
    if not path.is_file():
        raise ValueError(f"there is no module {path.name} in {path.parent.name}")
    return _COMMENT.sub("", path.read_text(encoding="utf-8"))
