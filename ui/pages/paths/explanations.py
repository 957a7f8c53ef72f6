"""Maths and code of each tab of the page Paths."""

from ui.explanations import Fold

FOLDS = {
    "paths": Fold(
        (
            "The straight line, with t from 0 to 1:",
            r"$z(t) = (1-t)\,a + t\,b$",
            "The spherical path turns from the direction of a to that of b at a constant rate, ω being the angle "
            "between them, while the norm goes evenly from ‖a‖ to ‖b‖:",
            r"$z(t) = \left((1-t)\|a\| + t\|b\|\right)\left(\frac{\sin((1-t)\,\omega)}{\sin\,\omega}\frac{a}{\|a\|}"
            r" + \frac{\sin(t\,\omega)}{\sin\,\omega}\frac{b}{\|b\|}\right)$",
            "The geodesic is the shortest path when length is measured on the decoded pictures. It makes the energy E "
            "of the decoded curve least; f is the decoder's mean and J its Jacobian:",
            r"$E = \frac{1}{2}\int \dot z^{\top} G(z)\,\dot z\;dt, \qquad G(z) = J(z)^{\top} J(z), \qquad "
            r"J = \frac{\partial f}{\partial z}$",
            "The drawn path is a smooth curve through its waypoints. Its frames are at equal distances along it.",
        ),
        (
            "latent.interpolation.linear",
            "latent.interpolation.spherical",
            "latent.geometry.geodesic",
            "latent.interpolation.smooth",
        ),
    ),
    "add": Fold(
        (
            "The direction is the mean code with the attribute minus the mean code without:",
            r"$v = \frac{1}{N_1}\sum_{n\,\text{with}} \mu_n - \frac{1}{N_0}\sum_{n\,\text{without}} \mu_n, \qquad "
            r"z' = z + s\,v$",
            "We test it on other pictures. A pair has one picture with the attribute and one without. We count the "
            "share of pairs in which the first lies further along v. The analogy adds one difference of codes to a "
            "third code:",
            r"$z = c + b - a$",
        ),
        (
            "latent.attribute_vectors.direction",
            "latent.attribute_vectors.separation",
            "latent.attribute_vectors.analogy",
        ),
    ),
    "dimensions": Fold(
        (
            "One number of z is changed, and the others stay fixed. The rate of dimension j is its KL, averaged over "
            "the test pictures. If it is 0, q(z_j|x) is the prior for every x, and the decoder learns to ignore z_j:",
            r"$R_j = \operatorname{KL}\left(q(z_j\mid x)\,\|\,p(z_j)\right)$",
        ),
        ("latent.interpolation.traversal",),
    ),
    "factors": Fold(
        (
            "MIG: I is the mutual information between dimension j and factor k, H the entropy of the factor. The score "
            "is the gap between the two dimensions that say most of a factor, averaged over the K factors:",
            r"$\operatorname{MIG} = \frac{1}{K}\sum_k \frac{I(z_{j_1}; v_k) - I(z_{j_2}; v_k)}{H(v_k)}$",
            "DCI: a random forest predicts each factor from z, and P is how much it uses each dimension. A "
            "dimension is disentangled when its row of P has one entry, a factor complete when its column has; H is "
            "the entropy in units of its largest value, and ρ the share of all importance that the dimension has:",
            r"$D = \sum_j \rho_j\,\left(1 - H(P_{j\cdot})\right), \qquad "
            r"C = \frac{1}{K}\sum_k \left(1 - H(P_{\cdot k})\right)$",
            "FactorVAE: 64 pictures share one value of a factor; the dimension that varies least among them, for its "
            "own variance, votes for that factor. The score is the share of votes that agree with the majority of "
            "their dimension.",
        ),
        (
            "latent.disentanglement.mig",
            "latent.disentanglement.dci",
            "latent.disentanglement.factor_vae",
            "latent.disentanglement.standard_error",
        ),
    ),
    "grid": Fold(
        ("First the left and the right edge between their corners, then each row between the edges.",),
        ("latent.interpolation.bilinear", "latent.interpolation.spherical_grid"),
    ),
}
