"""Restore a training from the last checkpoint of its run folder and delete what was written after that checkpoint."""

from pathlib import Path

import torch

from vae_core import data, products
from vae_core.config import RunConfig
from vae_core.distributed import Group
from vae_core.estimators.metrics import generator
from vae_core.io.atomic import remove_folder, sweep
from vae_core.models.vae import build
from vae_core.runs.checkpoint import CHECKPOINTS, load_weights, newest_checkpoint, read_state, restore
from vae_core.runs.job_spec import START
from vae_core.runs.run import CARD, CODES, WEIGHTS
from vae_core.runs.snapshots import SNAPSHOTS, list_snapshots, snapshot_path
from vae_core.runs.status import Heartbeat
from vae_core.runs.training_log import drop_lines
from vae_core.runs.write_result import device_name
from vae_core.training.train import Training

_TEMPORARY_SECONDS = 60.0  # younger temporary files are kept: a web server may be writing control.json


def restore_training(
    run: Path, config: RunConfig, images: data.ImageSet, device: torch.device, heartbeat: Heartbeat | None, group: Group
) -> Training:
    """Restore the training from its last checkpoint, or build it at step 0 when there is none.

    Where its products are computed in another way than before the status says so. Processes of a group multiply alike,
    the usual way. Channels-last memory makes convolutions several times faster and changes nothing for the other
    layers. Raises ValueError if the images or the device differ from those of the checkpoint.
    """
    checkpoint = newest_checkpoint(run)
    state = read_state(checkpoint) if checkpoint else {}
    if threads := state.get("threads") or (heartbeat.status.threads if heartbeat else 0):
        torch.set_num_threads(threads)
    if state and state["data_sha256"] != images.sha256:
        raise ValueError(f"the images of {images.name} are not those that the run {run.name} was begun with")
    if state and state["device"] != device.type:
        raise ValueError(f"the run {run.name} was begun on {state['device']}, and this machine would use {device.type}")
    changed = products.take(state) if device.type == "cpu" and group.size == 1 else None
    if heartbeat:
        heartbeat.update(device=device_name(device), threads=torch.get_num_threads(), steps=config.train.steps)
        if changed:
            heartbeat.update(resumed=changed)
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


def truncate_after(run: Path, step: int) -> None:
    """Delete unfinished files, records and snapshots of later steps, and the result at the top of the run folder."""
    for folder in (CHECKPOINTS, SNAPSHOTS):
        sweep(run / folder)
    sweep(run, older_than=_TEMPORARY_SECONDS)
    drop_lines(run, beyond=step)
    for later in list_snapshots(run):
        if later > step:
            remove_folder(snapshot_path(run, later))
    for name in (CARD, WEIGHTS, CODES):
        (run / name).unlink(missing_ok=True)
