"""The maths and code beside each panel of the latent map."""

from functools import lru_cache

from ui.explanations import Fold, render

_KL = r"\operatorname{KL}\left(q(z\mid x)\,\|\,p(z)\right)"
_ELBO = (
    "The evidence lower bound is minus the distortion D, a mean over draws of z from q, minus the exact rate R.",
    r"$\log\, p(x) \;\ge\; \operatorname{ELBO}(x) = -D - R$",
    rf"$D = \mathbb{{E}}_{{q}}\left[-\log\, p(x\mid z)\right], \qquad R = {_KL}$",
)

_MEANS = {"sigmoid": r"\operatorname{sigmoid}(a)", "identity": "a"}
_COMMON = {
    "posterior": Fold(
        (
            "The encoder gives q(z|x): a normal with one mean and one variance for each dimension.",
            r"$q(z\mid x) = \mathcal{N}\left(z;\, \mu(x),\, \operatorname{diag}\,\sigma^2(x)\right)$",
            "The ellipses are at 1 and 2 standard deviations, true to the axes. In two dimensions they hold 39 % "
            "and 86 % of q. The rate is exact:",
            rf"${_KL} = \frac{{1}}{{2}}\sum_{{j=1}}^{{D}}\left(\mu_j^2 + \sigma_j^2 - 1 - \log\,\sigma_j^2\right)$",
        ),
        ("models.vae.VAE.encode", "distributions.gaussian.DiagonalNormal.kl_per_dimension"),
    ),
    "samples": Fold(
        (
            "A draw from the prior:",
            r"$z = \varepsilon, \qquad \varepsilon \;∼\; \mathcal{N}(0, I)$",
            "A draw from q for the chosen x:",
            r"$z = \mu(x) + \sigma(x)\odot\varepsilon, \qquad \varepsilon \;∼\; \mathcal{N}(0, I)$",
            "Each z is then decoded. The seed is in the link, so the same link draws the same z.",
        ),
        ("distributions.gaussian.DiagonalNormal.rsample",),
    ),
    "plane": Fold(
        (
            "The prior is a standard normal. Its circles are at 1, 2 and 3 standard deviations.",
            r"$\log\, p(z) = -\frac{1}{2}\sum_{j=1}^{D}\left(z_j^2 + \log\, 2\pi\right)$",
            "A point is the mean of q(z|x) for one image. The density is the aggregate posterior:",
            r"$q(z) = \frac{1}{N}\sum_{n=1}^{N} q(z\mid x_n)$",
            "Both are of test images. Where p(z) is high and q(z) is low, the prior draws z, but almost no test image "
            "has its code there. If the training images, which come from the same source, lie alike, the decoder had "
            "little training there.",
        ),
        ("distributions.gaussian.log_prior",),
    ),
    "metric": Fold(
        (
            "The decoder's mean f gives the plane the pull-back metric G: a step dz changes the picture by ‖J dz‖, the "
            "root of summed squares of pixels from 0 to 1.",
            r"$G(z) = J(z)^{\top} J(z), \qquad J = \frac{\partial f}{\partial z}, \qquad "
            r"\text{colour} = \log\,\sqrt{\det\,G(z)}$",
            "A patch of the plane of area dA becomes a patch of pictures of area √det G dA. Here it is taken from "
            "differences of decoded pictures at the corners of a grid's cells, J by the axes of the plane.",
        ),
        ("latent.geometry.metric", "latent.geometry.log_volume"),
    ),
}
_LIKELIHOOD = {
    "bernoulli": Fold(
        (
            "x is binary and each pixel is a Bernoulli variable. The sum runs over all pixels, in nats.",
            r"$\log\, p(x\mid z) = \sum_i \left(x_i a_i - \log\,(1 + e^{a_i})\right), \qquad x_i \in \{0, 1\}$",
            *_ELBO,
        ),
        ("distributions.likelihoods.Bernoulli.log_prob", "objectives.elbo"),
    ),
    "gaussian": Fold(
        (
            "Each pixel is normal around the mean m, with one σ for all. This is a density on all real numbers, on the "
            "scale where white is 1, so log p(x|z) may be positive and the distortion negative. Part of its mass lies "
            "outside of black and white, and grey values are taken as they are, without dequantisation. So these nats "
            "give no code length. For bits per dimension add uniform noise to the grey values: "
            "python -m vae_core evaluate RUN --dequantize.",
            r"$\log\, p(x\mid z) = -\sum_i \left(\frac{(x_i - m_i)^2}{2\sigma^2} + \log\,\sigma"
            r" + \frac{1}{2}\log\, 2\pi\right)$",
            *_ELBO,
        ),
        ("distributions.likelihoods.Gaussian.log_prob_of_squared_error", "objectives.elbo"),
    ),
}


@lru_cache(maxsize=4)
def folds(likelihood: str, mean: str) -> dict[str, dict[str, str]]:
    """Render the folds of each panel, for this likelihood and what its mean is of the decoder's output."""
    return render({"decode": _decode(mean), **_COMMON, "likelihood": _LIKELIHOOD[likelihood]})


def _decode(mean: str) -> Fold:
    outside = " It may lie outside of 0 and 1: it is shown as black or white there." if mean == "identity" else ""
    return Fold(
        (
            "The decoder f maps a point z to one number a for each pixel. The picture is the mean of p(x|z).",
            rf"$\mathbb{{E}}[x\mid z] = {_MEANS[mean]}, \qquad a = f(z;\theta)$",
            f"It is a mean and not a sample, so it looks smooth.{outside}",
        ),
        ("models.vae.VAE.decode",),
    )
