"""Read and clean image files: one size, grey or colour, folders as classes."""

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from vae_core.readers.folder_levels import Folders
from vae_core.readers.image import Head, read_head, read_picture
from vae_core.readers.limits import ALL_PIXELS
from vae_core.readers.members import Member
from vae_core.readers.scaling import pixel_range
from vae_core.readers.schema import (
    KEPT_SIDE,
    LARGEST_SIDE,
    USUAL_SIDE,
    Choices,
    Cleaned,
    Notes,
    Preview,
    class_places,
    file_name,
    require_enough,
    require_room,
)

SUFFIXES = (".png", ".jpg", ".jpeg", ".jfif", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".pgm", ".ppm", ".pbm", ".pnm")
_MOST_FILE = 24 << 20  # bytes of one picture file
_NEARLY_GREY = 4  # levels by which the channels of a grey picture may differ, as JPEG makes them
_MILDLY_OBLONG = 2.0
_ROWS = 256  # pictures looked at together


def read_pictures(candidates: Sequence[Member], others: Counter[str], choices: Choices, notes: Notes) -> Cleaned:
    """Read all images among some files as one array; `others` counts the kinds of the other files.

    What cannot be read is left out and named in the warnings. Raises ValueError with one sentence if too few are left.
    """
    faults = defaultdict(list)
    if others:
        count, kinds = others.total(), ", ".join(kind for kind, _ in others.most_common(3))
        are = "is no picture" if count == 1 else "are no pictures"
        notes.warnings.append(f"{_files(count)} left out that {are}: {kinds}.")
    heads = {member.name: (member, head) for member, head in _heads(candidates, faults)}
    _require_usable(len(heads), len(candidates), faults)
    found = [head for _, head in heads.values()]
    wide = _wide_range(found, notes)
    size, fit = _target(found, choices, notes)
    images, used = _decoded(list(heads.values()), size, fit, wide, faults, choices)
    _require_usable(len(used), len(candidates), faults)
    images = one_colour(images[: len(used)], choices, notes)
    folders = Folders([member.parts[:-1] for member in used], choices, notes)
    labels, classes, per_class = None, (), ()
    if folders.classes is not None:
        labels, classes, per_class = class_places(folders.classes, notes, choices.labels is not None)
    for fault, names in sorted(faults.items()):
        rest = f" and {len(names) - 2} more" if len(names) > 2 else ""
        notes.warnings.append(f"{_files(len(names))} left out: {' and '.join(map(repr, names[:2]))}{rest}; {fault}.")
    warn_of_repeats(images, notes)
    notes.found.insert(0, f"{len(used):,} pictures, {_sizes(heads[m.name][1] for m in used)}.")
    if classes:
        notes.found.append(f"{len(classes)} classes from the names of the folders.")
    preview = Preview("pictures", len(images), images.shape[1:], classes, per_class, **notes.sentences())
    return folders.with_levels(Cleaned(preview, images, labels))


def _wide_range(heads: list[Head], notes: Notes) -> tuple[float, float]:
    """The values that become black and white in pictures of more than 8 bits, by the rule for arrays."""
    if cut := sum(head.cut for head in heads):
        notes.warnings.append(f"{_files(cut)} of 16 bits a colour: the upper 8 are used.")
    if not any(head.wide for head in heads):
        return 0.0, 65535.0
    low = min(head.wide[0] for head in heads if head.wide)
    high = max(head.wide[1] for head in heads if head.wide)
    return pixel_range(low, high, np.dtype(np.float64), notes) if low < high else (low, low + 1)


def _heads(candidates: Iterable[Member], faults: dict[str, list[str]]) -> Iterable[tuple[Member, Head]]:
    """Each picture that can be opened, with its size. Raises ValueError when all together are too many pixels."""
    total = pixels = 0
    for member in candidates:
        try:
            head = read_head(member.unpacked(_MOST_FILE))
        except ValueError as error:
            faults[str(error)].append(file_name(member.name))
            continue
        total, pixels = total + head.work, pixels + head.pixels
        if total > ALL_PIXELS >= pixels:
            raise ValueError(
                "some JPEGs have so many scans that reading takes too long: save them again as ordinary JPEGs"
            )
        if pixels > ALL_PIXELS:
            raise ValueError(
                f"the pictures have more than {ALL_PIXELS // 10**6} megapixels in all: make them smaller, they are "
                f"brought to {LARGEST_SIDE} × {LARGEST_SIDE} pixels or fewer here anyway"
            )
        yield member, head


def _require_usable(usable: int, all_of_them: int, faults: dict[str, list[str]]) -> None:
    try:
        require_enough(usable)
    except ValueError as error:
        if usable == all_of_them:
            raise
        fault, names = max(faults.items(), key=lambda item: len(item[1]))
        raise ValueError(f"{error}, and {all_of_them - usable} are not: {names[0]!r}, {fault}") from None


