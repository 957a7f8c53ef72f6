"""Exact log p(x), p(z|x) and divergences in one or two latent dimensions, on cells that adapt."""

from vae_core.estimators.quadrature.integral import Quadrature, first_lattice, integrate, integrate_each

__all__ = ["Quadrature", "first_lattice", "integrate", "integrate_each"]
