"""The former name of vae_core.estimators.marginal_likelihood, for notebooks that import it."""

from vae_core.estimators.marginal_likelihood import LogMarginal, log_marginal, log_weights
from vae_core.estimators.pareto import pareto_khat

__all__ = ["LogMarginal", "log_marginal", "log_weights", "pareto_khat"]
