"""The latent map of a run as one HTML file that opens from a disk or a stick: no server, no network.

It carries the weights in half precision, the codes, and as many test pictures as fit.
"""

import base64
import gzip
import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any

import numpy as np
from safetensors.numpy import save

from ui import glossary
from ui.components import web_files
from ui.export.js_bundler import script
from ui.pages.latent_map import umap_jobs, url
from ui.pages.latent_map.component import TERMS
from ui.pages.latent_map.explanations import folds
from ui.pages.latent_map.url import View
from ui.runs import assets, card_text
from ui.runs.catalogue import ROOT, Entry
from ui.url_state.schema import as_json
from vae_core import __version__
from vae_core.models.architectures import Part, layers
from vae_core.runs.run import CODES, Codes, read_codes, read_weights, sha256
from vae_core.runs.umap_file import StoredPlane, read_plane

MEGABYTE = 1_000_000
LEAST, USUAL, MOST = 1, 8, 50  # megabytes of a page
_FIRST = "standalone/main.js"
_LARGEST = float(np.finfo(np.float16).max)
_LEAD = (
    "Each dot is one picture. The encoder decides where it lies. <b>Drag</b> anywhere to decode that z. <b>Click</b> a "
    "dot: you see how precisely the encoder places it, and the two parts of the loss."
)
_LICENCE = "VAE Lab is free software under the MIT licence; the data keep their own."


@dataclass(frozen=True)
class Page:
    """A page as bytes of HTML; the first `pictures` of the run's `of` test pictures are in it."""

    html: bytes
    pictures: int
    of: int


@dataclass(frozen=True)
class PageParts:
    """`parts`: gzip bytes by the address that the page asks for. The first `count` test pictures are on the map.

    `rounded` says whether the run's own weights are finer than the page's; `problem`, if anything, why there are no
    pictures.
    """

    parts: dict[str, bytes]
    count: int
    rounded: bool
    problem: str


def page(entry: Entry, view: View | None = None, megabytes: float = USUAL) -> Page:
    """Make the page of a run, first shown in this view, of about so many megabytes; the same input, the same bytes.

    The model and at least one block of pictures are always in it. Raises ValueError with one sentence if the size is
    out of bounds or the run cannot be read.
    """
    if not LEAST <= megabytes <= MOST:
        raise ValueError(f"the page should have {megabytes:g} MB, expected {LEAST} to {MOST}")
    code, style = (
        _script(web_files.assets_digest()),
        (web_files.WEB / "standalone" / "main.css").read_text(encoding="utf-8"),
    )
    about = assets.model_facts(entry, url.describe(assets.bounds_of(entry)))
    about |= {part: part for part in ("decoder", "encoder", "codes")} | {
        "images": "images/{block}",
        "near": None,
        "modes": None,
    }
    room = int(megabytes * MEGABYTE) - len(code) - len(style)
    taken = _parts_within(entry, room)
    about, parts = _with_umap(entry, about | {"count": taken.count}, taken)
    shown = {
        "model": about,
        "glossary": glossary.sentences(*TERMS),
        "folds": folds(entry.run.config.model.likelihood, entry.run.config.model.mean),
        "view": as_json(_within(view or View(), taken.count)),
    }
    html = _HTML.format(
        notice=(ROOT / "LICENSE").read_text(encoding="utf-8").strip(),  # as the licence asks of every copy
        policy=escape(_policy(code, style)),
        title=escape(entry.title),
        style=style,
        lead=_LEAD,
        card=_card(entry),
        quiet=escape(_quiet(entry, taken, "umap_told" in about)),
        facts=json.dumps(shown, ensure_ascii=False, sort_keys=True).replace("<", "\\u003c"),
        parts="\n".join(
            f'<script type="text/plain" data-part="{name}">{_as_text(content)}</script>'
            for name, content in parts.items()
        ),
        code=code,
    )
    return Page(html.encode(), 0 if taken.problem else taken.count, entry.count)


@lru_cache(maxsize=2)
def _script(digest: str) -> str:
    code = script(_FIRST)
    if "</script" in code.lower() or "<!--" in code:
        raise ValueError("the components' modules hold the end of a script, which cannot stand in a page")
    return code


