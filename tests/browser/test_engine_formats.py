"""The browser's readers and writers: safetensors, half precision, and drawings in a link."""

import base64
import json
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save

from ui import number_format

PARSE = """file => {
    const { metadata, tensors } = engine.safetensors.parseSafetensors(bytes(file));
    const plain = ([name, { shape, data }]) => [name, [shape, data.constructor.name, Array.from(data)]];
    return [metadata, Object.fromEntries(Object.entries(tensors).map(plain))];
}"""


def base64_text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_every_half_precision_number_converts_exactly(engine):
    half = np.arange(65536, dtype=np.uint16)
    bits = engine.evaluate(
        """text => {
            const float = engine.safetensors.halfToFloat(new Uint16Array(bytes(text)));
            return Array.from(new Uint32Array(float.buffer));
        }""",
        base64_text(half.tobytes()),
    )
    truth = half.view(np.float16).astype(np.float32)
    converted = np.array(bits, dtype=np.uint32).view(np.float32)
    numbers = ~np.isnan(truth)
    np.testing.assert_array_equal(np.isnan(converted), ~numbers)
    np.testing.assert_array_equal(converted[numbers].view(np.uint32), truth[numbers].view(np.uint32))


def test_figures_are_written_in_the_browser_as_on_the_server(engine):
    rng = np.random.default_rng(0)
    pairs = [[float(a), float(b)] for a, b in zip(rng.normal(0, 300, 400), 10 ** rng.uniform(-5, 3, 400), strict=True)]
    logs = rng.uniform(-2, 200, 400).tolist()
    found = engine.evaluate(
        """async ([pairs, logs]) => {
            const { measured, many } = await import(new URL("shared/format.js", document.baseURI));
            return [pairs.map(pair => measured(...pair)), logs.map(many)];
        }""",
        [pairs, logs],
    )
    assert found[0] == [number_format.measured(*pair).replace("−", "-") for pair in pairs]
    assert found[1] == [number_format.many(log_n) for log_n in logs]


def test_a_file_of_all_types_is_read(engine):
    rng = np.random.default_rng(0)
    tensors = {
        "half": rng.normal(size=(3, 5)).astype(np.float16),
        "single": rng.normal(size=(2, 2, 3)).astype(np.float32),
        "bytes": rng.integers(0, 256, 7).astype(np.uint8),
        "scalar": np.array(0.25, np.float32),
        "empty": np.zeros((0, 4), np.float32),
    }
    metadata, read = engine.evaluate(PARSE, base64_text(save(tensors, metadata={"part": "decoder"})))
    assert metadata == {"part": "decoder"}
    assert read.keys() == tensors.keys()
    for name, truth in tensors.items():
        shape, kind, data = read[name]
        assert tuple(shape) == truth.shape
        assert kind == ("Uint8Array" if truth.dtype == np.uint8 else "Float32Array")
        np.testing.assert_array_equal(np.array(data, truth.dtype), truth.ravel())


def handmade(header: object, data: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def entry(dtype="F32", shape=(2,), offsets=(0, 8)) -> dict:
    return {"x": {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}}


@pytest.mark.parametrize("padding", [0, 1, 2, 3])
def test_tensors_at_odd_addresses_are_read(engine, padding):
    header = json.dumps(entry("F16", (2,), (0, 4)) | {"y": entry("F32", (1,), (4, 8))["x"]}).encode()
    data = np.array([1.5, -2], np.float16).tobytes() + np.array([0.1], np.float32).tobytes()
    _, read = engine.evaluate(PARSE, base64_text(handmade(header + b" " * padding, data)))
    assert read["x"][2] == [1.5, -2]
    assert read["y"][2] == [float(np.float32(0.1))]


MALFORMED = [
    ("begins with the length", b"1234567"),
    ("header should have 99999 bytes", struct.pack("<Q", 99999) + b"{}"),
    ("header should have 18446744073709552000 bytes", struct.pack("<Q", 2**64 - 1) + b"{}"),
    ("not JSON text", handmade(b"{not json")),
    ("not JSON text", handmade(b'{"\xff": 1}')),
    ("not a JSON object", handmade([1, 2])),
    ('type "F64"; expected F16, F32 or U8', handmade(entry("F64", (1,)), b"12345678")),
    ('type "constructor"; expected', handmade(entry("constructor"), b"12345678")),
    ("type undefined; expected", handmade({"x": 3})),
    ("no valid shape", handmade(entry(shape=(-2,)), b"12345678")),
    ("no valid shape", handmade(entry(shape=(0.5, 4)), b"12345678")),
    ("lies outside the file, which holds 7 bytes", handmade(entry(), b"1234567")),
    ("lies outside the file", handmade(entry(offsets=(8, 0)), b"12345678")),
    ("lies outside the file", handmade(entry(offsets=(-8, 0)), b"12345678")),
    ("lies outside the file", handmade({"x": {"dtype": "F32", "shape": [2]}}, b"12345678")),
    ("needs 8 bytes, but has 4", handmade(entry(offsets=(0, 4)), b"12345678")),
    ("needs 12 bytes, but has 8", handmade(entry(shape=(3,)), b"12345678")),
]


@pytest.mark.parametrize(("sentence", "file"), MALFORMED)
def test_a_malformed_file_is_refused_in_one_sentence(engine, sentence, file):
    message = engine.evaluate(
        """file => {
            try { engine.safetensors.parseSafetensors(bytes(file)); return "no error"; }
            catch (error) { return error.message; }
        }""",
        base64_text(file),
    )
    assert sentence in message
    assert message.endswith(".")


def test_every_truncation_of_a_file_is_refused(engine):
    file = save({"x": np.ones(3, np.float32)})
    accepted = engine.evaluate(
        """file => {
            const whole = bytes(file);
            const accepted = [];
            for (let n = 0; n <= whole.byteLength; n++) {
                try { engine.safetensors.parseSafetensors(whole.slice(0, n)); accepted.push(n); } catch { }
            }
            return accepted;
        }""",
        base64_text(file),
    )
    assert accepted == [len(file)]


def drawing_text(levels: list[int]) -> str:
    """The link's format as the link's Python side would write it."""
    padded = levels + [0] * (len(levels) % 2)
    data = bytes(high << 4 | low for high, low in zip(padded[::2], padded[1::2], strict=True))
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 15), max_size=70))
def test_a_drawing_survives_the_link(engine, levels):
    text, values = engine.evaluate(
        """levels => {
            const text = engine.drawing_codec.encodeDrawing(Float32Array.from(levels, level => level / 15));
            return [text, Array.from(engine.drawing_codec.decodeDrawing(text, levels.length))];
        }""",
        levels,
    )
    assert text == drawing_text(levels)
    np.testing.assert_array_equal(np.array(values, np.float32), np.array(levels, np.float32) / np.float32(15))


def test_a_drawing_is_rounded_and_clipped(engine):
    text = engine.evaluate("() => engine.drawing_codec.encodeDrawing([-1, 0.03, 0.04, 0.5, 0.97, 7])")
    assert text == drawing_text([0, 0, 1, 8, 15, 15])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("AAA", "has 2 bytes, but this model's pictures need 4"),
        ("AA+/AA", "is damaged"),
        ("AAAAA", "is damaged"),
        ("ÄÄÄÄ", "is damaged"),
        ("AAAA AA", "is damaged"),
    ],
)
def test_a_damaged_drawing_is_refused(engine, text, sentence):
    with pytest.raises(Exception, match=sentence):
        engine.evaluate("text => engine.drawing_codec.decodeDrawing(text, 8)", text)
