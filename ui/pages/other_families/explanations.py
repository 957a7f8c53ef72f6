"""The maths and code beside each chapter."""

from ui.explanations import Fold

_CHAIN = (
    "A sweep a → b → a on a joint law p(a, b) is a reversible chain. Its eigenvalues are squared singular values of",
    r"$\frac{p(a, b)}{\sqrt{p(a)\, p(b)}}, \qquad 1 = \rho_1 \ge \rho_2 \ge \dots$",
    "What it remembers fades by ρ₂² with each sweep, so it forgets in about",
    r"$\frac{1}{1 - \rho_2^2} \text{ sweeps.}$",
)

FOLDS = {
    "boltzmann": Fold(
        (
            "Units are 0 or 1, visible ones v and hidden ones h. In an RBM",
            r"$p(v, h) = \frac{1}{Z} e^{v^\top W h + b^\top v + c^\top h}, \qquad"
            r" \log p(v) = b^\top v + \sum_j \log(1 + e^{c_j + (W^\top v)_j}) - \log Z$",
            "The gradient of log p(v) compares the data with the model:",
            r"$\frac{\partial \log p}{\partial W}"
            r" = \mathbb{E}_{\text{data}}[v h^\top] - \mathbb{E}_{\text{model}}[v h^\top]$",
            "The second mean is what makes it hard. Here all 2⁸ states of the hidden units are listed, so it is exact. "
            "For a large model it must come from a chain, and the chain must mix.",
            *_CHAIN,
        ),
        (
            "families.rbm.RBM.log_prob",
            "families.rbm.RBM.exact_gradient",
            "families.dbm.DBM.exact_gradient",
            "families.chain.squared_correlations_of_log",
        ),
    ),
    "autoregressive": Fold(
        (
            "The chain rule holds for any order of the pixels:",
            r"$\log p(x) = \sum_i \log p(x_i \mid x_{<i})$",
            "Each conditional is a Bernoulli with its own p. One network gives them all: a hidden unit of degree m "
            "sees the pixels before place m, and the pixel at place t uses units of degree at most t (MADE). So "
            "log p(x) costs one pass, and a sample costs one step for each pixel.",
            "A model that takes any order has one p for each. Their mean is a mixture, so it is a likelihood:",
            r"$p(x) = \frac{1}{K} \sum_{k=1}^{K} p_k(x)$",
            "The mean of the logits is no mixture. Its conditionals look at pixels that come later in the order, so "
            "their product does not sum to 1.",
        ),
        (
            "families.autoregressive.MADE.log_conditionals",
            "families.autoregressive.MADE.sample",
            "families.autoregressive.log_mean_probability",
            "families.autoregressive.log_prob_of_mean_logits",
        ),
    ),
    "gan": Fold(
        (
            "The discriminator D says with which probability x is from the data. It raises the value, the generator G "
            "lowers it:",
            r"$V(D, G) = \mathbb{E}_{x \sim p}[\log D(x)] + \mathbb{E}_{z}[\log(1 - D(G(z)))]$",
            "For a given G, whose samples have the density q, the best D and its value are known:",
            r"$D^*(x) = \frac{p(x)}{p(x) + q(x)}, \qquad V(D^*, G) = -\ln 4 + 2\,\mathrm{JSD}(p, q)$",
            "On the plane q is exact up to the lattice: a small triangle of z carries its mass to a triangle of x,",
            r"$q(x) = \sum_{z:\, G(z) = x} \frac{N(z;\, 0, I)}{|\det \partial G / \partial z|}.$",
            "G is trained on E log D(G(z)), which has a gradient also where D is sure.",
            "The VAE has a decoder of the same size, and noise around its mean with one learned σ. Its density is an "
            "integral over z, here a sum over a lattice, so log p(x) and the ELBO below it can be compared:",
            r"$p(x) = \int N(x;\, \mathrm{decoder}(z), \sigma^2 I)\, N(z;\, 0, I)\, dz$",
        ),
        (
            "families.gan.generator_density",
            "families.gan.optimal_discriminator",
            "families.gan.train",
        ),
    ),
    "gsn": Fold(
        (
            "Corrupt x by noise, then draw from the denoiser, which is Bayes' rule for the noise:",
            r"$\tilde x = x + \sigma \varepsilon, \qquad"
            r" x' \sim p(x \mid \tilde x) \propto p(x)\, N(\tilde x;\, x, \sigma^2)$",
            "The data's law p(x) stays as it is under such a step, whatever σ. Only the denoiser must be known, not "
            "p(x): it can be learned. This is a generative stochastic network.",
            "The learned one has two normals for each x̃, trained by maximum likelihood on draws of x and x̃. On a "
            "lattice its step is a matrix, whose law and second eigenvalue are computed; with half as many places, for "
            "their errors.",
            *_CHAIN,
            "A VAE walks in the same way, z → x → z, with its decoder and encoder. For a linear-Gaussian model with "
            "weight s and noise σ the exact walk forgets in",
            r"$1 + \frac{s^2}{\sigma^2} \text{ steps.}$",
            "The sharper the decoder, the slower the walk. But a VAE needs no walk: z ~ p(z) is one draw.",
        ),
        (
            "families.gsn.NormalMixture.posterior",
            "families.gsn.network_denoiser",
            "families.gsn.walk_on_lattice",
            "families.gsn.relaxation_time",
            "families.chain.linear_vae_relaxation_time",
        ),
    ),
}