def _target(heads: list[Head], choices: Choices, notes: Notes) -> tuple[tuple[int, int] | None, str]:
    """(width, height) that all are brought to, None where they stay as they are, and how; told in `notes`."""
    sizes = {(head.width, head.height) for head in heads}
    width, height = next(iter(sizes))
    if choices.side is None and len(sizes) == 1 and max(width, height) <= KEPT_SIDE:
        notes.done.append(f"All are {width} × {height} pixels and stay so.")
        return None, "crop"
    side = choices.side or USUAL_SIDE
    if sizes == {(side, side)}:
        notes.done.append(f"All are {side} × {side} pixels and stay so.")
        return None, "crop"
    oblong = statistics.median(max(h.width, h.height) / min(h.width, h.height) for h in heads)
    fit = choices.fit if choices.fit != "auto" else "crop" if oblong <= _MILDLY_OBLONG else "pad"
    if any(width != height for width, height in sizes):
        how = "each is cropped to its middle" if fit == "crop" else "each is put whole on a square background"
        notes.done.append(f"{how[0].upper()}{how[1:]}.")
    notes.done.append(f"They are resized to {side} × {side} pixels.")
    small = sum(min(head.width, head.height) < side for head in heads)
    if small:
        notes.warnings.append(f"{_files(small)} smaller than that and {'is' if small == 1 else 'are'} enlarged.")
    return (side, side), fit


def _decoded(
    heads: list[tuple[Member, Head]],
    size: tuple[int, int] | None,
    fit: str,
    wide: tuple[float, float],
    faults: dict[str, list[str]],
    choices: Choices,
) -> tuple[np.ndarray, list[Member]]:
    """uint8 [N, C, H, W], of which as many are filled as there are files in the list; C is 1 where all are grey."""
    width, height = size or (heads[0][1].width, heads[0][1].height)
    channels = 1 if choices.colour != "colour" and all(head.grey for _, head in heads) else 3
    require_room(len(heads), (channels, height, width))
    images, used = np.empty((len(heads), channels, height, width), np.uint8), []
    for member, _ in heads:
        try:
            pixels = read_picture(member.unpacked(_MOST_FILE), size, fit, wide)
            if pixels.shape != (height, width, 3):
                raise ValueError("its pixels are not as many as its header says")
        except ValueError as error:
            faults[str(error)].append(file_name(member.name))
            continue
        images[len(used)] = pixels.transpose(2, 0, 1)[:channels]
        used.append(member)
    return images, used


def one_colour(images: np.ndarray, choices: Choices, notes: Notes) -> np.ndarray:
    """[N, 1, H, W] of grey pictures, [N, 3, H, W] of coloured ones, as chosen or as the pictures are.

    Raises ValueError if all pixels of all of them are one value.
    """
    grey = all(
        (np.ptp(images[start : start + _ROWS], axis=1) <= _NEARLY_GREY).all() for start in range(0, len(images), _ROWS)
    )
    if choices.colour == "grey" or (choices.colour == "auto" and grey):
        notes.done.append("They are grey." if grey else "Their colours become grey.")
        images = np.ascontiguousarray(images[:, :1]) if grey else _luminance(images)
    else:
        notes.done.append("They are stored in colour." if grey else "They keep their colours.")
    if images.min() == images.max():
        raise ValueError(f"every pixel of every picture is {images.flat[0]}, expected pictures that differ")
    notes.done.append("Values 0 to 255 become 0 to 1 for the model.")
    return images


def _luminance(images: np.ndarray) -> np.ndarray:
    """ITU-R 601 luma, as Pillow's mode L."""
    grey = np.empty((len(images), 1, *images.shape[2:]), np.uint8)
    for start in range(0, len(images), _ROWS):
        r, g, b = images[start : start + _ROWS].transpose(1, 0, 2, 3).astype(np.float32)
        grey[start : start + _ROWS, 0] = np.rint(0.299 * r + 0.587 * g + 0.114 * b)
    return grey


def warn_of_repeats(images: np.ndarray, notes: Notes) -> None:
    """Warn of images that occur twice, which may be trained on and tested on."""
    repeats = len(images) - len({hash(row.tobytes()) for row in images})
    if repeats > len(images) // 100:
        notes.warnings.append(
            f"{repeats:,} of {len(images):,} are copies of others, so some test pictures are also training pictures."
        )


def _sizes(heads: Iterable[Head]) -> str:
    sizes = sorted({(head.pixels, head.width, head.height) for head in heads})
    (_, *first), (_, *last) = sizes[0], sizes[-1]
    if len(sizes) == 1:
        return f"{first[0]} × {first[1]} pixels"
    return f"from {first[0]} × {first[1]} to {last[0]} × {last[1]} pixels"


def _files(count: int) -> str:
    return f"{count:,} file is" if count == 1 else f"{count:,} files are"
