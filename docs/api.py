"""Write docs/api.md anew below its introduction, from signatures and docstrings: `.venv/bin/python -m docs.api`."""

import ast
import dataclasses
import inspect
import re
import textwrap
import typing
from pathlib import Path

import vae_core

PAGE = Path(__file__).with_name("api.md")
MARK = "<!-- All that follows is written by `python -m docs.api`: change the docstrings instead. -->"
GROUPS = {
    "Models": ("VAE", "LinearGaussian", "adopt"),
    "Distributions": ("DiagonalNormal", "Bernoulli", "Gaussian"),
    "Objectives": ("elbo", "beta_elbo", "iwae", "dreg"),
    "Estimators": ("log_marginal", "integrate", "evaluate"),
    "Training": ("fit",),
    "Runs and configuration": ("load", "open_run", "register", "RunConfig", "ModelConfig", "DataConfig", "TrainConfig"),
}


def page() -> str:
    """The introduction as it stands, then each public name under its group, then what the functions return."""
    groups = {group: [getattr(vae_core, name) for name in names] for group, names in GROUPS.items()}
    public = [thing for things in groups.values() for thing in things]
    hints = [typing.get_type_hints(thing).get("return") for thing in public if inspect.isroutine(thing)]
    kinds = dict.fromkeys(kind for hint in hints for kind in (hint, *typing.get_args(hint)))
    groups["What functions return"] = [k for k in kinds if dataclasses.is_dataclass(k) and k not in public]
    parts = [PAGE.read_text(encoding="utf-8").partition(MARK)[0].strip(), MARK]
    for group, things in groups.items():
        parts += [f"## {group}", *map(described, things)]
    return "\n\n".join(parts) + "\n"


def described(thing: object) -> str:
    """One name: its signature, its docstring, the values of its choices, and for a class its public members."""
    if dataclasses.is_dataclass(thing):
        lines = inspect.getsource(thing).splitlines()
        fields = [node for node in ast.parse("\n".join(lines)).body[0].body if isinstance(node, ast.AnnAssign)]
        head = "\n".join([f"class {thing.__name__}:", *(lines[node.lineno - 1] for node in fields)])
    else:
        head = signature(thing.__name__, thing.__init__ if inspect.isclass(thing) else thing)
    parts = [f"### {thing.__name__}", f"`{thing.__module__}`", f"```python\n{head}\n```", prose(thing)]
    known = vars(inspect.getmodule(thing))
    for word in sorted(set(re.findall(r"\b[A-Z]\w+", head)) & known.keys()):
        if values := [f'`"{value}"`' for value in typing.get_args(known[word]) if isinstance(value, str)]:
            parts.append(f"`{word}` is one of {', '.join(values)}.")
    members = [pair for pair in vars(thing).items() if inspect.isclass(thing) and not pair[0].startswith("_")]
    return "\n\n".join(parts + [entry for pair in members if (entry := member(*pair))])


def member(name: str, thing: object) -> str:
    """A method or property as an entry of a list; empty for what has no docstring."""
    function = getattr(thing, "func", getattr(thing, "fget", getattr(thing, "__func__", thing)))
    if not (inspect.isfunction(function) and function.__doc__):
        return ""
    head = signature(name, function) if inspect.isroutine(thing) else name
    return textwrap.indent(f"- `{' '.join(head.split())}`\n\n{prose(function)}", "  ")[2:]


def signature(name: str, function: object) -> str:
    """The signature as in the source, on one line or, where that is long, with a line for each argument."""
    node = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    given = re.sub(r"(?<=\S)=(?=\S)", " = ", re.sub(r"^(self|cls)(, )?", "", ast.unparse(node.args)))
    result = f" -> {ast.unparse(node.returns)}".replace("'", "") if node.returns and name == node.name else ""
    lines = ",\n    ".join(re.split(r", (?![^\[]*\])", given))
    return f"{name}({given}){result}" if len(name + given + result) < 110 else f"{name}(\n    {lines},\n){result}"


def prose(thing: object) -> str:
    """The docstring, with what Markdown would take for markup escaped outside of code."""
    parts = re.split(r"(`[^`]*`)", inspect.cleandoc(thing.__doc__))
    return "".join(part if part.startswith("`") else re.sub(r"([*<~])", r"\\\1", part) for part in parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
