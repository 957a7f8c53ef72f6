"""The form: a preset and the data first, then the size, all else under "more". Its values become a RunConfig."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

import streamlit as st

from ui.pages.train import datasets, page_state
from ui.pages.train.presets import FIRST, PRESETS
from ui.url_state import locks
from vae_core.config import (
    Arch,
    DataConfig,
    ModelConfig,
    ObjectiveName,
    PosteriorName,
    PriorName,
    RunConfig,
    TrainConfig,
)
from vae_core.layers import ACTIVATIONS

PICTURES = Path(__file__).parent / "pictures"  # of the presets, painted by docs/shipped_training.py
_PICTURE_WIDTH = 132
PRESET, PARENT, START, REFRESH, MORE = "train_preset", "train_parent", "train_from", "train_refresh", "train_more"
_PARENT_DATA, _GONE = "train_parent_data", "train_data_gone"
_OBJECTIVES = {
    "elbo": "ELBO",
    "beta": "β-VAE",
    "free-bits": "free bits",
    "iwae": "IWAE",
    "dreg": "DReG",
    "beta-tcvae": "β-TCVAE",
    "autoencoder": "plain autoencoder",
}
_POSTERIORS = {"diagonal": "diagonal normal", "full": "full covariance", "flow": "normalising flow"}
_PRIORS = {"normal": "N(0, I)", "vamp": "VampPrior"}
_ARCHITECTURES = {"mlp": "perceptron", "conv": "convolutional"}
_SIGMAS = {"optimal": "optimal", "learned": "learned", "fixed": "fixed"}
_BINARISE = {"dynamic": "a new draw each time", "threshold": "cut at one half"}
_OWN = "Your own: an .npz archive or a folder of pictures in data/ beside the app, or in the folder $VAE_LAB_DATA."
_USES = {
    "beta": ("beta", "beta-tcvae"),
    "samples": ("elbo", "beta", "free-bits", "iwae", "dreg"),
    "warmup": ("elbo", "beta"),
    "free_bits": ("free-bits",),
}


def key(name: str) -> str:
    return f"train_{name}"


def begin(preset: str) -> None:
    """Give every field that has no value that of the preset; every field where the link names another preset."""
    for name, value in {"data": datasets.dataset_names()[0], **FIRST, **PRESETS[preset].settings}.items():
        st.session_state.setdefault(key(name), value)
    if st.session_state.setdefault(PRESET, preset) != preset:
        st.session_state[PRESET] = preset
        _take(preset)
    names = _data_names()
    if st.session_state[key("data")] not in names:
        st.session_state[key("data")] = names[0]
        st.session_state[_GONE] = True


def take_anew() -> None:
    """Let the preset that the link names be taken next, also where it is chosen and its settings were changed."""
    st.session_state[PRESET] = None


def _choose(preset: str) -> None:
    st.session_state[PRESET] = preset
    page_state.preset_chosen(preset)
    _take(preset)


def _take(preset: str) -> None:
    """Put a preset's settings into the form; data, seed, device and title stay."""
    for name, value in (FIRST | PRESETS[preset].settings).items():
        if name not in ("seed", "device", "title"):
            st.session_state[key(name)] = value
    st.session_state.pop(PARENT, None)


def fill_from(config: RunConfig, name: str) -> None:
    """Put the settings of a run into the form; what is trained then has it as its parent."""
    model, train = config.model, config.train
    fixed = isinstance(model.sigma, int | float)
    values = {
        "data": config.data.name,
        "latent_dim": model.latent_dim,
        "steps": train.steps,
        "arch": FIRST["arch"] if model.arch == "given" else model.arch,  # the form trains none of given layers
        "hidden": FIRST["hidden"] if model.arch == "given" else ", ".join(map(str, model.hidden)),
        "activation": model.activation,
        "likelihood": model.likelihood,
        "sigma_how": "fixed" if fixed else model.sigma or "optimal",
        "sigma": float(model.sigma) if fixed else FIRST["sigma"],
        "binarize": config.data.binarize if config.data.binarize != "none" else "dynamic",
        "posterior": model.posterior,
        "prior": model.prior,
        "top_dim": model.top_dim or 0,
        **{
            field: getattr(train, field)
            for field in ("objective", "samples", "warmup", "batch_size", "lr", "seed", "device")
        },
        "beta": float(train.beta),
        "free_bits": float(train.free_bits),
    }
    for field, value in values.items():
        st.session_state[key(field)] = value
    st.session_state[PARENT], st.session_state[_PARENT_DATA], st.session_state[START] = name, config.data.name, False


