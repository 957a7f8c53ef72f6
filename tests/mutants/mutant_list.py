"""The list of mutants, mutants.toml: each is one text of one file that is replaced by another."""

import shlex
import tomllib
from dataclasses import dataclass
from pathlib import Path

LIST = Path(__file__).parent / "mutants.toml"


@dataclass(frozen=True)
class Mutant:
    """A real fault: `old`, which `file` holds once, becomes `new`; `tests` are the arguments of pytest that find it."""

    name: str
    area: str
    file: str
    old: str
    new: str
    tests: str

    @property
    def language(self) -> str:
        return Path(self.file).suffix.removeprefix(".")

    @property
    def selection(self) -> tuple[str, ...]:
        return tuple(shlex.split(self.tests))

    def place(self, tree: Path) -> Path:
        """The file in this tree. Raises ValueError with one sentence unless it holds `old` just once."""
        path = tree / self.file
        count = path.read_text(encoding="utf-8").count(self.old) if path.is_file() else 0
        if count != 1:
            raise ValueError(f"{self.file} holds the text of {self.name} {count} times, expected once")
        return path


def read_list(path: Path = LIST) -> list[Mutant]:
    """Every mutant, in the order of the list. Raises TypeError for an unknown or a missing field."""
    return [Mutant(**values) for values in tomllib.loads(path.read_text(encoding="utf-8"))["mutant"]]
