"""The schema of a cleaned upload: choices, preview, notes and the cleaned images."""

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np

from vae_core.readers.limits import CLASSES, CLEANED, FEWEST

LARGEST_SIDE, KEPT_SIDE, USUAL_SIDE = 64, 48, 32  # pixels: at most, as it is, otherwise
SIDES = (8, 16, 24, 28, 32, 48, 64, 96, 128)

Fit = Literal["auto", "crop", "pad"]
Colour = Literal["auto", "grey", "colour"]
Rows = Literal["auto", "pictures", "numbers"]
Scale = Literal["auto", "each", "all"]
Marks = Literal["auto", "thousands", "decimal"]
Split = Literal["auto", "anew"]
_KINDS = {"fit": Fit, "colour": Colour, "rows": Rows, "scale": Scale, "marks": Marks, "split": Split}


@dataclass(frozen=True)
class Choices:
    """How the upload is to be cleaned. `side` is that of the square images, None if the data decide.

    `rows` says what a row of numbers is, `scale` whether each column has a range of its own, `marks` how a comma or a
    point is read that could be either, `split` whether folders such as train and test are the split. `labels` names
    what gives the classes, a column, an array or a level of folders: None where the data decide, "" for nothing.
    `left_out` names the columns that are not used, None where the data decide.
    """

    side: int | None = None
    fit: Fit = "auto"
    colour: Colour = "auto"
    rows: Rows = "auto"
    scale: Scale = "auto"
    labels: str | None = None
    marks: Marks = "auto"
    left_out: tuple[str, ...] | None = None
    split: Split = "auto"

    def __post_init__(self) -> None:
        if self.side is not None and (type(self.side) is not int or self.side not in SIDES):
            raise ValueError(f"side is {self.side!r}, expected one of {', '.join(map(str, SIDES))}")
        for name, kind in _KINDS.items():
            if getattr(self, name) not in get_args(kind):
                raise ValueError(f"{name} is {getattr(self, name)!r}, expected one of {', '.join(get_args(kind))}")
        if self.labels is not None and not isinstance(self.labels, str):
            raise ValueError(f"labels is {self.labels!r}, expected the name of a column")
        names = self.left_out if self.left_out is not None else ()
        if not isinstance(names, tuple) or not all(isinstance(name, str) for name in names):
            raise ValueError(f"left_out is {self.left_out!r}, expected names of columns")

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Choices":
        """Choices as another process or a command has written them. Raises ValueError if they are none."""
        known = {each.name for each in dataclasses.fields(cls)}
        if strange := sorted(set(values) - known):
            raise ValueError(f"{strange[0][:60]!r} cannot be chosen, expected one of {', '.join(sorted(known))}")
        return cls(**{key: tuple(value) if isinstance(value, list) else value for key, value in values.items()})


@dataclass(frozen=True)
class Preview:
    """What is in an upload and what is done with it, in numbers and in sentences, before anything starts.

    `columns` are the names of a table's columns, `low` and `high` the range of each that became 0 to 255.
    """

    kind: Literal["pictures", "numbers"]
    count: int
    shape: tuple[int, int, int]
    classes: tuple[str, ...] = ()
    per_class: tuple[int, ...] = ()
    found: tuple[str, ...] = ()
    done: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    label_columns: tuple[str, ...] = ()  # columns, arrays or levels of folders that could give the classes
    labels_from: str = ""
    square: bool = False  # whether a row of numbers could be a picture
    left_out: tuple[str, ...] = ()  # columns that could be used and are not
    may_leave_out: tuple[str, ...] = ()  # columns that could be left out
    marks: str = ""  # a number that could be read in two ways
    marks_read: str = ""  # how it is read: thousands or decimal
    held_out: int = 0  # pictures of the test split that the data bring, 0 where they bring none
    parts: bool = False  # whether they bring one

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, values: Any) -> "Preview":
        """A preview as a child or a folder has stored it. Raises ValueError if it is none."""
        try:
            fields = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
            preview = cls(**fields)
        except (AttributeError, TypeError):
            raise ValueError("the preview of the data cannot be read") from None
        preview._check()
        return preview

    def _check(self) -> None:
        words = ("classes", "found", "done", "warnings", "columns", "label_columns", "left_out", "may_leave_out")
        sound = self.kind in ("pictures", "numbers") and type(self.count) is int and self.count >= 0
        sound &= len(self.shape) == 3 and all(type(n) is int and n > 0 for n in self.shape)
        sound &= all(isinstance(word, str) for name in words for word in getattr(self, name))
        sound &= all(type(n) is int for n in self.per_class) and len(self.per_class) == len(self.classes)
        sound &= all(isinstance(n, int | float) for n in (*self.low, *self.high))
        sound &= len(self.classes) <= CLASSES and isinstance(self.labels_from, str)
        sound &= isinstance(self.marks, str) and self.marks_read in ("", *get_args(Marks)[1:])
        sound &= type(self.held_out) is int and 0 <= self.held_out < max(1, self.count) and type(self.parts) is bool
        if not sound:
            raise ValueError("the preview of the data cannot be read")


