"""Words on what a run does: why it failed and what to try, and what a collapse is, when there is one."""

from collections.abc import Sequence
from typing import Any

from vae_core.config import RunConfig

SILENT = 0.01  # nats: a dimension whose rate is below this says nothing about x
_SHARE_BEFORE_A_WORD = 0.15  # of the planned steps: before that every encoder is still near the prior
_NARROW = 6.5  # nats in one dimension: q(z|x) is a tiny spot of the prior, or far from it
_FAR = 0.5  # nats between all codes of a dimension together and the prior

_FAMILIES = {
    "full": "q(z|x) has a full covariance",
    "flow": "q(z|x) is a normalising flow",
    "vamp": "the prior is a mixture of posteriors",
}


def why_no_map(config: RunConfig) -> str:
    """Why the latent map cannot show this run, in a sentence without its full stop; nothing when it can."""
    model = config.model
    if model.plain:
        return ""
    reasons = [_FAMILIES[name] for name in (model.posterior, model.prior) if name in _FAMILIES]
    reasons += ["it has two levels of latents"] if model.top_dim else []
    return f"the map draws diagonal posteriors and the prior N(0, I), and of this run {' and '.join(reasons)}"


def notes_of_run(status: Any, config: RunConfig, lines: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    """Notes on a run, the most urgent first, each `{"kind", "title", "text"}` in plain text."""
    return [note for note in (_ended(status), _about_rates(status, config, lines)) if note]


def _ended(status: Any) -> dict[str, str] | None:
    if status.state == "failed":
        reason = sentence(status.reason or "The trainer ended without a word")
        advice = "" if ": " in reason else " Change the settings, then train again."  # most reasons say what to try
        return {"kind": "failed", "title": "This run failed.", "text": reason + advice}
    if status.state == "interrupted":
        text = "Its trainer has gone silent. Nothing before its last checkpoint is lost: resume goes on from there."
        return {"kind": "interrupted", "title": "This run was interrupted.", "text": text}
    return None


def _about_rates(status: Any, config: RunConfig, lines: Sequence[dict[str, Any]]) -> dict[str, str] | None:
    """A collapse, some silent dimensions, or codes that the prior does not reach."""
    rates = latest_rates(lines)
    if not rates or lines[-1]["step"] < _SHARE_BEFORE_A_WORD * status.steps or lines[-1].get("beta", 1) == 0:
        return None
    silent = sum(rate < SILENT for rate in rates)
    if silent == len(rates):
        return {"kind": "collapse", "title": "The posterior has collapsed.", "text": _collapse(config)}
    if silent:
        text = (
            f"{silent} of {len(rates)} dimensions have a rate below {SILENT} nats: their q(z|x) is nearly the prior, "
            f"whatever x is. They cost and say next to nothing; the others do the work. {_why_silent(config)}"
        )
        return {"kind": "silent", "title": "Some dimensions are silent.", "text": text}
    apart = _latest(lines, "marginal_kl_per_dimension")
    if max(rates) > _NARROW and max(apart, default=0) > _FAR:
        text = (
            f"One dimension costs {max(rates):.1f} nats for each picture, and in one all codes together are at least "
            f"{max(apart):.1f} nats from the prior. Reconstructions can be sharp, but a z drawn from the prior seldom "
            "falls where the decoder was trained: compare the draws from the prior with the followed pictures."
        )
        return {"kind": "far", "title": "The codes leave the prior.", "text": text}
    return None


def _why_silent(config: RunConfig) -> str:
    beta = config.train.beta
    if beta > 1:
        return f"With β = {beta:g} only what saves more than {beta:g} nats of distortion for a nat of rate is kept."
    return "With more dimensions than the data need this is what the rate is for."


def latest_rates(lines: Sequence[dict[str, Any]]) -> list[float]:
    """Rate of each dimension, nats, in the newest record that has them."""
    return next((line["rate_per_dimension"] for line in reversed(lines) if line.get("rate_per_dimension")), [])


def _latest(lines: Sequence[dict[str, Any]], name: str) -> list[float]:
    """The numbers of this name in the newest record with test figures that has them."""
    tests = (line.get("test") or {} for line in reversed(lines))
    return next((test[name] for test in tests if test.get(name)), [])


def _collapse(config: RunConfig) -> str:
    model = config.model
    why = "Every dimension's rate is near 0: q(z|x) is the prior for every x, so z tells the decoder nothing, and it "
    why += "paints one mean picture for all. "
    beta = config.train.beta
    if isinstance(model.sigma, float | int) and model.sigma >= 1:
        return why + (
            f"With σ = {model.sigma:g} a wrong pixel costs almost nothing (its squared error is divided by "
            f"2σ² = {2 * model.sigma**2:g}), so no dimension earns its rate. Try a smaller σ, or the optimal one."
        )
    if beta > 1:
        return why + f"With β = {beta:g} each nat of rate must save {beta:g} nats of distortion. Try a smaller β."
    return (
        why + "The rate is paid from the first step, the gain comes later. Try a KL warm-up, free bits or a smaller lr."
    )


def sentence(text: str) -> str:
    """With a capital at its beginning and a full stop at its end."""
    text = " ".join(text.split())
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
