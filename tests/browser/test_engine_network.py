"""The browser's forward pass against torch: layer programs of every kind, with and without WebAssembly SIMD."""

import base64
import json
import math

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save
from torch import nn

TOLERANCE = 1e-5

RUN = """([file, inputSize, inputs, simd]) => {
    const { metadata, tensors } = engine.safetensors.parseSafetensors(bytes(file));
    const forward = engine.layers.compileLayers(JSON.parse(metadata.program), tensors, "part", inputSize, { simd });
    return { shape: forward.outputShape, outputs: inputs.map(x => Array.from(forward(Float32Array.from(x)))) };
}"""


def linear(inputs, outputs):
    return {"op": "linear", "in": inputs, "out": outputs}


def conv(inputs, outputs, kernel=4, stride=2, padding=1, op="conv"):
    return {"op": op, "in": inputs, "out": outputs, "kernel": kernel, "stride": stride, "padding": padding}


def conv_transpose(*args, **kwargs):
    return conv(*args, **kwargs, op="conv_transpose")


def module(layer):
    """What a layer of the program means, said in torch."""
    match layer["op"]:
        case "linear":
            return nn.Linear(layer["in"], layer["out"])
        case "conv" | "conv_transpose" as op:
            kind = nn.Conv2d if op == "conv" else nn.ConvTranspose2d
            return kind(layer["in"], layer["out"], layer["kernel"], layer["stride"], layer["padding"])
        case "flatten":
            return nn.Flatten()
        case "reshape":
            return nn.Unflatten(1, tuple(layer["shape"]))
        case op:
            return {"elu": nn.ELU, "relu": nn.ReLU, "tanh": nn.Tanh, "silu": nn.SiLU}[op]()


def network(program, seed=0):
    torch.manual_seed(seed)
    net = nn.Sequential(*map(module, program)).requires_grad_(False)
    file = save({f"part.{k}": v for k, v in net.state_dict().items()}, metadata={"program": json.dumps(program)})
    return net, base64.b64encode(file).decode()


def check(engine, program, shape, simd=True, count=3):
    """The browser and torch agree to 1e-5 on random inputs."""
    net, file = network(program)
    x = torch.randn((count, *shape))
    truth = net(x)  # [count, *output shape], float32
    size = shape[0] if len(shape) == 1 else list(shape)
    result = engine.evaluate(RUN, [file, size, x.flatten(1).tolist(), simd])
    assert result["shape"] == list(truth.shape[1:])
    assert np.abs(np.array(result["outputs"]) - truth.flatten(1).numpy()).max() <= TOLERANCE


@pytest.mark.parametrize("simd", [True, False])
@pytest.mark.parametrize("activation", ["elu", "relu", "tanh", "silu"])
def test_perceptron(engine, activation, simd):
    program = [linear(2, 33), {"op": activation}, linear(33, 50), {"op": activation}, linear(50, 84)]
    check(engine, [*program, {"op": "reshape", "shape": [3, 7, 4]}], [2], simd)


@pytest.mark.parametrize("simd", [True, False])
def test_the_shipped_perceptron_s_size(engine, simd):
    check(engine, [linear(2, 300), {"op": "elu"}, linear(300, 300), {"op": "elu"}, linear(300, 784)], [2], simd)
    check(engine, [{"op": "flatten"}, linear(784, 300), {"op": "elu"}, linear(300, 4)], [1, 28, 28], simd)


@pytest.mark.parametrize("simd", [True, False])
@pytest.mark.parametrize("channels", [1, 3])
def test_convolutional_encoder(engine, channels, simd):
    stages = [conv(channels, 32), {"op": "elu"}, conv(32, 64), {"op": "elu"}]
    check(engine, [*stages, {"op": "flatten"}, linear(64 * 16, 32)], [channels, 16, 16], simd)


@pytest.mark.parametrize("simd", [True, False])
@pytest.mark.parametrize("channels", [1, 3])
def test_convolutional_decoder(engine, channels, simd):
    first = [linear(16, 64 * 16), {"op": "silu"}, {"op": "reshape", "shape": [64, 4, 4]}]
    check(engine, [*first, conv_transpose(64, 32), {"op": "silu"}, conv_transpose(32, channels)], [16], simd)


