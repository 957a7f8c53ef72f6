"""The latent map of a run as one HTML file that opens from a disk or a stick: no server, no network."""

import base64
import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any

from ui.components import web_files
from ui.explanations import folds
from ui.export.js_bundler import script
from ui.export.page_parts import PageParts, as_text, parts_within, with_plane
from ui.pages.latent_map import umap_jobs
from ui.pages.latent_map.component_data import map_facts
from ui.pages.latent_map.url import View
from ui.runs import assets, card_text
from ui.runs.catalogue import ROOT
from ui.runs.entry import Entry
from ui.url_state.schema import as_json
from vae_core import __version__
from vae_core.runs.run import CODES, sha256
from vae_core.runs.umap_file import read_plane

MEGABYTE = 1_000_000
LEAST, USUAL, MOST = 1, 8, 50  # megabytes of a page
_FIRST = "standalone/main.js"
_LEAD = (
    "Each point is a test picture, where the encoder puts it. <b>Drag</b> anywhere to decode that z. <b>Click</b> a "
    "point to see how sure the encoder is of it, and what that costs in nats."
)
_LICENCE = "VAE Lab is free software under the MIT licence; the data keep their own."


@dataclass(frozen=True)
class Page:
    """A page as bytes of HTML; the first `pictures` of the run's `of` test pictures are in it."""

    html: bytes
    pictures: int
    of: int


def page(entry: Entry, view: View | None = None, megabytes: float = USUAL) -> Page:
    """The page of a run, first shown in this view, of about so many megabytes; the same input gives the same bytes.

    The model and at least one block of pictures are always in it. Raises ValueError with one sentence if the size is
    out of bounds or the run cannot be read.
    """
    if not LEAST <= megabytes <= MOST:
        raise ValueError(f"the page should have {megabytes:g} MB, expected {LEAST} to {MOST}")
    code, style = (
        _script(web_files.assets_digest()),
        (web_files.WEB / "standalone" / "main.css").read_text(encoding="utf-8"),
    )
    about = map_facts(entry) | {part: part for part in ("decoder", "encoder", "codes")}
    about |= {"images": "images/{block}", "near": None}
    room = int(megabytes * MEGABYTE) - len(code) - len(style)
    taken = parts_within(entry, room)
    about, parts = _with_umap(entry, about | {"count": taken.count}, taken)
    shown = {
        "model": about,
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
            f'<script type="text/plain" data-part="{name}">{as_text(content)}</script>'
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
    """The plane of UMAP goes along where it has been laid out already."""
    path = umap_jobs.stored_plane(entry)
    plane = None if path is None else read_plane(path, sha256(entry.run.path / CODES), entry.count)
    if plane is None or about["latent_dim"] < 3:
        return about, taken.parts
    told = {"state": "ready", "version": 0, "seed": plane.seed}
    told |= {"trustworthiness": plane.trustworthiness, "pca_trustworthiness": plane.pca_trustworthiness}
    return about | {"umap": "umap", "umap_told": told}, with_plane(taken.parts, plane, taken.count)


def _within(view: View, count: int) -> View:
    """The view, without a picture that the page does not have."""
    return View(**{**vars(view), "x": None}) if view.x is not None and view.x >= count else view


def _policy(code: str, style: str) -> str:
    """What the page may do: run this script and no other, and ask nobody for anything."""
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
    """What is not in the page, in one sentence or two."""
    many = entry.run.config.model.latent_dim > 2
    left = "Nearest pictures by pixels" + (" and UMAP's plane need" if many and not umap else " need")
    said = [f"This page asks nobody for anything. {left} the app's server and are left out."]
    if taken.problem:
        said.append("The test pictures are not in it, since the app could not read them.")
    elif taken.count < entry.count:
        said.append(f"It carries the first {taken.count:,} of {entry.count:,} test pictures.")
    if taken.rounded:
        said.append("Its weights are rounded to half precision, which may move log p(x|z) by tenths of a nat.")
    return " ".join([*said, f"Made with VAE Lab {__version__}."])


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
