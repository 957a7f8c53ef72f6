"""One training loop a file, each with `train(config, images, turns)`: an epoch over `images` for each of the turns.

All train the same layers, those of `vae_core.models.architectures`, on the same binary pictures, uint8 [N, 1, 28, 28]
on the device that is to train: minibatches of 128, Adam at 1e-3.
"""

from vae_core.config import ModelConfig

BATCH, LR = 128, 1e-3
_SHARED = {"image_shape": (1, 28, 28), "activation": "relu", "likelihood": "bernoulli"}
MODELS = {
    "mlp": ModelConfig(latent_dim=20, hidden=(400,), **_SHARED),
    "conv": ModelConfig(latent_dim=16, arch="conv", hidden=(32, 64), **_SHARED),
}
IMAGES = {"mlp": 78 * BATCH, "conv": 20 * BATCH}  # of an epoch