SIZES = st.integers(1, 7)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    inputs=st.integers(1, 5),
    outputs=st.sampled_from([1, 3, 4, 17, 20]),
    kernel=st.integers(1, 5),
    stride=st.integers(1, 4),
    padding=st.integers(0, 3),
    height=SIZES,
    width=SIZES,
    transposed=st.booleans(),
    simd=st.booleans(),
)
def test_convolutions_of_any_kernel_stride_and_padding(
    engine, inputs, outputs, kernel, stride, padding, height, width, transposed, simd
):
    def length(n):
        return (n - 1) * stride - 2 * padding + kernel if transposed else (n + 2 * padding - kernel) // stride + 1

    if min(length(height), length(width)) < 1:
        return
    make = conv_transpose if transposed else conv
    check(engine, [make(inputs, outputs, kernel, stride, padding)], [inputs, height, width], simd, count=1)


def test_convolutions_in_a_row_keep_their_channels_apart(engine):
    check(engine, [conv(3, 5, 3, 1, 1), conv_transpose(5, 6, 3, 2, 0), conv(6, 2, 2, 1, 0)], [3, 5, 4])


def test_chromium_takes_the_webassembly_kernel(engine):
    layout = "const l = engine.matmul_kernel.createLayout(); l.reserve(4);"
    source = f"simd => {{ {layout} return l.build(simd).rows16.toString(); }}"
    assert "native code" in engine.evaluate(source, True)
    assert "native code" not in engine.evaluate(source, False)


def test_a_page_that_forbids_webassembly_still_decodes(browser, static_url):
    page = browser.new_page()
    page.goto(static_url)
    result = page.evaluate(
        """async () => {
            delete globalThis.WebAssembly;
            const { compileLayers } = await import(new URL("engine/layers.js", document.baseURI));
            const weight = { shape: [1, 2], data: Float32Array.of(3, 4) };
            const bias = { shape: [1], data: Float32Array.of(5) };
            const tensors = { "d.0.weight": weight, "d.0.bias": bias };
            const forward = compileLayers([{ op: "linear", in: 2, out: 1 }], tensors, "d", 2);
            return forward(Float32Array.of(10, 100))[0];
        }"""
    )
    page.close()
    assert result == 3 * 10 + 4 * 100 + 5


def test_calls_reuse_one_buffer_and_leave_the_input_alone(engine):
    _, file = network([{"op": "tanh"}, linear(3, 2)])
    assert engine.evaluate(
        """file => {
            const { metadata, tensors } = engine.safetensors.parseSafetensors(bytes(file));
            const forward = engine.layers.compileLayers(JSON.parse(metadata.program), tensors, "part", 3);
            const x = Float32Array.of(1, 2, 3);
            const first = forward(x);
            const value = first[0];
            const second = forward(Float32Array.of(-9, 0, 9));
            return [first === second, first[0] !== value, x.join(), forward(x)[0] === value];
        }""",
        file,
    ) == [True, True, "1,2,3", True]


def error(engine, program, tensors=None, size=2):
    """The message that compile raises."""
    if tensors is None:
        _, file = network([linear(2, 3)])
    else:
        file = base64.b64encode(save(tensors)).decode()
    return engine.evaluate(
        """([program, file, size]) => {
            try {
                const { tensors } = engine.safetensors.parseSafetensors(bytes(file));
                engine.layers.compileLayers(program, tensors, "part", size);
                return "no error";
            } catch (error) { return error.message; }
        }""",
        [program, file, size],
    )


def test_a_program_that_does_not_fit_is_refused_in_one_sentence(engine):
    assert error(engine, [{"op": "attention"}]) == 'Layer part.0 is of the unknown kind "attention".'
    assert error(engine, [{"op": "toString"}]) == 'Layer part.0 is of the unknown kind "toString".'
    assert error(engine, [None]) == "Layer part.0 is of the unknown kind undefined."
    assert "takes 2 numbers" in error(engine, [linear(2, 3)], size=5)
    assert "cannot reshape [2] to [3,3]" in error(engine, [{"op": "reshape", "shape": [3, 3]}])
    assert "takes 3 channels" in error(engine, [conv(3, 4)], size=[1, 8, 8])
    assert error(engine, [linear(2, 3), linear(3, 1)]) == 'The model has no tensor "part.1.weight".'
    assert "should be floats of shape [4,2], but has shape [3,2]" in error(engine, [linear(2, 4)])


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_weights_that_are_not_finite_are_refused(engine, value):
    weight = torch.zeros(3, 2)
    weight[1, 1] = value
    message = error(engine, [linear(2, 3)], {"part.0.weight": weight, "part.0.bias": torch.zeros(3)})
    assert message == 'Tensor "part.0.weight" holds a value that is not a finite number.'


def test_an_input_of_another_length_is_refused(engine):
    _, file = network([linear(2, 3)])
    with pytest.raises(Exception, match="The part takes 2 numbers, but got 3"):
        engine.evaluate(RUN, [file, 2, [[1, 2, 3]], True])
