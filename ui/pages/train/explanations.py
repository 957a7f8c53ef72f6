"""The maths and the code of what a run maximises, for each objective."""

from functools import lru_cache

from ui.explanations import Fold, render

_BOUND = (
    "Each step draws a minibatch, one z from q for each picture, and moves the weights by Adam along the gradient of "
    "the mean ELBO. With z = μ + σ ⊙ ε that gradient reaches the encoder.",
    r"$\operatorname{ELBO}(x) = \mathbb{E}_{q(z\mid x)}\left[\log\, p(x\mid z)\right]"
    r" - \operatorname{KL}\left(q(z\mid x)\,\|\,p(z)\right) = -D - R \;\le\; \log\, p(x)$",
)
_OBJECTIVES = {
    "elbo": Fold(_BOUND, ("objectives.elbo",)),
    "beta": Fold(
        (
            *_BOUND,
            "β weighs the rate. Above 1 this is still a lower bound, but not a tight one. Information is dropped "
            "if a nat of rate saves less than β nats of distortion.",
            r"$-D - \beta R$",
        ),
        ("objectives.beta_elbo", "objectives.kl_weight"),
    ),
    "free-bits": Fold(
        (
            *_BOUND,
            "Below λ nats a dimension costs the same however much information it carries. So training has no reason to "
            "make it inactive at the beginning. R_j is the mean over the minibatch.",
            r"$-D - \sum_j \max\left(\lambda,\, R_j\right)$",
        ),
        ("objectives.free_bits",),
    ),
    "iwae": Fold(
        (
            "K draws from q: each weight p(x, z)/q(z|x) has the mean p(x), and the log is taken of their average. More "
            "draws make the bound tighter.",
            r"$\mathcal{L}_K = \mathbb{E}\left[\log\, \frac{1}{K}\sum_{k=1}^{K} \frac{p(x, z_k)}{q(z_k\mid x)}\right],"
            r" \qquad \operatorname{ELBO} = \mathcal{L}_1 \le \mathcal{L}_K \le \log\, p(x)$",
        ),
        ("objectives.iwae",),
    ),
    "dreg": Fold(
        (
            "The bound of IWAE with another estimate of the encoder's gradient. Both estimates have the same mean. "
            "With more draws IWAE's own estimate gets a worse signal-to-noise ratio (Rainforth et al. 2018). Here the "
            "ratio gets better.",
            r"$\nabla_\phi \mathcal{L}_K = \mathbb{E}\left[\sum_k \tilde w_k^2\,"
            r" \frac{\partial \log w_k}{\partial z_k}\, \frac{\partial z_k}{\partial \phi}\right]$",
        ),
        ("objectives.dreg",),
    ),
    "beta-tcvae": Fold(
        (
            "The rate in three parts; only the second, how far the dimensions of the aggregate are from independent, "
            "is weighed by β.",
            r"$R = I(x; z) + \operatorname{KL}\left(q(z)\,\|\,\prod_j q(z_j)\right)"
            r" + \sum_j \operatorname{KL}\left(q(z_j)\,\|\,p(z_j)\right)$",
        ),
        ("objectives.beta_tcvae",),
    ),
    "autoencoder": Fold(
        (
            "No rate and no noise: z is the mean of q. Nothing ties the codes to p(z), so this is no generative model.",
            r"$\log\, p\left(x\mid z = \mu(x)\right)$",
        ),
        ("objectives.autoencoder",),
    ),
}


@lru_cache(maxsize=1)
def of_objectives() -> dict[str, dict[str, str]]:
    """For each objective its maths (our own MathML) and its code."""
    return render(_OBJECTIVES)
