"""The modes of p(z|x) of a model that no plane shows: the pictures that they decode to, and which the encoder knows."""

from pathlib import Path

import streamlit as st
import torch
from torch import Tensor

from ui.number_format import fixed, share
from ui.pages.latent_map import url as latent_map
from ui.pages.where_p_is_large.race_estimates import FinishLine
from ui.pages.where_p_is_large.selected_x import Example, for_people
from ui.pages.where_p_is_large.url import View
from ui.runs.model_card import plain
from ui.server.streamlit_private import DeltaGenerator
from vae_core.estimators.mixture_proposal import KNOWN_WITHIN, LEAST_SHARE
from vae_core.models.vae import VAE

_SHOWN = 6  # modes at most
_PICTURE = 112  # pixels on the page
_MAP = Path(__file__).resolve().parents[3] / "pages" / "latent_map.py"
_MODES = """
A mode is a z where p(z|x) has a local maximum. **Compare the pictures**: each mode explains x in its own way. The mean
of q is where the encoder looks. Its q is a single normal, so it usually covers only one mode.
"""


def show_modes(chosen: Example, view: View, line: FinishLine) -> None:
    """x, what q makes of it, and each mode as the picture that it decodes to."""
    st.header("The modes of p(z|x)")
    st.markdown(_MODES)
    shown = [i for i, each in enumerate(line.shares) if each >= LEAST_SHARE][:_SHOWN] or [0]
    z = torch.cat((line.q[None], line.modes[shown])).to(chosen.x.dtype)
    pictures = _decoded(chosen.model, z)
    row = st.container(horizontal=True)
    _picture(row, chosen.x[0], f"x: {chosen.name}", "**x**", plain(chosen.name))
    nearest = min(range(len(line.away)), key=line.away.__getitem__)
    _picture(
        row,
        pictures[0],
        "The decoded mean of q",
        "**mean of q**",
        f"{fixed(line.away[nearest], 1)} deviations from mode {nearest + 1}",
    )
    for i, picture in zip(shown, pictures[1:], strict=True):
        ends = f"found by {line.searches[i]} search{'' if line.searches[i] == 1 else 'es'}"
        here = _picture(
            row, picture, f"Mode {i + 1}, decoded", f"**mode {i + 1}**", f"{percent(line.shares[i])} of p(z|x), {ends}"
        )
        here.page_link(
            _MAP, label="Open on the map", icon=":material/map:", query_params=_map_link(chosen, view, line, i)
        )
    st.markdown(_what_the_encoder_knows(line))
    left = len(line.shares) - len(shown)
    rest = (
        f" {left} more, with {percent(sum(line.shares) - sum(line.shares[i] for i in shown))} in all, not shown."
        if left
        else ""
    )
    st.caption(
        "Means of p(x|z). Deviations: the root mean square over the dimensions of (mean of q − mode) / standard "
        f"deviation of p(z|x) at the mode if the others are fixed. The encoder knows a mode within {KNOWN_WITHIN:g}. "
        f"Modes and shares: the draws behind the finish line.{rest}"
    )


def _decoded(model: VAE, z: Tensor) -> Tensor:
    """Means of p(x|z), [N, D] -> [N, C, H, W]; the second of two levels does not change them."""
    missing = model.latent_dim - z.shape[1]
    with torch.no_grad():
        return model.decode(torch.nn.functional.pad(z, (0, missing))).mean


def _picture(row: DeltaGenerator, picture: Tensor, alt: str, name: str, words: str) -> DeltaGenerator:
    place = row.container(width=_PICTURE + 48, gap="xsmall")
    times = max(1, 2 * _PICTURE // picture.shape[-1])
    place.image(for_people(picture, times), width=_PICTURE, output_format="PNG", alt=alt)
    place.markdown(f"{name}  \n{words}")
    return place


def _map_link(chosen: Example, view: View, line: FinishLine, mode: int) -> dict[str, str]:
    """The latent map with this x and with z at the mode."""
    x = {"drawing": view.drawing} if view.drawing else {"x": view.x}
    return latent_map.write(chosen.entry.id, "", latent_map.View(z=tuple(line.modes[mode].tolist()), **x))


def _what_the_encoder_knows(line: FinishLine) -> str:
    modes, near = len(line.shares), [i for i, away in enumerate(line.away) if away <= KNOWN_WITHIN]
    if not near:
        return (
            f"**The encoder knows none of the {modes} modes** that were found: the mean of q is near none of them."
            if modes > 1
            else "**The encoder does not know the one mode** that was found: the mean of q is far from it."
        )
    if modes == 1:
        return "One mode was found, and **the encoder knows it**: the mean of q is near it."
    nearest = min(near, key=line.away.__getitem__)
    return (
        f"**The encoder knows one of {_number(modes)}**: the mean of q is near mode {nearest + 1}, which has "
        f"{percent(line.shares[nearest])} of p(z|x). Draws from q seldom reach the others, and k̂ may not show this."
    )


def _number(count: int) -> str:
    words = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
    return words[count - 2]


def percent(value: float) -> str:
    """Write a share of p(z|x) in per cent."""
    return "less than 0.1 %" if 0 < value < LEAST_SHARE else share(value)
