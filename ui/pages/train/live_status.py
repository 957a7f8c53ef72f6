"""The data that the live view fetches each second: status, new records and snapshots of a run, and notes on it.

A note explains a failure, an interruption, a posterior collapse, or codes far from the prior, and what to try.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ui.pages.train.explanations import of_objectives
from ui.pages.train.runs import SHIPPED, config_of, listed, run_token
from ui.pages.train.snapshots import list_saved, why_no_map
from vae_core.config import INACTIVE_RATE, RunConfig
from vae_core.jobs import queue

_SHARE_BEFORE_A_NOTE = 0.15  # of the planned steps: before that every encoder is still near the prior
_LARGE_RATE = 6.5  # of one dimension, in nats: its q(z|x) is much narrower than the prior, or far from its mean
_LARGE_MARGINAL_KL = 0.5  # KL from the aggregate posterior of one dimension to its prior, in nats
_ENDED = ("done", "failed", "stopped", "interrupted")
_STATUS = ("state", "step", "steps", "seconds", "images_per_second", "device", "threads", "reason", "attempt")


def live_status(run: Path, after: int) -> dict[str, Any]:
    """Collect plain JSON of a run, with its records of steps beyond `after`. Raises ValueError if it cannot be read."""
    status, described, config = queue.read_status(run), queue.describe_job(run), config_of(run)
    records = queue.read_training_log(run, max(0, after - 1))  # and the newest record that the browser has
    return {
        "id": run.name,
        "born": run_token(run),
        "title": described.get("title") or run.name,
        "parent": described.get("parent"),
        **{name: getattr(status, name) for name in _STATUS},
        "ended": status.state in _ENDED,
        "shipped": run.name == SHIPPED,
        "config": config.to_json(),
        "lines": [record for record in records if record["step"] > after],
        "moments": list_saved(run),
        "no_map": why_no_map(config),
        "notes": notes_of_run(status, config, records),
        **({} if after else {"fold": of_objectives()[config.train.objective]}),  # sent once: the browser keeps it
        "ahead": _ahead(run.name) if status.state == "queued" else 0,
    }


def _ahead(name: str) -> int:
    """Count the runs that train or were queued before this one."""
    runs = [run for run in listed() if run.state in ("queued", "starting", "running")]
    mine = next((run.submitted for run in runs if run.id == name), 0.0)
    return sum(run.state != "queued" or run.submitted < mine for run in runs if run.id != name)


def notes_of_run(status: Any, config: RunConfig, lines: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    """Write notes on a run, the most urgent first, each `{"kind", "title", "text"}` in plain text."""
    return [note for note in (_ended(status), _about_rates(status, config, lines), _resumed(status)) if note]


def _ended(status: Any) -> dict[str, str] | None:
    if status.state == "failed":
        reason = _sentence(status.reason or "The training program ended without an error message")
        advice = "" if ": " in reason else " Change the settings, then train again."  # most reasons say what to try
        return {"kind": "failed", "title": "This run failed.", "text": reason + advice}
    if status.state == "interrupted":
        text = "The training has stopped answering. Its last checkpoint is saved: press Resume to go on from there."
        return {"kind": "interrupted", "title": "This run was interrupted.", "text": text}
    return None


def _resumed(status: Any) -> dict[str, str] | None:
    if status.resumed is None:
        return None
    return {"kind": "resumed", "title": "Its products are computed in another way.", "text": _sentence(status.resumed)}


def _about_rates(status: Any, config: RunConfig, lines: Sequence[dict[str, Any]]) -> dict[str, str] | None:
    """Write a note on a posterior collapse, inactive dimensions, or codes far from the prior."""
    rates = _latest_rates(lines)
    if not rates or lines[-1]["step"] < _SHARE_BEFORE_A_NOTE * status.steps or lines[-1].get("beta", 1) == 0:
        return None
    inactive = sum(rate < INACTIVE_RATE for rate in rates)
    if inactive == len(rates):
        return {"kind": "collapse", "title": "The posterior has collapsed.", "text": _collapse(config)}
    if inactive:
        text = (
            f"{inactive} of {len(rates)} dimensions have a rate below {INACTIVE_RATE} nats: their q(z|x) is nearly "
            "the prior for every x. They carry almost no information and cost almost nothing. "
            f"{_why_inactive(config)}"
        )
        return {"kind": "silent", "title": "Some dimensions are inactive.", "text": text}
    marginal_kls = _latest(lines, "marginal_kl_per_dimension")
    if max(rates) > _LARGE_RATE and max(marginal_kls, default=0) > _LARGE_MARGINAL_KL:
        text = (
            f"One dimension costs {max(rates):.1f} nats for each picture. In one dimension the KL from q(z), the mean "
            f"of all q(z|x), to the prior is at least {max(marginal_kls):.1f} nats. Reconstructions can be sharp. But "
            "a z drawn from the prior is seldom where the decoder was trained: compare the draws from the prior with "
            "the followed pictures."
        )
        return {"kind": "far", "title": "The codes are far from the prior.", "text": text}
    return None


def _why_inactive(config: RunConfig) -> str:
    beta = config.train.beta
    if beta > 1:
        return f"With β = {beta:g} the model keeps information only if a nat of rate saves {beta:g} nats of distortion."
    return "This is normal if there are more dimensions than the data need: the rate makes the others inactive."


def _latest_rates(lines: Sequence[dict[str, Any]]) -> list[float]:
    """Return the rate of each dimension, nats, in the newest record that has them."""
    return next((line["rate_per_dimension"] for line in reversed(lines) if line.get("rate_per_dimension")), [])


def _latest(lines: Sequence[dict[str, Any]], name: str) -> list[float]:
    """Return the numbers of this name in the newest record with test figures that has them."""
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
        why + "The rate costs from the first step, but z helps only later. Try a KL warm-up, free bits or a smaller lr."
    )


def _sentence(text: str) -> str:
    """Begin a text with a capital and end it with a full stop."""
    text = " ".join(text.split())
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
