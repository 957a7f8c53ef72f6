"""Any bytes changed in any sound upload: each reader gives whole data or one sentence, and raises nothing else."""

import io
import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import malicious_uploads
from tests.sample_uploads import PICTURE, SEEDS, encoded, noise, npy, zipped
from vae_core.config import RunConfig
from vae_core.readers.limits import FEWEST
from vae_core.readers.read import read
from vae_core.readers.schema import Choices
from vae_core.uploads.read_model import read_model

pytestmark = pytest.mark.slow
KEYS = (
    "image_shape",
    "latent_dim",
    "hidden",
    "arch",
    "likelihood",
    "sigma",
    "steps",
    "name",
    "binarize",
    "prior",
    "mean",
)

_place = st.integers(0, 10**6)
_changes = st.lists(
    st.one_of(
        st.tuples(st.just("set"), _place, st.integers(0, 255)),
        st.tuples(st.just("cut"), _place, st.integers(1, 64)),
        st.tuples(st.just("insert"), _place, st.binary(min_size=1, max_size=16)),
        st.tuples(st.just("repeat"), _place, st.integers(1, 64)),
        st.tuples(st.just("end"), _place, st.just(0)),
        st.tuples(st.just("number"), _place, st.sampled_from((0, 1, 0x7FFFFFFF, 0xFFFFFFFF, 0x80000000, 0xFFFF))),
    ),
    min_size=1,
    max_size=8,
)


def changed(content: bytes, changes: list[tuple[str, int, object]]) -> bytes:
    whole = bytearray(content)
    for what, place, value in changes:
        at = place % max(1, len(whole))
        match what:
            case "set":
                whole[at : at + 1] = bytes([value])
            case "cut":
                del whole[at : at + value]
            case "insert":
                whole[at:at] = value
            case "repeat":
                whole[at:at] = whole[at : at + value]
            case "end":
                del whole[at:]
            case "number":
                whole[at : at + 4] = value.to_bytes(4, "little")
    return bytes(whole)


