"""The folds of the first chapter, as its component draws them, and how Streamlit draws those of the later ones.

The later chapters keep their equations and names of functions in their own modules.
"""

from functools import lru_cache

import streamlit as st

from ui.explanations import Fold, render, source_of

_POSTERIOR = r"p(z\mid x)"
_Q = r"q(z\mid x)"
_RACE = Fold(
    (
        "All three runners estimate one integral as a mean of n weights.",
        r"$p(x) = \mathbb{E}_{z∼p(z)}\left[p(x\mid z)\right]"
        r" = \mathbb{E}_{z∼q(z\mid x)}\left[\frac{p(x\mid z)\,p(z)}{q(z\mid x)}\right]$",
        "The third proposal r is made for this x. 64 searches go uphill on p(x|z) p(z) from different starts. Each "
        "mode that they find gets a Student t, fitted to pilot draws. Each weight uses the density r(z) of the whole "
        "mixture, not only of one Student t (Cappé et al. 2008; Hoogerheide et al. 2012).",
        r"$p(x) = \mathbb{E}_{z∼r(z)}\left[\frac{p(x\mid z)\,p(z)}{r(z)}\right], \qquad"
        r" r(z) = \sum_m \pi_m\, t\left(z;\, \mu_m, \Sigma_m\right)$",
        "The effective sample size says how many draws with equal weights would be as good. The largest weight's share "
        "says how much the estimate depends on one draw.",
        r"$\mathrm{ESS} = \frac{\left(\sum_k w_k\right)^2}{\sum_k w_k^2}$",
        "Pareto k̂ fits the tail of the largest weights (Vehtari et al. 2024). Above its threshold T for n weights "
        "you cannot trust their mean or its band. A k̂ below T is no proof: k̂ cannot show a mode without samples.",
        r"$T = \min\left(1 - 1 / \log_{10} n,\; 0.7\right)$",
        "The prior needs about e to the KL samples, and this many are enough. The exponent may be off by a few nats "
        "(Chatterjee and Diaconis 2018):",
        rf"$n \approx \exp\,\operatorname{{KL}}\left({_POSTERIOR}\,\|\,p(z)\right)$",
        "Repeated races draw z from the prior on the quadrature's nodes. A race succeeds when its estimate is at least "
        "half of p(x), that is, at most 0.69 nats too low. In the race that is shown, a runner has arrived at an n if "
        "its estimate stays between half and twice p(x) from this n on.",
    ),
    (
        "estimators.running_estimate.running",
        "estimators.marginal_likelihood.prior_log_weights",
        "estimators.marginal_likelihood.encoder_log_weights",
        "estimators.mixture_proposal.weigh_each",
        "distributions.student_mixture.StudentMixture",
        "estimators.pareto.pareto_khat",
        "estimators.pareto.khat_threshold",
    ),
)
_IDENTITY = Fold(
    (
        "For every q:",
        rf"$\log\, p(x) = \operatorname{{ELBO}}(x) + \operatorname{{KL}}\left({_Q}\,\|\,{_POSTERIOR}\right)$",
        rf"$\operatorname{{ELBO}}(x) = \mathbb{{E}}_q\left[\log\, p(x\mid z)\right]"
        rf" - \operatorname{{KL}}\left({_Q}\,\|\,p(z)\right)$",
        "The second KL is never negative, so the ELBO is never above log p(x). With two latents both sides can be "
        "computed: the integral over z is a sum over cells that shrink where the posterior is. We assume that "
        "p(x|z) has no very narrow peak that all of these miss: the first cells, which are 3/16 wide, some thousand "
        "random z, and the encoder.",
        r"$\log\, p(x) = \log\int p(x\mid z)\,p(z)\,dz \approx \log\sum_i a_i\, p(x\mid z_i)\,p(z_i)$",
        "On the page the expectation and the second KL are rounded so that the digits add up: each by at most 0.01.",
    ),
    ("estimators.quadrature.integral.Quadrature", "distributions.gaussian.DiagonalNormal.kl_per_dimension"),
)
_MAP = Fold(
    (
        "Colour is log p(x|z), p(x|z) or p(x|z) p(z): how well the picture that z decodes to explains x, without or "
        "with the prior. The exact posterior is the last of them, divided by its integral:",
        rf"${_POSTERIOR} = \frac{{p(x\mid z)\,p(z)}}{{p(x)}}$",
        "Its contours are the smallest regions that hold 50 %, 90 % and 99 % of it. The ellipses are q(z|x) at 1 and 2 "
        "standard deviations, to the scale of the axes.",
    ),
    ("estimators.quadrature.integral.integrate",),
)
_LIKELIHOOD = {
    "gaussian": Fold(
        (
            "Each pixel is normal around the mean f(z), with one σ for all. For another σ the squared error stays "
            "the same, so nothing has to be decoded again.",
            r"$\log\, p(x\mid z) = -\frac{\|x - f(z)\|^2}{2\sigma^2} - P\left(\log\,\sigma"
            r" + \frac{1}{2}\log\, 2\pi\right)$",
        ),
        ("distributions.likelihoods.Gaussian.log_prob_of_squared_error", "distributions.likelihoods.Gaussian.sample"),
    ),
    "bernoulli": Fold(
        (
            "x is binary and each pixel is a Bernoulli variable with mean sigmoid(a), a = f(z).",
            r"$\log\, p(x\mid z) = \sum_i \left(x_i a_i - \log\,(1 + e^{a_i})\right), \qquad x_i \in \{0, 1\}$",
        ),
        ("distributions.likelihoods.Bernoulli.log_prob_unchecked", "distributions.likelihoods.Bernoulli.sample"),
    ),
}


@lru_cache(maxsize=2)
def folds(likelihood: str) -> dict[str, dict[str, str]]:
    """Render the folds of each panel of the map, for this likelihood."""
    return render({"map": _MAP, "identity": _IDENTITY, "race": _RACE, "likelihood": _LIKELIHOOD[likelihood]})


def show_folds(maths: tuple[str, ...], code: tuple[str, ...]) -> None:
    """Draw the expanders "Maths" and "Code" under a chapter.

    `maths` are sentences and equations (LaTeX between dollar signs), `code` names functions of vae_core.
    """
    with st.expander("Maths"):
        for part in maths:
            if part.startswith("$"):
                st.latex(part.strip("$"))
            else:
                st.markdown(part)
    with st.expander("Code"):
        st.code("\n\n".join(map(source_of, code)), language="python")