def _with_umap(entry: Entry, about: dict[str, Any], taken: PageParts) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Add the plane of UMAP where it has been laid out already."""
    path = umap_jobs.stored_plane(entry)
    plane = None if path is None else read_plane(path, sha256(entry.run.path / CODES), entry.count)
    if plane is None or about["latent_dim"] < 3:
        return about, taken.parts
    told = {"state": "ready", "version": 0, "seed": plane.seed}
    told |= {"trustworthiness": plane.trustworthiness, "pca_trustworthiness": plane.pca_trustworthiness}
    return about | {"umap": "umap", "umap_told": told}, _with_plane(taken.parts, plane, taken.count)


def _within(view: View, count: int) -> View:
    """Return the view without a picture that the page does not have."""
    return View(**{**vars(view), "x": None}) if view.x is not None and view.x >= count else view


def _policy(code: str, style: str) -> str:
    """Write the page's policy: it runs this script and no other, and asks no server for anything."""
    return (
        f"default-src 'none'; script-src '{_hash(code)}' 'wasm-unsafe-eval'; style-src '{_hash(style)}' data:; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _card(entry: Entry) -> str:
    rows = "".join(
        f"<tr><th scope=row>{escape(name)}</th><td>{escape(value)}</td></tr>\n"
        for name, value in [("Model", entry.title), *card_text.facts(entry)]
        if value
    )
    command = entry.run.card.get("command")
    told = f"<p>The command that trains it again:</p>\n<code>{escape(str(command))}</code>" if command else ""
    licence = card_text.licence(entry) or f"Data: {assets.data_title(entry)}. Their licence is not known here."
    return f"<table>\n{rows}</table>\n{told}</details>\n<p>{escape(licence)} {escape(_LICENCE)}</p>"


def _quiet(entry: Entry, taken: PageParts, umap: bool) -> str:
    """Say in one sentence or two what is not in the page."""
    many = entry.run.config.model.latent_dim > 2
    left = "Nearest pictures by pixels" + (" and UMAP's plane need" if many and not umap else " need")
    said = [f"This page works without a network. {left} the app's server, so they are left out."]
    if taken.problem:
        said.append("The test pictures are not in it, since the app could not read them.")
    elif taken.count < entry.count:
        said.append(f"It carries the first {taken.count:,} of {entry.count:,} test pictures.")
    if taken.rounded:
        said.append("Its weights are rounded to half precision, which may move log p(x|z) by tenths of a nat.")
    return " ".join([*said, f"Made with VAE Lab {__version__}."])


def _parts_within(entry: Entry, room: int) -> PageParts:
    """Pack what a page of the run holds, of about `room` bytes in base64; the model itself is always whole.

    Raises ValueError if the run's files cannot be read.
    """
    weights = read_weights(entry.run)
    rounded = any((_half(tensor) != tensor).any() for name, tensor in weights.items() if name != "log_sigma")
    parts = {part: _packed(_network(entry, weights, part)) for part in ("decoder", "encoder")}
    codes = read_codes(entry.run)
    whole = parts | {"codes": _packed(_packed_codes(codes, entry.count))}
    try:
        assets.packed_images(entry, 0)
    except ValueError as error:
        return PageParts(whole, entry.count, rounded, str(error))
    pictures = _pictures(entry, room - _length(whole))
    count = min(entry.count, len(pictures) * assets.BLOCK)
    return PageParts(parts | pictures | {"codes": _packed(_packed_codes(codes, count))}, count, rounded, "")


def _with_plane(parts: dict[str, bytes], plane: StoredPlane, count: int) -> dict[str, bytes]:
    """Add the plane of UMAP to the parts, as far as there are codes."""
    return parts | {"umap/0": _packed(save({"places": np.ascontiguousarray(plane.places[:count])}))}


def _encoded_length(content: bytes) -> int:
    """Count the bytes that some content takes in base64."""
    return 4 * ((len(content) + 2) // 3)


def _pictures(entry: Entry, room: int) -> dict[str, bytes]:
    """Pack blocks of pictures while there is room, and the first one in any case: a map needs points."""
    blocks: dict[str, bytes] = {}
    for block in range(-(-entry.count // assets.BLOCK)):
        packed = assets.packed_images(entry, block)
        room -= _encoded_length(packed)
        if room < 0 and blocks:
            break
        blocks[f"images/{block}"] = packed
    return blocks


def _network(entry: Entry, weights: dict[str, np.ndarray], part: Part) -> bytes:
    tensors = {name: _half(tensor) for name, tensor in weights.items() if name.startswith(f"{part}.")}
    # One entry only: safetensors writes several in another order each time.
    return save(tensors, metadata={"program": json.dumps(layers(entry.run.config.model, part))})


def _half(tensor: np.ndarray) -> np.ndarray:
    """Round to half precision, unless a number is too large for it."""
    return tensor if np.abs(tensor).max(initial=0) > _LARGEST else tensor.astype(np.float16)


def _packed_codes(codes: Codes, count: int) -> bytes:
    return save({name: np.ascontiguousarray(tensor[:count]) for name, tensor in vars(codes).items()})


def _packed(content: bytes) -> bytes:
    return gzip.compress(content, 6, mtime=0)


def _length(parts: dict[str, bytes]) -> int:
    return sum(map(_encoded_length, parts.values()))


def _as_text(content: bytes) -> str:
    return base64.b64encode(content).decode()


_HTML = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{title} – latent map</title>
<style>{style}</style>
<!-- VAE Lab

{notice}
-->
</head>
<body>
<header><h1>{title}</h1><button id="theme" type="button" hidden>Dark</button><p>{lead}</p></header>
<main id="pad"><noscript>This page needs JavaScript, which this browser has switched off.</noscript></main>
<footer>
<details><summary>Model card</summary>
{card}
<p>{quiet}</p>
</footer>
<script type="application/json" id="facts">{facts}</script>
{parts}
<script>{code}</script>
</body>
</html>
"""