@pytest.mark.parametrize("name", SEEDS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(changes=_changes)
def test_changed_bytes_give_whole_data_or_one_sentence(name: str, changes: list[tuple[str, int, object]]) -> None:
    sound_or_sentence(changed(SEEDS[name], changes))


@settings(max_examples=100, deadline=None)
@given(
    start=st.sampled_from((b"", b"PK\x03\x04", b"\x93NUMPY\x01\x00", b"\x89PNG\r\n\x1a\n", b"a,b\n1,")),
    rest=st.binary(),
)
def test_any_bytes_give_whole_data_or_one_sentence(start: bytes, rest: bytes) -> None:
    sound_or_sentence(start + rest)


@settings(max_examples=100, deadline=None)
@given(text=st.text(alphabet="0123456789.,;\t\n\r\"'eE+- naif\0é\ufeff", max_size=300), rows=st.integers(1, 40))
def test_any_table_gives_whole_data_or_one_sentence(text: str, rows: int) -> None:
    sound_or_sentence(((text + "\n") * rows).encode())


MODELS = {"manifest": malicious_uploads.model(), "run": malicious_uploads.run()}
_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 10**12)
    | st.floats()
    | st.text(max_size=6)
    | st.sampled_from(("mlp", "given")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("name", MODELS)
@settings(max_examples=60, deadline=None)
@given(changes=_changes)
def test_changed_bytes_of_a_model_give_a_model_or_one_sentence(
    name: str, changes: list[tuple[str, int, object]]
) -> None:
    model_or_sentence(changed(MODELS[name], changes))


@settings(max_examples=100, deadline=None)
@given(
    key=st.sampled_from([*sorted(malicious_uploads.MANIFEST), "activation", "sigma", "mean", "encoder", "title"]),
    value=_json,
)
def test_any_value_in_a_manifest_gives_a_model_or_one_sentence(key: str, value: object) -> None:
    model_or_sentence(malicious_uploads.model({key: value}))


@settings(max_examples=100, deadline=None)
@given(part=st.sampled_from(("model", "data", "train")), key=st.text(max_size=5) | st.sampled_from(KEYS), value=_json)
def test_any_value_in_a_configuration_gives_a_model_or_one_sentence(part: str, key: str, value: object) -> None:
    config = malicious_uploads.run_config()
    config[part][key] = value
    model_or_sentence(malicious_uploads.run(**{"config.json": json.dumps(config).encode()}))


# An archive's checksum refuses most changes before a reader sees them, so those below are made before it is packed.
INSIDE = {
    **{kind: encoded(PICTURE, kind) for kind in ("PNG", "JPEG", "WEBP")},
    "npy": npy(noise(33, 4, 4)),
    "npy of floats": npy(np.linspace(-3, 5, 33 * 7).reshape(33, 7)),
}


@pytest.mark.parametrize("name", INSIDE)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(changes=_changes)
def test_changed_bytes_within_an_archive_give_whole_data_or_one_sentence(
    name: str, changes: list[tuple[str, int, object]]
) -> None:
    inside = changed(INSIDE[name], changes)
    if name.startswith("npy"):
        sound_or_sentence(zipped({"images.npy": inside}))
    else:
        others = {f"{n}.{name.lower()}": INSIDE[name] for n in range(33)}
        sound_or_sentence(zipped({**others, f"last.{name.lower()}": inside}))


@settings(max_examples=100, deadline=None)
@given(changes=_changes)
def test_changed_bytes_of_tensors_give_a_model_or_one_sentence(changes: list[tuple[str, int, object]]) -> None:
    model_or_sentence(malicious_uploads.model(decoder=changed(malicious_uploads.changed(), changes)))


_number = st.integers(0, 9) | st.sampled_from((16, 64, 784, 2**20, 2**40, -1, "x", "1e3", "٣"))
_words = st.builds(
    lambda op, numbers: " ".join(map(str, (op, *numbers))),
    st.sampled_from(("linear", "conv", "conv_transpose", "reshape", "flatten", "relu", "exec", "")),
    st.lists(_number, max_size=6),
)


@settings(max_examples=100, deadline=None)
@given(encoder=st.lists(_words, max_size=5), decoder=st.lists(_words, min_size=1, max_size=5))
def test_any_words_of_layers_give_a_model_or_one_sentence(encoder: list[str], decoder: list[str]) -> None:
    model_or_sentence(malicious_uploads.model({"architecture": "given", "encoder": encoder, "decoder": decoder}))


def model_or_sentence(content: bytes) -> None:
    told, refused = None, None
    try:
        told, tensors = read_model(io.BytesIO(content), ["digits"])
    except ValueError as error:
        refused = error
    if told is None:
        assert 0 < len(" ".join(str(refused).split())) < 1000
        return
    config = RunConfig.from_json(json.loads(json.dumps(told["config"])))
    assert config.data.name in ("digits", "unknown")
    assert all(np.isfinite(tensor).all() for tensor in tensors.values())


def sound_or_sentence(content: bytes) -> None:
    cleaned, refused = None, None
    try:
        cleaned = read(io.BytesIO(content), Choices())
    except ValueError as error:
        refused = error
    if cleaned is None:
        assert type(refused) is ValueError, refused
        assert str(refused).isprintable()
        assert 0 < len(str(refused)) <= 400
        return
    preview, images = cleaned.preview, cleaned.images
    assert images.dtype == np.uint8
    assert images.shape == (preview.count, *preview.shape)
    assert preview.count >= FEWEST
    assert images.min() < images.max()
    if cleaned.labels is not None:
        assert cleaned.labels.shape == (preview.count,)
        assert cleaned.labels.max() < len(preview.classes)
        assert sum(preview.per_class) == preview.count
    assert np.isfinite((*preview.low, *preview.high)).all()
    assert all(said.isprintable() for said in (*preview.found, *preview.done, *preview.warnings))
