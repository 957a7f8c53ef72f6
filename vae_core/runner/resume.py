"""Where a run folder's training stands: at its last checkpoint, with nothing left that was measured beyond it."""

from pathlib import Path

import torch

from vae_core import data
from vae_core.config import RunConfig
from vae_core.distributed import Group
from vae_core.estimators.evaluate import generator
from vae_core.io.atomic import remove_folder, sweep
from vae_core.models.vae import build
from vae_core.runs.checkpoint import CHECKPOINTS, load_weights, newest_checkpoint, read_state, restore
from vae_core.runs.job_spec import START
from vae_core.runs.model_card import device_name
from vae_core.runs.run import CARD, CODES, WEIGHTS
from vae_core.runs.snapshots import MOMENTS, moment_path, moments
from vae_core.runs.status import Heartbeat
from vae_core.runs.training_log import drop_lines
from vae_core.training.train import Training

_TEMPORARY_SECONDS = 60.0  # a viewer may be writing control.json just now


def taken_up(
    run: Path, config: RunConfig, images: data.ImageSet, device: torch.device, heart: Heartbeat | None, group: Group
) -> Training:
    """The training at its last checkpoint, or at its beginning.

    Channels-last memory makes convolutions several times faster and changes nothing for the other layers.
    """
    checkpoint = newest_checkpoint(run)
    state = read_state(checkpoint) if checkpoint else {}
    if threads := state.get("threads") or (heart.status.threads if heart else 0):
        torch.set_num_threads(threads)
    if state and state["data_sha256"] != images.sha256:
        raise ValueError(f"the images of {images.name} are not those that the run {run.name} was begun with")
    if state and state["device"] != device.type:
        raise ValueError(f"the run {run.name} was begun on {state['device']}, and this machine would use {device.type}")
    if heart:
        heart.tell(device=device_name(device), threads=torch.get_num_threads(), steps=config.train.steps)
    fresh = generator(config.train.seed, torch.device("cpu"))
    model = build(config.model, fresh)
    if not checkpoint and (run / START).is_file():
        load_weights(model, (run / START).read_bytes())
    model = model.to(device, memory_format=torch.channels_last)
    rng = generator(int(torch.randint(2**62, (), generator=fresh)), device)
    training = Training(model, torch.from_numpy(images.images).to(device), config, rng, group)
    if checkpoint:
        restore(checkpoint, training)
    return training


def forget_beyond(run: Path, step: int) -> None:
    """Remove what an interrupted session left half done, and what it measured beyond its last checkpoint."""
    for folder in (CHECKPOINTS, MOMENTS):
        sweep(run / folder)
    sweep(run, older_than=_TEMPORARY_SECONDS)
    drop_lines(run, beyond=step)
    for later in moments(run):
        if later > step:
            remove_folder(moment_path(run, later))
    for name in (CARD, WEIGHTS, CODES):
        (run / name).unlink(missing_ok=True)
