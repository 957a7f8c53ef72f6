"""Read a model from a zip: a run folder, or weights with a manifest. Validated without torch."""

import json
import zipfile
from typing import Any, BinaryIO

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as parse

from vae_core.config import DataConfig, ModelConfig, RunConfig, TrainConfig
from vae_core.models.architectures import parameter_count, tensor_shapes
from vae_core.readers.schema import shown
from vae_core.readers.zip_archive import hidden, opened, parts, unpacked
from vae_core.runs.run import CARD, CODES, CONFIG, WEIGHTS, require_weights

MANIFEST, DECODER, ENCODER = "manifest.json", "decoder.safetensors", "encoder.safetensors"
UNKNOWN = "unknown"  # the name of data that are not here
MOST_PARAMETERS, MOST_CODES, MOST_LATENTS = 16_000_000, 10_000, 256
_MOST_TENSORS, _MOST_JSON, _MOST_HEADER = 80 << 20, 1 << 20, 1 << 20
_FARTHEST = 60.0  # of any code's mean or log-variance
_KEYS = ("architecture", "image_shape", "latent_dim", "hidden", "activation", "likelihood", "sigma", "mean")
_MORE = ("encoder", "decoder", "data", "title")


def read_model(file: BinaryIO, known: list[str]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read configuration and title; weights by their names, and codes if there are any.

    Data that are not among the `known` names become `unknown`: what is in a configuration is never opened as a path.
    Raises ValueError with one sentence if it is no model of ours.
    """
    begin = file.read(4)
    if begin != b"PK\x03\x04":
        raise ValueError(
            f"it is no zip archive: expected one of a run folder, or of {MANIFEST} and {DECODER} (pickled models such "
            "as .pt are never opened)"
        )
    with opened(file) as archive:
        members = _outer(archive)
        if MANIFEST in members:
            return _from_manifest(archive, members, known)
        if CONFIG in members:
            return _from_run(archive, members, known)
    raise ValueError(f"there is neither {CONFIG} of a run folder nor {MANIFEST} in it")


def _outer(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """List the files in the archive's outermost folder, by name, without a run's moments/ and checkpoints/."""
    shown = [(parts(member.filename), member) for member in archive.infolist() if not hidden(member)]
    depth = min((len(path) for path, _ in shown), default=0)
    return {path[-1]: member for path, member in shown if len(path) == depth}


def _from_run(
    archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], known: list[str]
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    try:
        config = RunConfig.from_json(_json(archive, members, CONFIG))
    except (TypeError, OverflowError) as error:
        raise ValueError(f"{CONFIG} cannot be used: {error}") from None
    card = _json(archive, members, CARD) if CARD in members else {}
    weights = _tensors(archive, members, WEIGHTS)
    codes = _codes(_tensors(archive, members, CODES), config.model) if CODES in members else {}
    data = DataConfig(config.data.name if config.data.name in known else UNKNOWN, config.data.binarize)
    return _told(config.model, data, card.get("title"), weights, codes, "brought as a run folder", True)


def _from_manifest(
    archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], known: list[str]
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    manifest = _json(archive, members, MANIFEST)
    if unknown := sorted(set(manifest) - {*_KEYS, *_MORE}):
        raise ValueError(
            f"{MANIFEST} has the unknown key {unknown[0][:60]!r}, expected some of {', '.join(_KEYS + _MORE)}"
        )
    if missing := [key for key in ("architecture", "image_shape", "latent_dim", "likelihood") if key not in manifest]:
        raise ValueError(f"{MANIFEST} lacks the key {missing[0]!r}")
    chosen = {key: manifest[key] for key in (*_KEYS[1:], "encoder", "decoder") if key in manifest}
    chosen = {key: tuple(value) if isinstance(value, list) else value for key, value in chosen.items()}
    model = _model_config({**chosen, "arch": manifest["architecture"]})
    weights = {f"decoder.{_plain(name)}": t for name, t in _tensors(archive, members, DECODER).items()}
    encoded = ENCODER in members
    if encoded:
        weights |= {f"encoder.{_plain(name)}": t for name, t in _tensors(archive, members, ENCODER).items()}
    else:
        shapes = {name: shape for name, shape in tensor_shapes(model).items() if name.startswith("encoder.")}
        _require_small(model)
        weights |= {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
    if model.likelihood == "gaussian":
        if not isinstance(model.sigma, int | float):
            raise ValueError(f"sigma is {model.sigma!r} in {MANIFEST}, expected the σ of p(x|z), a number")
        weights["log_sigma"] = np.array(np.log(model.sigma), np.float32)
    name = manifest.get("data") if encoded else UNKNOWN  # draws from the prior stand for no data's pictures
    data = DataConfig(name if name in known else UNKNOWN, "dynamic" if model.likelihood == "bernoulli" else "none")
    return _told(model, data, manifest.get("title"), weights, {}, "brought with a manifest", encoded)


def _told(
    model: ModelConfig,
    data: DataConfig,
    title: Any,
    weights: dict[str, np.ndarray],
    codes: dict[str, np.ndarray],
    how: str,
    encoded: bool,
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    if not model.plain:
        raise ValueError("the pages can show only a diagonal normal posterior and the prior N(0, I), and it has others")
    if model.latent_dim > MOST_LATENTS:
        raise ValueError(f"its latent size is {model.latent_dim:,}, expected at most {MOST_LATENTS}")
    _require_small(model)
    require_weights(weights, model, "the model")
    # How it was trained is not taken over: a run that was brought is never trained on.
    config = RunConfig(model, data, TrainConfig(steps=1))
    title = shown(" ".join(title.split())) if isinstance(title, str) and title.strip() else "My model"
    told = {"config": config.to_json(), "title": title, "how": how, "encoded": encoded}
    return told, {**weights, **{f"codes.{name}": tensor for name, tensor in codes.items()}}


def _require_small(model: ModelConfig) -> None:
    if (count := parameter_count(model)) > MOST_PARAMETERS:
        raise ValueError(f"the model has {count:,} parameters, expected at most {MOST_PARAMETERS:,}")


def _model_config(values: dict[str, Any]) -> ModelConfig:
    try:
        return ModelConfig(**values)
    except (TypeError, OverflowError) as error:
        raise ValueError(f"{MANIFEST} cannot be used: {error}") from None


def _codes(tensors: dict[str, np.ndarray], model: ModelConfig) -> dict[str, np.ndarray]:
    """Validate the codes. Raises ValueError if they cannot be drawn."""
    mu, logvar, label = (tensors.get(name) for name in ("mu", "logvar", "label"))
    if mu is None or logvar is None or label is None or set(tensors) != {"mu", "logvar", "label"}:
        raise ValueError(f"{CODES} has the tensors {sorted(tensors)[:5]}, expected mu, logvar and label")
    sound = label.ndim == 1 and 1 < len(label) <= MOST_CODES and label.dtype == np.uint8
    for tensor in (mu, logvar):
        sound = sound and tensor.dtype.name in ("float16", "float32") and tensor.shape == (len(label), model.latent_dim)
        sound = sound and bool((np.abs(tensor) <= _FARTHEST).all())
    if not sound:
        raise ValueError(
            f"{CODES} does not hold mu and logvar [N, {model.latent_dim}], all within ±{_FARTHEST:g}, and label [N]"
        )
    return {"mu": mu, "logvar": logvar, "label": label}


def _json(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], name: str) -> dict[str, Any]:
    try:
        values = json.loads(unpacked(archive, members[name], _MOST_JSON))
    except (ValueError, RecursionError) as error:
        fault = str(error) if str(error).startswith("it is") else "it is not readable JSON"
        raise ValueError(f"{name} cannot be used: {fault}") from None
    if not isinstance(values, dict):
        raise ValueError(f"{name} is a {type(values).__name__}, expected an object")
    return values


def _tensors(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], name: str) -> dict[str, np.ndarray]:
    if name not in members:
        raise ValueError(f"{name} is missing in it")
    raw = unpacked(archive, members[name], _MOST_TENSORS)
    if len(raw) < 8 or int.from_bytes(raw[:8], "little") > _MOST_HEADER:
        raise ValueError(f"{name} is not a readable safetensors file")
    try:
        return parse(raw)
    except (SafetensorError, KeyError, ValueError, TypeError):
        raise ValueError(f"{name} is not a readable safetensors file of float tensors") from None


def _plain(name: str) -> str:
    """Return a tensor's name without its part: `decoder.0.weight` and `0.weight` are the same."""
    return name.removeprefix("decoder.").removeprefix("encoder.")
