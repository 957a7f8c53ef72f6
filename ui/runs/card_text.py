"""A run's card in plain words: each figure with its convention. No page and no markup is known here."""

import math
from typing import Any

from ui.number_format import fixed, measured, within
from ui.runs import assets
from ui.runs.catalogue import Entry

_BINARISED = {
    "none": "grey values, not binarised",
    "threshold": "binarised at one half",
    "dynamic": "binarised by one random draw",
}


def facts(entry: Entry) -> list[tuple[str, str]]:
    """Name and value of each fact; an empty value is not known."""
    model, card, test = entry.run.config.model, entry.run.card, entry.run.card["test"]
    shape = " × ".join(map(str, model.image_shape[1:])) + (", colour" if model.image_shape[0] == 3 else ", grey")
    hidden = "-".join(map(str, model.hidden))
    layers = f"{'perceptron' if model.arch == 'mlp' else 'convolutional'} {hidden}, {model.activation}"
    layers = layers if model.hidden else "one linear layer each way" if model.arch == "mlp" else "layers of its own"
    return [
        ("Data", f"{assets.data_title(entry)}, {shape}"),
        ("p(x|z)", likelihood(entry)),
        (
            "Latent size",
            f"{model.latent_dim}, of which {card.get('active_units', '?')} active (variance of the mean above 0.01)",
        ),
        ("Network", f"{layers}, {whole(card.get('parameters'))} parameters, {card.get('precision', '')}"),
        ("Test ELBO", nats(test, "elbo", "stderr")),
        ("Rate", nats(test, "rate", "rate_stderr")),
        ("Distortion", nats(test, "distortion", "distortion_stderr")),
        ("Convention", convention(entry)),
        ("log p(x)", log_px(card)),
        ("Training", training(card)),
        ("Seed", str(card.get("seed", ""))),
    ]


def licence(entry: Entry) -> str:
    """Where the data are from and under which licence, in a sentence or two; nothing when the card does not say."""
    described = entry.run.card["data"]
    if not described.get("licence"):
        return ""
    source = f", from {described['source']}" if described.get("source") else ""
    return f"Data: {assets.data_title(entry)}{source}. Licence: {described['licence']}."


def likelihood(entry: Entry) -> str:
    """The output distribution in words, with σ."""
    if entry.run.config.model.likelihood == "bernoulli":
        return "Bernoulli on binary pixels"
    sigma, how = entry.run.card.get("sigma"), entry.run.config.model.sigma
    words = how if isinstance(how, str) else "fixed"
    return f"Gaussian, σ = {sigma:.3f} ({words})" if isinstance(sigma, float) else f"Gaussian, σ {words}"


def convention(entry: Entry) -> str:
    """On what, by which estimator and with which seed the figures were measured; nothing where there are none."""
    test = entry.run.card["test"]
    if test.get("n") is None:
        return ""
    samples = test.get("samples", 1)
    draws = "1 draw of z" if samples == 1 else f"{samples} draws of z"
    return (
        f"mean over {whole(test.get('n'))} {test.get('split', 'test')} images ± standard error; "
        f"{_BINARISED[entry.run.config.data.binarize]}; {draws} for each image; seed {test.get('seed', 0)}"
    )


_ESTIMATORS = {
    "quadrature": "quadrature",
    "mixture": "a proposal made for each image",
    "ais": "annealed importance sampling",
}


def log_px(card: dict[str, Any]) -> str:
    """The estimate of log p(x) that the command `evaluate --write-card` keeps, beside the ELBO of the same images."""
    found = card.get("log_px")
    if not isinstance(found, dict) or found.get("estimator") not in _ESTIMATORS:
        return ""
    value, elbo, error = (found.get(key) for key in ("log_px", "elbo", "mc_stderr"))
    if not all(isinstance(number, int | float) and math.isfinite(number) for number in (value, elbo, error)):
        return ""
    draws = f", {whole(found['samples'])} draws each" if isinstance(found.get("samples"), int) else ""
    return (
        f"{nats(found, 'log_px', 'stderr')}, mean over the first {whole(found.get('n'))} test images ± standard error; "
        f"their ELBO is {fixed(elbo, 1)}, by one draw of z each; log p(x) by {_ESTIMATORS[found['estimator']]}{draws}, "
        f"which is off by about {within(error)} nats; seed {found.get('seed', 0)}"
    )


def training(card: dict[str, Any]) -> str:
    """How the model was fitted: steps, time and device."""
    parts = [card["fit"]] if isinstance(card.get("fit"), str) else []
    if isinstance(card.get("steps"), int):
        parts.append(f"{whole(card['steps'])} steps")
    if isinstance(card.get("epochs"), int | float):
        parts.append(f"{card['epochs']:.3g} epochs")
    if isinstance(card.get("seconds"), int | float):
        seconds = card["seconds"]
        parts.append(f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min")
    device = f" on {card['device']}" if card.get("device") else ""
    return ", ".join(parts) + device


def nats(test: dict[str, Any], key: str, error: str | None = None) -> str:
    """A figure in nats, with its standard error where there is one."""
    value = test.get(key)
    if not isinstance(value, int | float):
        return ""
    spread = test.get(error) if error else None
    return f"{measured(value, spread) if isinstance(spread, int | float) else fixed(value)} nats"


def whole(value: Any) -> str:
    """A whole number with commas between thousands."""
    return f"{value:,}" if isinstance(value, int) else "?"
