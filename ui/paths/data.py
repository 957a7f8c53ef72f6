"""What Python hands the component: the model, where its geodesics are worked out, the view, the folds."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

from ui import served
from ui.catalogue import ROOT
from ui.entry import Entry
from ui.maths import Fold, render
from ui.pad_data import model_facts, plain_view
from ui.paths import factors
from ui.paths.view import MOST_FRAMES, MOST_STOPS, SPEEDS, View
from vae_core import __version__

_FOLDS = {
    "paths": Fold(
        (
            "The straight line, with t from 0 to 1:",
            r"$z(t) = (1-t)\,a + t\,b$",
            "The spherical path turns from the direction of a to that of b at a constant rate, ω being the angle "
            "between them, while the norm goes evenly from ‖a‖ to ‖b‖:",
            r"$z(t) = \left((1-t)\|a\| + t\|b\|\right)\left(\frac{\sin((1-t)\,\omega)}{\sin\,\omega}\frac{a}{\|a\|}"
            r" + \frac{\sin(t\,\omega)}{\sin\,\omega}\frac{b}{\|b\|}\right)$",
            "The geodesic is the shortest path when length is measured on the decoded pictures. It makes the energy E "
            "of the decoded curve least; f is the decoder's mean and J its Jacobian:",
            r"$E = \frac{1}{2}\int \dot z^{\top} G(z)\,\dot z\;dt, \qquad G(z) = J(z)^{\top} J(z), \qquad "
            r"J = \frac{\partial f}{\partial z}$",
        ),
        ("latent.linear", "latent.spherical", "geometry.geodesic"),
    ),
    "add": Fold(
        (
            "The direction is the mean code with the attribute minus the mean code without:",
            r"$v = \frac{1}{N_1}\sum_{n\,\text{with}} \mu_n - \frac{1}{N_0}\sum_{n\,\text{without}} \mu_n, \qquad "
            r"z' = z + s\,v$",
            "It is judged on pictures that it was not made from: the share of pairs, one of each group, in which the "
            "one with lies further along v. The analogy adds one difference of codes to a third code:",
            r"$z = c + b - a$",
        ),
        ("attributes.direction", "attributes.separation", "attributes.analogy"),
    ),
    "dimensions": Fold(
        (
            "One number of z is changed and the others are held. The rate of dimension j is what the encoder says by "
            "it, averaged over the test pictures; at 0 it repeats the prior and the decoder learns to pass it over:",
            r"$R_j = \operatorname{KL}\left(q(z_j\mid x)\,\|\,p(z_j)\right)$",
        ),
        ("latent.traversal",),
    ),
    "grid": Fold(
        ("First the left and the right edge between their corners, then each row between the edges.",),
        ("latent.bilinear", "latent.spherical_grid"),
    ),
}


def _from_here(path: Path) -> str:
    """Where the run lies, as a script that is started in this folder names it."""
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name


def data(entry: Entry, view: View, turn: int = 0) -> dict[str, Any]:
    """The component's `data` for one run, with the view to show (anew when `turn` grows)."""
    at = f"/lab/paths/{quote(entry.id, safe='')}/{entry.digest}"
    return {
        "assets": served.asset_base(),
        "model": model_facts(entry)
        | {
            "geodesic": f"{at}/geodesic",
            "training": f"{at}/training",
            "factors": factors.facts(entry),
            "factor_index": f"{at}/factors",
            "most_frames": MOST_FRAMES,
            "most_stops": MOST_STOPS,
            "speeds": list(SPEEDS),
            "run_path": _from_here(entry.run.path),
            "data_name": entry.run.config.data.name,
            "version": __version__,
        },
        "view": plain_view(view) | {"turn": turn},
        "folds": render(_FOLDS),
    }
