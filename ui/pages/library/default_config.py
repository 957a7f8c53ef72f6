"""Sensible settings for data that nobody has trained on before."""

from vae_core.config import DataConfig, ModelConfig, RunConfig, TrainConfig
from vae_core.data.uploaded import training_count
from vae_core.readers.schema import Preview

LATENTS = (2, 5, 10, 16)
_PASSES = 100  # over the training pictures
_FEWEST, _MOST = 1000, 4000  # steps


def default_config(preview: Preview, name: str, latent_dim: int) -> RunConfig:
    """A perceptron of a size that suits the data, σ as large as what is left over, about a hundred passes."""
    pixels, count = preview.shape[0] * preview.shape[1] * preview.shape[2], training_count(preview)
    width = 300 if pixels >= 100 else 100
    batch = 100 if count >= 2000 else 50 if count >= 300 else 20
    steps = min(_MOST, max(_FEWEST, round(_PASSES * count / batch, -2)))
    model = ModelConfig(preview.shape, latent_dim, hidden=(width, width), sigma="optimal")
    train = TrainConfig(steps=int(steps), batch_size=batch, warmup=int(steps) // 5)
    return RunConfig(model, DataConfig(name), train)
