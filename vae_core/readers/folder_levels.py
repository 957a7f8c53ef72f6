"""Detect classes, and a split into training and test, in the folder names of files."""

from collections.abc import Sequence

import numpy as np

from vae_core.readers.limits import FEWEST
from vae_core.readers.member_names import PART_OF
from vae_core.readers.schema import Choices, Cleaned, Notes, listed, shown

NO_FOLDER = "(no folder)"


class Folders:
    """The folders above each file, and what is made of them as the choices wish.

    `classes` is the class of each file or None, `offered` names the levels that could give the classes, and `held_out`
    says which files are the test split.
    """

    def __init__(self, paths: Sequence[Sequence[str]], choices: Choices, notes: Notes) -> None:
        depth = max(map(len, paths), default=0)
        levels = [[path[level] if level < len(path) else "" for path in paths] for level in range(depth)]
        levels = [names for names in levels if len(set(names)) > 1]
        self.part_level = next((names for names in levels if all(_is_part(name) for name in names)), None)
        plain = [names for names in levels if names is not self.part_level]
        titled = {_title(names): names for names in levels}
        self.offered = tuple(titled)
        chosen = plain[0] if plain else None
        if choices.labels is not None:
            if choices.labels and choices.labels not in titled:
                raise ValueError(f"there are no {choices.labels[:60]!r} that could give the classes")
            chosen = titled.get(choices.labels)
        self.labels_from = "" if chosen is None else _title(chosen)
        self.classes = None if chosen is None else [shown(name) if name else NO_FOLDER for name in chosen]
        if chosen is not None and (beside := chosen.count("")) > 0:
            are = "1 file is" if beside == 1 else f"{beside:,} files are"
            notes.warnings.append(f"{are} beside the folders: they are the class '{NO_FOLDER}'.")
        parts = [PART_OF[name.lower()] for name in self.part_level] if self.part_level else []
        self.held_out = held_out_of(parts, choices)

    def with_levels(self, cleaned: Cleaned) -> Cleaned:
        """Add the levels and the split to the preview."""
        cleaned = cleaned.with_preview(label_columns=self.offered, labels_from=self.labels_from)
        names = sorted(set(self.part_level)) if self.part_level else []
        return with_split(cleaned, self.held_out, names, self.part_level is not None)


def held_out_of(parts: Sequence[str], choices: Choices) -> np.ndarray | None:
    """uint8 [N] of the parts train, val or test: 1 for those of test, else of val; None where that is no split."""
    if choices.split == "anew":
        return None
    for part in ("test", "val"):
        held_out = np.array([each == part for each in parts], np.uint8)
        if held_out.any():
            return held_out if len(held_out) - held_out.sum() >= FEWEST // 2 else None
    return None


def with_split(cleaned: Cleaned, held_out: np.ndarray | None, names: Sequence[str], parts: bool) -> Cleaned:
    """Add a split to the cleaned images, with a sentence on it."""
    if not parts:
        return cleaned
    count = 0 if held_out is None else int(held_out.sum())
    of = f"{count:,} of {cleaned.preview.count:,}"
    how = f"{of} are held out for testing, the others are trained on" if count else "a new fifth is held out"
    said = f"{listed(names)} are parts of a split: {how}."
    preview = cleaned.preview
    told = cleaned.with_preview(found=(*preview.found, said), held_out=count, parts=True)
    return Cleaned(told.preview, told.images, told.labels, held_out)


def _is_part(name: str) -> bool:
    return name.lower() in PART_OF


def _title(names: Sequence[str]) -> str:
    """A level of folders by the names in it."""
    found = sorted(set(filter(None, names)))
    return f"folders {listed(found)}"
