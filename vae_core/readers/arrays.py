"""Read images or rows of numbers from arrays: .npz and .npy files, MNIST's files, one array for each image."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vae_core.readers.file_kinds import kind_of
from vae_core.readers.folder_levels import Folders, held_out_of, with_split
from vae_core.readers.image_arrays import clean_pictures, layout_of
from vae_core.readers.limits import FEWEST
from vae_core.readers.member_names import part_of, words_of
from vae_core.readers.members import Member
from vae_core.readers.npy_stream import OfObjects, Source, idx_source, joined, source, stacked
from vae_core.readers.scaling import clean_rows, extremes, require_columns, rows_preview, square_side
from vae_core.readers.schema import Choices, Cleaned, Notes, listed, require_enough, shown

_IMAGES = ("images", "x", "arr", "data", "image", "imgs", "img", "pictures", "pixels", "features", "samples")
_LABELS = ("labels", "y", "label", "targets", "target", "classes", "class")


@dataclass(frozen=True)
class _Array:
    """An array that goes by a name: its role, such as labels, and the part of a split that it belongs to."""

    name: str
    role: str
    part: str | None
    member: Member

    def source(self) -> Source:
        return _source(f"the array {shown(self.name)!r}", self.member)


def read_array(member: Member, choices: Choices) -> Cleaned:
    """Read the one array of a file. Raises ValueError with one sentence if it cannot be used."""
    return _clean(_source("the file", member), None, Notes(), choices)


def read_arrays(members: Sequence[Member], choices: Choices, notes: Notes) -> Cleaned:
    """Read images and labels by their usual names, else the largest array. Raises ValueError as `read_array` does."""
    if (pictures := _one_each(members)) is not None:
        folders = Folders([member.parts[:-1] for member in members], choices, notes)
        notes.found.append(f"{len(members):,} files of one array each.")
        return folders.with_levels(_clean(pictures, folders.classes, notes, choices))
    arrays = [_named(member) for member in members]
    images = _images(arrays, notes)
    sources = [array.source() for array in images]
    if any(each.shape[1:] != sources[0].shape[1:] for each in sources):
        images, sources = images[:1], sources[:1]
    whole = joined(sources)
    labels, offered = _labels(arrays, images, [each.shape[0] for each in sources], choices, notes)
    used = {array.name for array in images} | set(labels.names if labels else ())
    if others := sorted({array.name for array in arrays} - used):
        notes.warnings.append(f"Not used: {listed(others)}.")
    parts = [array.part or "train" for array in images]
    counts = [each.shape[0] for each in sources]
    cleaned = _clean(whole, labels.words if labels else None, notes, choices)
    named = {"label_columns": offered, "labels_from": labels.names[0] if labels else ""}
    held_out = held_out_of([part for part, n in zip(parts, counts, strict=True) for _ in range(n)], choices)
    return with_split(cleaned.with_preview(**named), held_out, [array.name for array in images], len(set(parts)) > 1)


def _source(name: str, member: Member) -> Source:
    read = idx_source if kind_of(member.begin()).form == "idx" else source
    return read(name, member.size, member.open)


def _named(member: Member) -> _Array:
    name = "/".join(member.parts)
    for suffix in (".npy", ".gz"):
        name = name.removesuffix(suffix)
    own = words_of(name.rpartition("/")[2])
    part = part_of(own) or part_of(words_of(name))
    role = next((role for role in _IMAGES if role in own), None)
    if role is None or any(word in _LABELS for word in own):  # all words, since there may be labels of several kinds
        role = " ".join(word for word in own if part_of([word]) is None)
    return _Array(name, role, part, member)


def _one_each(members: Sequence[Member]) -> Source | None:
    """The arrays below each other where there are many and each is one picture."""
    if len(members) < FEWEST:
        return None
    sources = [_source(f"the array {shown(member.parts[-1])!r}", member) for member in members]
    shape = sources[0].shape
    picture = len(shape) == 2 or (len(shape) == 3 and (shape[0] in (1, 3, 4) or shape[2] in (1, 3, 4)))
    alike = all(each.shape == shape and each.dtype == sources[0].dtype for each in sources)
    return stacked(sources) if picture and alike else None


def _images(arrays: list[_Array], notes: Notes) -> list[_Array]:
    """The arrays of the pictures, one for each part of a split, by their name, else the largest."""
    role = next((role for role in _IMAGES if any(array.role == role for array in arrays)), None)
    if role is None:
        largest = max(arrays, key=lambda array: array.member.size)
        notes.warnings.append(f"No array is named 'images': {shown(largest.name)!r}, the largest, is taken.")
        return [largest]
    found = [array for array in arrays if array.role == role]
    whole = next((array for array in found if array.part is None), None)
    if whole is not None:
        return [whole]
    parts = {part: [array for array in found if array.part == part] for part in ("train", "val", "test")}
    return [group[0] for group in parts.values() if group]


@dataclass(frozen=True)
class _Labels:
    """The class of each picture as a word, and the names of the arrays that give it."""

    words: list[str]
    names: list[str]


def _labels(
    arrays: list[_Array], images: list[_Array], counts: list[int], choices: Choices, notes: Notes
) -> tuple[_Labels | None, tuple[str, ...]]:
    """The labels, by name or as chosen, and the names of all arrays that could be labels."""
    by_role: dict[str, dict[str | None, _Array]] = defaultdict(dict)
    for array in arrays:
        if array not in images:
            by_role[array.role].setdefault(array.part, array)
    groups = [[group.get(image.part) for image in images] for group in by_role.values()]
    groups = [group for group in groups if all(group)]
    offered: dict[str, list[_Array]] = {}
    usual = None
    for group in sorted(groups, key=lambda group: _rank(group[0])):
        sources = _fitting(group, counts, notes)
        if sources is not None:
            offered[group[0].name] = group
            if usual is None and _rank(group[0]) < len(_LABELS):
                usual = group
    if choices.labels is not None:
        if choices.labels and choices.labels not in offered:
            raise ValueError(f"there is no array {choices.labels[:60]!r} that could give the classes")
        usual = offered.get(choices.labels)
    elif usual is None and offered:
        notes.warnings.append(f"{shown(next(iter(offered)))!r} could give the classes: it can be chosen.")
    if usual is None:
        return None, tuple(offered)
    words = [word for array, n in zip(usual, counts, strict=True) for word in _words(array.source(), n)]
    return _Labels(words, [array.name for array in usual]), tuple(offered)


def _rank(array: _Array) -> int:
    """The place of its role among those of labels; beyond them for any other."""
    words = array.role.split()
    return next((place for place, role in enumerate(_LABELS) if role in words), len(_LABELS))


def _fitting(group: list[_Array], counts: list[int], notes: Notes) -> list[Source] | None:
    """The sources of arrays that give each picture a class; None where they do not, with a warning for labels."""
    try:
        sources = [array.source() for array in group]
        if all(_is_labels(each, count) for each, count in zip(sources, counts, strict=True)):
            return sources
        held = f"{sources[0].dtype} {list(sources[0].shape)}"
        why = f"are {held}, expected one whole number or word for each of the {counts[0]:,}"
    except OfObjects:
        why = "are Python objects, which are never unpickled: save them with labels.astype(str)"
    except ValueError:
        why = "cannot be read"
    if _rank(group[0]) < len(_LABELS):
        notes.warnings.append(f"The labels in {shown(group[0].name)!r} {why}.")
    return None


def _is_labels(labels: Source, count: int) -> bool:
    """Whether there is one whole number or word for each, in a column or not, or a row with a single 1."""
    if labels.shape == (count,) or labels.shape == (count, 1):
        return labels.dtype.kind != "f" or all(
            (np.isfinite(piece) & (piece == np.rint(piece))).all() for piece in labels.pieces()
        )
    if len(labels.shape) != 2 or labels.shape[0] != count or labels.dtype.kind not in "biuf":
        return False
    return all((((piece == 0) | (piece == 1)).all() and (piece.sum(axis=1) == 1).all()) for piece in labels.pieces())


def _words(labels: Source, count: int) -> list[str]:
    """The class of each picture as a word."""
    values = labels.whole()
    values = values.argmax(axis=1) if values.ndim == 2 and values.shape[1] > 1 else values.reshape(count)
    if values.dtype.kind == "S":
        return [shown(value.decode("utf-8", "replace")) for value in values.tolist()]
    return [shown(str(value if values.dtype.kind == "U" else int(value))) for value in values.tolist()]


def _clean(array: Source, words: list[str] | None, notes: Notes, choices: Choices) -> Cleaned:
    if array.dtype.kind in "SU":
        raise ValueError(f"its array holds {array.dtype}, expected numbers")
    if 0 in array.shape[1:] or array.dtype.itemsize == 0:
        raise ValueError(f"its shape is {list(array.shape)}, expected pictures or rows that hold numbers")
    if len(array.shape) == 2:
        return _clean_flat(array, words, notes, choices)
    if len(array.shape) not in (3, 4):
        raise ValueError(f"its shape is {list(array.shape)}, expected [N, H, W], [N, H, W, C], [N, C, H, W] or [N, P]")
    return clean_pictures(array, layout_of(array.shape), words, notes, choices)


def _clean_flat(array: Source, words: list[str] | None, notes: Notes, choices: Choices) -> Cleaned:
    """[N, P]: flattened pictures when P is a square and nothing else is wished, else rows of numbers."""
    count, columns = array.shape
    require_enough(count, "rows")
    side = square_side(columns)
    if side is not None and choices.rows != "numbers":
        low, high = extremes(array.pieces())
        if choices.rows == "pictures" or _like_pixels(float(low.min()), float(high.max())):
            notes.warnings.append(f"The {columns:,} numbers of a row are taken for a picture of {side} × {side}.")
            return clean_pictures(array, "square", words, notes, choices).with_preview(square=True)
    require_columns(columns)
    notes.found.append(f"{count:,} rows of {columns:,} numbers ({array.dtype}).")
    low, high = extremes(array.pieces())
    names = [str(n + 1) for n in range(columns)]
    images, names, low, high = clean_rows(array.pieces(), low, high, count, names, choices, notes)
    cleaned = rows_preview(images, names, low, high, words, notes, choices.labels is not None)
    return cleaned.with_preview(square=side is not None)


def _like_pixels(low: float, high: float) -> bool:
    return (low >= 0 and high <= 1) or (low >= 0 and 128 <= high <= 255)
