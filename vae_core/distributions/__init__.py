"""Distributions: q(z|x), p(z) and p(x|z) with their densities, samples and divergences."""