def config() -> RunConfig:
    """What the form says. Raises ValueError with one sentence if it cannot be trained."""
    return config_of({name: st.session_state[key(name)] for name in ("data", *FIRST)})


def config_of(value: Mapping[str, Any]) -> RunConfig:
    """What the fields of the form say, by name. Raises ValueError with one sentence if it cannot be trained."""
    if missing := [name for name, given in value.items() if given is None]:
        raise ValueError(f"{missing[0].replace('_', ' ')} is empty, expected a number")
    gaussian = value["likelihood"] == "gaussian"
    how = value["sigma_how"]
    model = ModelConfig(
        image_shape=datasets.described(value["data"]).shape,
        latent_dim=value["latent_dim"],
        arch=value["arch"],
        hidden=_widths(value["hidden"]),
        activation=value["activation"],
        likelihood=value["likelihood"],
        sigma=(value["sigma"] if how == "fixed" else how) if gaussian else None,
        posterior=value["posterior"],
        prior=value["prior"],
        top_dim=value["top_dim"] or None,
    )
    used = {name: value[name] for name, objectives in _USES.items() if value["objective"] in objectives}
    common = {name: value[name] for name in ("steps", "batch_size", "lr", "seed", "device", "objective")}
    return RunConfig(
        model, DataConfig(value["data"], "none" if gaussian else value["binarize"]), TrainConfig(**common, **used)
    )


def _widths(text: str) -> tuple[int, ...]:
    parts = re.split(r"[\s,;x-]+", text.strip())
    if not all(part.isascii() and part.isdecimal() and len(part) <= 5 for part in parts) or len(parts) > 8:
        raise ValueError(f"the hidden layers are {text[:60]!r}, expected up to 8 widths such as 300, 300")
    return tuple(map(int, parts))


def preset_cards() -> None:
    """A card for each preset, with a picture of what it does, then what will be seen of the chosen one."""
    row = st.container(horizontal=True, gap="xsmall", key="train_presets")
    for name, preset in PRESETS.items():
        card = row.container(horizontal=True, vertical_alignment="center", gap="small", width=310)
        card.image(PICTURES / f"{name}.png", width=_PICTURE_WIDTH, alt=preset.pictured)
        card.button(
            preset.name,
            key=card_key(name),
            help=preset.seen,
            icon=":material/check:" if preset.works else ":material/warning:",
            type="primary" if st.session_state[PRESET] == name else "secondary",
            width="stretch",
            disabled=locks.is_locked("form"),
            on_click=_choose,
            args=(name,),
        )
    st.caption(PRESETS[st.session_state[PRESET]].seen)


def card_key(preset: str) -> str:
    return f"train_preset_{preset}"


def data_field() -> None:
    """The data, with a warning where those that were chosen are gone."""
    if st.session_state.pop(_GONE, False):
        st.warning("The data that you chose are gone. Perhaps they were deleted. Check which data are chosen now.")
    _choice("Data", "data", _data_names(), datasets.title, help=_OWN)


def first_fields() -> None:
    """Latent size and steps."""
    size, steps = st.columns(2)
    with size:
        _number("Latent size", "latent_dim", 1, 256, 1)
    with steps:
        _number("Steps", "steps", 1, 1_000_000, 500)


def _data_names() -> list[str]:
    """The sets that are offered, and the one of the run that the settings come from where it is another visitor's."""
    names = datasets.dataset_names()
    chosen = st.session_state[key("data")]
    return [*names, chosen] if chosen == st.session_state.get(_PARENT_DATA) and chosen not in names else names


