"""A run for the browser: the tensors of one part of the model and the list of its layers, in one safetensors file."""

import json

from safetensors.numpy import save

from vae_core.models.architectures import Part, layers
from vae_core.runs.run import Run, read_weights


def browser_weights(run: Run, part: Part) -> bytes:
    """Safetensors bytes of the encoder or the decoder, with its layers as JSON under the metadata key `program`.

    Raises ValueError if the run's weights cannot be read.
    """
    tensors = {name: tensor for name, tensor in read_weights(run).items() if name.startswith(f"{part}.")}
    return save(tensors, metadata={"part": part, "program": json.dumps(layers(run.config.model, part))})
