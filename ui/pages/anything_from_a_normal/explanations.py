"""The maths and code beside each map, and beside the distances."""

from ui.explanations import Fold

_VOLUME = (
    "Where f is one-to-one, a small square of z becomes a patch √det JᵀJ times as large, of the same probability:",
    r"$p_x\left(f(z)\right)\,\sqrt{\det J^\top J} = p(z), \qquad J = \frac{\partial f}{\partial z}$",
)

FOLDS = {
    "line": Fold(
        (
            "Φ(z) is uniform when z is a standard normal, and the inverse of any distribution function F carries a "
            "uniform to F. So one normal becomes any distribution on the line:",
            r"$x = f(z) = F^{-1}\left(\Phi(z)\right), \qquad P(x \le a) = P\left(\Phi(z) \le F(a)\right) = F(a)$",
            "Its slope is the ratio of the densities:",
            r"$f'(z) = \frac{\varphi(z)}{p(f(z))}$",
            "A drawn density is linear between 64 knots, so F is quadratic there and its inverse is exact.",
        ),
        ("transport.univariate.Mixture.from_normal", "transport.univariate.PiecewiseLinear.from_normal"),
    ),
    "ring": Fold(
        (
            r"$x = \frac{z}{10} + \frac{z}{\|z\|}$",
            "With ρ = ‖x‖ > 1 and r = ‖z‖ = 10(ρ − 1), the map stretches by 1/10 along z and by ρ/r across it, so",
            r"$p(x) = \frac{10\, r\, e^{-r^2/2}}{2\pi\rho}, \qquad \sqrt{\det J^\top J} = \frac{\rho}{10\, r}$",
            "The mean of ρ is 1.1253 and its standard deviation 0.0655.",
            *_VOLUME,
        ),
        ("transport.plane_maps.Ring.from_normal", "transport.plane_maps.Ring.log_density"),
    ),
    "gaussian": Fold(
        (
            "A covariance Σ has one lower triangular factor L with a positive diagonal, its Cholesky factor:",
            r"$x = Lz, \qquad \Sigma = L L^\top, \qquad \sqrt{\det J^\top J} = L_{11} L_{22}$",
            "It is the conditional distribution method for a normal: x₁ depends on z₁ alone; x₂ given x₁ is normal.",
            *_VOLUME,
        ),
        ("transport.plane_maps.Gaussian.from_normal", "transport.plane_maps.Gaussian.log_density"),
    ),
    "conditional": Fold(
        (
            "One coordinate at a time, each given those before it; d normals reach any distribution in d dimensions:",
            r"$x_1 = F_1^{-1}\left(\Phi(z_1)\right), \qquad x_2 = F_{2\mid 1}^{-1}\left(\Phi(z_2)\mid x_1\right)$",
            "The density is bilinear between the knots of a grid (64 × 64, a drawing 32 × 32), so both distribution "
            "functions are quadratic in pieces and the map is exact for it. J is triangular:",
            r"$\sqrt{\det J^\top J} = \frac{\varphi(z_1)}{p(x_1)}\cdot\frac{\varphi(z_2)}{p(x_2\mid x_1)}$",
        ),
        ("transport.plane_maps.Bilinear.from_normal", "transport.plane_maps.Bilinear.log_volume"),
    ),
    "learned": Fold(
        (
            "A network with tanh units maps z to x. In each step of Adam, 128 of its x are compared with 128 draws "
            "from the target by the energy distance, and its gradient moves the weights:",
            r"$D = 2\,\mathbb{E}\|x-y\| - \mathbb{E}\|x-x'\| - \mathbb{E}\|y-y'\|$",
            "D is zero only when the two distributions are the same. The browser trains it with the same formulas.",
        ),
        ("transport.learned_map.start", "transport.learned_map.apply", "transport.learned_map.train"),
    ),
    "ks": Fold(
        (
            "The Kolmogorov–Smirnov distance is the largest gap between the share of draws below x and F(x):",
            r"$D_n = \sup_x \left|F_n(x) - F(x)\right|$",
            "Even n draws from F itself have a gap: 0.8687/√n on average and 1.358/√n in the worst 5 % of cases, with "
            "√n corrected for small n. A map is as good as exact when it stays at this floor.",
        ),
        ("transport.sample_distances.ks_distance", "transport.sample_distances.ks_floor"),
    ),
    "energy": Fold(
        (
            "The energy distance between the n points x and n draws y from p(x), made by rejection without the map:",
            r"$D = 2\,\mathbb{E}\|x-y\| - \mathbb{E}\|x-x'\| - \mathbb{E}\|y-y'\|$",
            "It is taken from 32 projections, on each of which sorting gives it exactly. Two samples of one "
            "distribution have this on average, the floor; a gamma of the right variance gives the 95 % point:",
            r"$\mathbb{E} D = \frac{2}{n}\,\mathbb{E}\|y-y'\|$",
        ),
        ("transport.sample_distances.sliced_energy_distance", "transport.sample_distances.energy_floor"),
    ),
}