@dataclass
class Notes:
    """Sentences collected while an upload is read."""

    found: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def sentences(self) -> dict[str, tuple[str, ...]]:
        return {name: tuple(said) for name, said in vars(self).items()}


@dataclass(frozen=True, eq=False)
class Cleaned:
    """The preview with `images` uint8 [N, C, H, W], `labels` uint8 [N] or None, and `held_out`, uint8 [N] of 0 and 1 or
    None: the pictures of the test split that the data bring.
    """

    preview: Preview
    images: np.ndarray
    labels: np.ndarray | None
    held_out: np.ndarray | None = None

    def with_preview(self, **more: Any) -> "Cleaned":
        """Return a copy with more values in its preview."""
        return dataclasses.replace(self, preview=dataclasses.replace(self.preview, **more))


def require_enough(count: int, what: str = "pictures") -> None:
    """Raises ValueError below the fewest that can be split and trained on."""
    if count < FEWEST:
        are, things = ("is", what.removesuffix("s")) if count == 1 else ("are", what)
        raise ValueError(f"there {are} {count} usable {things}, expected at least {FEWEST}")


def require_room(count: int, shape: tuple[int, ...]) -> None:
    """Raises ValueError if the cleaned images would be too many bytes."""
    total = count * int(np.prod(shape, dtype=np.int64))
    if total > CLEANED:
        raise ValueError(
            f"{count:,} pictures of {' × '.join(map(str, shape))} are {total / 1e6:,.0f} MB, expected at most "
            f"{CLEANED / 1e6:.0f} MB: take fewer or smaller ones"
        )


def class_places(
    names: list[str], notes: Notes, chosen: bool = False
) -> tuple[np.ndarray | None, tuple[str, ...], tuple[int, ...]]:
    """Return labels uint8, class names and counts; none if there is one class or more than can be shown.

    Nor where most of the names occur once, unless they were `chosen`: those are names of the things and not of classes.
    """
    found = sorted(set(names), key=_natural)
    if len(found) > CLASSES:
        notes.warnings.append(f"There are {len(found):,} classes, more than {CLASSES}: none are made.")
    elif not chosen and is_each_its_own(len(found), len(names)):
        notes.warnings.append(
            f"There are {len(found):,} classes for {len(names):,}, nearly one for each: none are made."
        )
        return None, (), ()
    if not 1 < len(found) <= CLASSES:
        return None, (), ()
    place = {name: i for i, name in enumerate(found)}
    labels = np.array([place[name] for name in names], np.uint8)
    return labels, tuple(found), tuple(np.bincount(labels, minlength=len(found)).tolist())


def is_each_its_own(kinds: int, count: int) -> bool:
    """Whether so many kinds of so many things are names of the things and not classes: fewer than two of each."""
    return 2 * kinds > count


def _natural(name: str) -> tuple[int, float, str]:
    """Numbers by value before words; "nan" has no value, so it is a word."""
    try:
        value = float(name)
    except ValueError:
        value = math.nan
    return (1, 0.0, name) if math.isnan(value) else (0, value, name)


def shown(words: str) -> str:
    """Escape text from a file for a sentence: printable, at most 60 letters."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in words)[:60] or "(no name)"


def listed(names: Sequence[str], most: int = 3) -> str:
    """List the first of some names from a file, and how many more there are, escaped for a sentence."""
    rest = f" and {len(names) - most:,} more" if len(names) > most else ""
    return f"{', '.join(map(shown, names[:most]))}{rest}"


def file_name(name: str) -> str:
    """Return the last part of a name from a file, escaped for a sentence."""
    return shown(name.replace("\\", "/").rstrip("/").rpartition("/")[2])
