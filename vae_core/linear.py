"""The former name of vae_core.models.linear_gaussian, for notebooks that import it."""

from vae_core.models.linear_gaussian import IsotropicNormal, LinearGaussian

__all__ = ["IsotropicNormal", "LinearGaussian"]