def more_fields() -> None:
    """The model, what it minimises, and how it is trained."""
    model, objective, training = st.columns(3)
    with model:
        _choice("Network", "arch", get_args(Arch), _ARCHITECTURES.get)
        _text("Hidden layers", "hidden", help="Units of each layer, or channels after each halving of the picture.")
        _choice("Activation", "activation", tuple(ACTIVATIONS))
        _choice("p(x|z)", "likelihood", ("gaussian", "bernoulli"), str.capitalize)
        if st.session_state[key("likelihood")] == "gaussian":
            _choice("σ", "sigma_how", tuple(_SIGMAS), _SIGMAS.get)
            if st.session_state[key("sigma_how")] == "fixed":
                _number("Value of σ", "sigma", 0.001, 10.0, 0.05, format="%.3f")
        else:
            _choice("Binary pixels", "binarize", tuple(_BINARISE), _BINARISE.get)
    with objective:
        _choice("Objective", "objective", get_args(ObjectiveName), _OBJECTIVES.get)
        chosen = st.session_state[key("objective")]
        if chosen in _USES["beta"]:
            _number("β", "beta", 0.0, 1000.0, 0.5)
        if chosen in _USES["samples"]:
            _number("Samples of z per image", "samples", 1, 200, 1)
        if chosen in _USES["free_bits"]:
            _number("Free nats a dimension", "free_bits", 0.0, 20.0, 0.1)
        if chosen in _USES["warmup"]:
            _number("Warm-up of the KL, steps", "warmup", 0, 1_000_000, 100)
        _choice("q(z|x)", "posterior", get_args(PosteriorName), _POSTERIORS.get)
        _choice("p(z)", "prior", get_args(PriorName), _PRIORS.get)
        _number("Second level, latents", "top_dim", 0, 256, 1, help="0: one level.")
    with training:
        _number("Batch", "batch_size", 1, 10_000, 10)
        _number("Learning rate", "lr", 0.0, 1.0, 0.0005, format="%.5f")
        _number("Seed", "seed", 0, 2**31 - 1, 1)
        _choice("Device", "device", ("auto", "cpu", "cuda", "mps"))
        _text("Title", "title", max_chars=80, placeholder=automatic_title())


def _choice(
    label: str, name: str, options: Sequence[Any], words: Callable[[Any], Any] = str, help: str | None = None
) -> None:
    st.selectbox(label, options, format_func=words, key=key(name), help=help, **shared())


def _number(label: str, name: str, least: float, most: float, step: float, **rest: str) -> None:
    st.number_input(label, least, most, step=step, key=key(name), **shared(), **rest)


def _text(label: str, name: str, **rest: Any) -> None:
    st.text_input(label, key=key(name), **shared(), **rest)


def shared() -> dict[str, Any]:
    """What all fields share: their values stay while they are folded away and while another page is open."""
    return {"disabled": locks.is_locked("form"), "persist_state": "session"}


def automatic_title() -> str:
    """What a run is called where the visitor says nothing."""
    state = st.session_state
    name = datasets.title(state[key("data")]).removesuffix(" (to download)")
    size, preset = state[key("latent_dim")], PRESETS[state[PRESET]].name
    return f"{name}, {size} {'latent' if size == 1 else 'latents'}, {preset}"


def title() -> str:
    return st.session_state[key("title")].strip() or automatic_title()


def epochs(count: int) -> str:
    """How often the training sees each picture."""
    state = st.session_state
    passes = state[key("steps")] * state[key("batch_size")] / count
    return (
        f"{passes:.0f} passes over {count:,} pictures"
        if passes >= 2
        else f"{passes:.2g} of a pass over {count:,} pictures"
    )


def parent_words() -> str:
    """Which run the settings come from, as plain text; nothing when they come from a preset."""
    parent = st.session_state.get(PARENT)
    return (
        ""
        if parent is None
        else f"The settings are those of {parent}. Change what you like; the new run names it as its parent."
    )
