"""The terms of the field that stand on screen, each in one sentence: beside the word, and on the page Glossary."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """What a word or symbol means."""

    name: str
    sentence: str


TERMS: dict[str, Term] = {
    "vae": Term(
        "VAE, variational autoencoder",
        "Two networks trained together: an encoder that turns a picture into a small region of z, and a decoder that "
        "turns z back into a picture.",
    ),
    "x": Term("x", "One picture, or one row of data: what the model sees."),
    "z": Term("z, the latent variable", "A few numbers that the decoder turns into a picture: a place on the map."),
    "encoder": Term("Encoder", "The network that says where a picture belongs: it gives the mean and width of q(z|x)."),
    "decoder": Term("Decoder", "The network that draws the picture for a place z: it gives the mean of p(x|z)."),
    "prior": Term("Prior p(z)", "How likely each z is before any picture is seen: here a standard normal, N(0, I)."),
    "likelihood": Term(
        "p(x|z), the likelihood", "How well this z explains x: large where the decoded picture looks like x."
    ),
    "posterior": Term(
        "Posterior p(z|x)",
        "How likely each z is once x is seen: p(x|z) p(z), divided by p(x). It is exact, and usually unknown.",
    ),
    "q": Term("q(z|x)", "The encoder's guess of p(z|x): a normal with a mean and a width in each dimension."),
    "sigma": Term("σ", "A standard deviation: the width of a normal. Two of three draws lie within one σ of its mean."),
    "evidence": Term(
        "log p(x)",
        "How probable the model finds x, averaged over all z of the prior, as a logarithm. The higher, the better.",
    ),
    "nat": Term(
        "nat",
        "The unit of a logarithm of a probability: 1 nat more is e ≈ 2.7 times as probable. It is 1.44 bits.",
    ),
    "kl": Term(
        "KL divergence",
        "KL(q ‖ p): the mean of log q − log p over draws from q, in nats. It is 0 if q = p, and never negative.",
    ),
    "rate": Term(
        "Rate",
        "KL(q(z|x) ‖ p(z)): how many nats it takes to say where z is. A more certain encoder needs more.",
    ),
    "distortion": Term(
        "Distortion",
        "−E[log p(x|z)] with z from q(z|x): how much of x the decoded picture misses. It can be negative, where p(x|z) "
        "is a density.",
    ),
    "elbo": Term(
        "ELBO, evidence lower bound",
        "−(rate + distortion): what training raises. It is never above log p(x); the gap is KL(q(z|x) ‖ p(z|x)).",
    ),
    "weight": Term(
        "Importance weight",
        "p(x|z) p(z) / q(z|x): the weight of one draw of z from q. The mean of these weights over q is p(x).",
    ),
    "ess": Term(
        "Effective samples",
        "How many draws with equal weights would be as good. If one draw has nearly all the weight, it is about 1.",
    ),
    "khat": Term(
        "k̂, Pareto k",
        "How heavy the tail of the weights is. Above 0.7 the mean of the weights and its error cannot be trusted.",
    ),
    "aggregate": Term(
        "Aggregate posterior q(z)",
        "The mean of q(z|x) over all x of a data set. Where p(z) is large and q(z) is small, there is a hole.",
    ),
    "mode": Term("Mode", "A local maximum of a density: a z from which p(z|x) falls in all directions."),
}


def sentences(*names: str) -> dict[str, dict[str, str]]:
    """Return the terms of these names as JSON for the browser."""
    return {name: {"name": TERMS[name].name, "sentence": TERMS[name].sentence} for name in names}
