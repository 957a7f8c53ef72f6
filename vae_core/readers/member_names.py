"""Decode names in an archive of unknown encoding, and detect parts of a split in them."""

import re
import zipfile
from collections.abc import Sequence

from vae_core.readers.schema import Notes

_UTF8 = 0x800  # the flag of a name in UTF-8
_SCRIPTS = {  # encodings by which Windows packs names, and the letters that names in them are made of
    "cp437": ("Western", re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿ]")),
    "cp866": ("Cyrillic", re.compile(r"[А-Яа-яЁё]")),
    "cp932": ("Japanese", re.compile(r"[\u3041-\u30fe]|[\u4e00-\u9fff]")),
    "gb18030": ("Chinese", re.compile(r"[\u4e00-\u9fff]")),
    "cp949": ("Korean", re.compile(r"[\uac00-\ud7a3]")),
}
_COMMON = re.compile(rb"[\xb0-\xd7][\xa1-\xfe]")  # the frequent signs of Chinese
_PARTS = {
    "train": ("train", "training", "trn", "tr"),
    "val": ("val", "valid", "validation", "dev"),
    "test": ("test", "testing", "tst", "t10k", "holdout"),
}
PART_OF = {word: part for part, words in _PARTS.items() for word in words}


def decoded(members: Sequence[zipfile.ZipInfo], notes: Notes) -> list[str]:
    """Decode the members' names. Without a stated encoding: UTF-8 if all are valid, else the one that fits best."""
    raw = [None if m.flag_bits & _UTF8 or m.filename.isascii() else _raw(m.filename) for m in members]
    unsure = [each for each in raw if each is not None]
    encoding = _encoding(unsure) if unsure else "utf-8"
    if encoding is None:
        notes.warnings.append("The archive does not say how its names are encoded: they may look wrong.")
    elif encoding in _SCRIPTS and encoding != "cp437":
        script = _SCRIPTS[encoding][0]
        notes.warnings.append(f"The archive does not say how its names are encoded: they are read as {script}.")
    return [
        m.filename if r is None or encoding is None else r.decode(encoding) for m, r in zip(members, raw, strict=True)
    ]


def _raw(name: str) -> bytes | None:
    """The bytes of a name that was read as code page 437; None if it was not."""
    try:
        return name.encode("cp437")
    except UnicodeError:
        return None


def _encoding(names: list[bytes]) -> str | None:
    if all(_as(name, "utf-8") is not None for name in names):
        return "utf-8"
    fits = {encoding: _fit(names, encoding) for encoding in _SCRIPTS}
    best = max(fits, key=fits.get)
    return best if fits[best] > 0.75 else None


def _fit(names: list[bytes], encoding: str) -> float:
    """The share of the letters beyond ASCII that belong to the encoding's script; 0 where a name cannot be read."""
    texts = [_as(name, encoding) for name in names]
    if None in texts:
        return 0.0
    letters = [c for text in texts for c in text if not c.isascii()]
    fit = sum(bool(_SCRIPTS[encoding][1].fullmatch(c)) for c in letters) / max(1, len(letters))
    if encoding == "gb18030":  # rare signs are those that other encodings make
        return (
            fit * sum(2 * len(_COMMON.findall(name)) for name in names) / max(1, sum(b > 127 for n in names for b in n))
        )
    return fit


def _as(name: bytes, encoding: str) -> str | None:
    try:
        return name.decode(encoding)
    except UnicodeError:
        return None


def words_of(name: str) -> list[str]:
    """Split a name into lower-case words, `Xtrain` and `train_x` alike into two."""
    found = []
    for word in re.findall(r"[^\W\d_]+\d*k?|\d+", name.lower()):
        for part in PART_OF:
            rest = word.removeprefix(part) if word.startswith(part) else word.removesuffix(part)
            if rest in ("x", "y", "images", "labels", "data") and rest != word:
                found += [rest, part]
                break
        else:
            found.append(word)
    return found


def part_of(words: Sequence[str]) -> str | None:
    """Return the part of a split that such words name, if any: train, val or test."""
    return next((PART_OF[word] for word in words if word in PART_OF), None)
