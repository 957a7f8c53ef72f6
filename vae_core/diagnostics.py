"""What a trained model does with its latent dimensions."""

from dataclasses import dataclass

from torch import Tensor

from vae_core.gaussian import DiagonalNormal

# A dimension is active when the posterior mean varies more than this over the data (Burda et al. 2016, section 4.1).
ACTIVE_VARIANCE = 0.01


@dataclass(frozen=True)
class Dimensions:
    """One number per latent dimension, [D], from the posteriors of a data set."""

    rate: Tensor  # KL(q_j || N(0, 1)) averaged over x, nats
    mean_variance: Tensor  # Var_x(E_q[z_j])

    @property
    def active(self) -> Tensor:
        """Whether each dimension carries information: Var_x(E_q[z_j]) > 0.01 (Burda et al. 2016, section 4.1)."""
        return self.mean_variance > ACTIVE_VARIANCE


def dimensions(q: DiagonalNormal) -> Dimensions:
    """Rate and activity of each latent dimension from the posteriors q(z|x_n), [N, D], of a data set.

    Raises ValueError for fewer than two examples.
    """
    if q.mu.ndim != 2 or len(q.mu) < 2:
        raise ValueError(f"q has the shape {list(q.mu.shape)}, expected [N, D] with at least 2 examples")
    return Dimensions(rate=q.kl_per_dimension().mean(0), mean_variance=q.mu.var(0))
