"""A model in the browser against the same model in vae_core, and its ELBO against exact integrals."""

import json
import math
import re

import numpy as np
import pytest
import torch
from safetensors.torch import save

from vae_core.config import ModelConfig
from vae_core.models.architectures import layers
from vae_core.models.vae import build
from vae_core.objectives import elbo

SMALL = {
    "mlp bernoulli": ModelConfig((1, 6, 6), latent_dim=2, hidden=(20, 11), likelihood="bernoulli"),
    "mlp gaussian": ModelConfig((1, 5, 5), latent_dim=3, hidden=(18,), activation="tanh", sigma=0.3),
    "conv colour": ModelConfig((3, 8, 8), latent_dim=4, arch="conv", hidden=(6, 5), activation="silu", sigma=0.2),
}


def browser_file(vae, part):
    tensors = {name: t.contiguous() for name, t in vae.state_dict().items() if name.startswith(part)}
    return save(tensors, metadata={"part": part, "program": json.dumps(layers(vae.config, part))})


def codes_file(D, N=5):
    generator = torch.Generator().manual_seed(3)
    mu, logvar = torch.randn((2, N, D), generator=generator).half()
    return save({"mu": mu, "logvar": logvar, "label": torch.arange(N, dtype=torch.uint8)})


def small_model(config, seed=0):
    """A VAE of random weights, biases included, as a torch module."""
    generator = torch.Generator().manual_seed(seed)
    vae = build(config, generator).requires_grad_(False)
    for name, weight in vae.named_parameters():
        if name.endswith("bias"):
            weight.normal_(0, 0.3, generator=generator)
    return vae


@pytest.fixture
def serve(engine):
    """serve(vae, **other files) loads it as `model` in the page, with other bytes (or a status) for some files."""

    def serve(vae, **other):
        D = vae.config.latent_dim
        files = {
            "decoder": browser_file(vae, "decoder"),
            "encoder": browser_file(vae, "encoder"),
            "codes": codes_file(D),
        }
        files |= other

        def answer(route):
            file = files[route.request.url.rsplit("/", 1)[-1]]
            if file is None:
                route.abort()
            elif isinstance(file, int):
                route.fulfill(status=file)
            else:
                route.fulfill(body=file)

        engine.unroute("**/run/*")
        engine.route("**/run/*", answer)
        sigma = None if vae.log_sigma is None else vae.log_sigma.exp().item()
        kind = "bernoulli" if sigma is None else "gaussian"
        descriptor = {"latent_dim": D, "image_shape": list(vae.config.image_shape)}
        descriptor |= {"likelihood": {"kind": kind, "sigma": sigma}}
        descriptor |= {name: f"run/{name}" for name in files}
        engine.evaluate("async d => { window.model = await engine.model.loadModel(d); }", descriptor)

    yield serve
    engine.unroute("**/run/*")


def picture(config, seed=1):
    x = torch.rand((1, *config.image_shape), generator=torch.Generator().manual_seed(seed))
    return (x > 0.5).float() if config.likelihood == "bernoulli" else x


@pytest.mark.parametrize("name", SMALL)
def test_decoder_encoder_and_likelihood_are_vae_core_s(engine, serve, name):
    vae = small_model(SMALL[name])
    serve(vae)
    z = torch.randn(vae.config.latent_dim, generator=torch.Generator().manual_seed(9))
    x = picture(vae.config)
    result = engine.evaluate(
        """async ([z, x]) => {
            const ready = [model.encoderReady()];
            await model.ensureEncoder();
            ready.push(model.encoderReady());
            const q = model.encode(Float32Array.from(x));
            return {
                ready, mean: Array.from(model.decode(z)), raw: Array.from(model.decodeRaw(z)),
                mu: Array.from(q.mu), logvar: Array.from(q.logvar), log: model.logLikelihood(x, z),
            };
        }""",
        [z.tolist(), x.flatten().tolist()],
    )
    p, q = vae.decode(z), vae.encode(x)
    assert result["ready"] == [False, True]
    assert np.abs(result["mean"] - p.mean.flatten().numpy()).max() <= 1e-5
    assert np.abs(torch.tensor(result["raw"]).sigmoid().numpy() - p.mean.flatten().numpy()).max() <= 1e-5
    assert np.abs(result["mu"] - q.mu[0].numpy()).max() <= 1e-5
    assert np.abs(result["logvar"] - q.logvar[0].numpy()).max() <= 1e-5
    assert result["log"] == pytest.approx(p.log_prob(x[0]).item(), rel=1e-5, abs=1e-3)


ELBO = """async ([x, K, seed]) => {
    await model.ensureEncoder();
    return model.elboTerms(Float32Array.from(x), { K, seed });
}"""


@pytest.mark.parametrize("name", SMALL)
def test_elbo_terms_agree_with_torch_monte_carlo(engine, serve, name):
    vae = small_model(SMALL[name])
    serve(vae)
    x, K = picture(vae.config), 4000
    terms = engine.evaluate(ELBO, [x.flatten().tolist(), K, 1])
    q = vae.encode(x)
    draws = vae.decode(q.rsample(torch.Generator().manual_seed(0), K)).log_prob(x)  # [K, 1]
    truth = elbo(vae, x, torch.Generator().manual_seed(0), K)
    stderr = math.hypot(terms["distortionStderr"], draws.std().item() / math.sqrt(K))
    assert terms["rate"] == pytest.approx(truth.rate.item(), rel=1e-5)
    assert terms["distortion"] == pytest.approx(truth.distortion.item(), abs=4 * stderr)
    assert terms["distortionStderr"] == pytest.approx(draws.std().item() / math.sqrt(K), rel=0.2)
    assert terms["elbo"] == -(terms["rate"] + terms["distortion"])
    assert terms["elboStderr"] == terms["distortionStderr"]
    assert terms["distortionAtMean"] == pytest.approx(-vae.decode(q.mu).log_prob(x).item(), rel=1e-5, abs=1e-3)
    assert (terms["K"], terms["seed"]) == (K, 1)


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_distortion_of_a_one_dimensional_linear_model_is_its_exact_integral(engine, serve, likelihood):
    """With a = w z + b and z one-dimensional, E_q[-log p(x|z)] and its variance are Gauss-Hermite sums."""
    sigma = None if likelihood == "bernoulli" else 0.25
    config = ModelConfig((1, 3, 3), latent_dim=1, hidden=(1,), activation="relu", likelihood=likelihood, sigma=sigma)
    vae = small_model(config)
    vae.decoder[0].weight.fill_(1.0)
    vae.decoder[0].bias.fill_(100.0)  # z + 100 > 0, so that the relu is the identity
    vae.decoder[2].bias.sub_(100 * vae.decoder[2].weight[:, 0])
    serve(vae)
    x, K = picture(config), 4000
    terms = engine.evaluate(ELBO, [x.flatten().tolist(), K, 11])
    q = vae.double().encode(x.double())
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    log_p = vae.decode(q.mu + q.std * torch.tensor(nodes)[:, None, None]).log_prob(x.double())[:, 0].numpy()
    weights = weights / weights.sum()
    exact = -(weights @ log_p)
    deviation = math.sqrt(weights @ (log_p + exact) ** 2)
    assert terms["distortionStderr"] == pytest.approx(deviation / math.sqrt(K), rel=0.1)
    assert terms["distortion"] == pytest.approx(exact, abs=4 * deviation / math.sqrt(K))


def test_a_decoder_that_ignores_z_has_no_error(engine, serve):
    vae = small_model(SMALL["mlp bernoulli"])
    vae.decoder[-2].weight.zero_()
    serve(vae)
    x = picture(vae.config)
    terms = engine.evaluate(ELBO, [x.flatten().tolist(), 10, 0])
    assert terms["distortion"] == pytest.approx(-vae.decode(torch.zeros(2)).log_prob(x[0]).item(), rel=1e-6)
    assert terms["distortion"] == pytest.approx(terms["distortionAtMean"], rel=1e-12)
    assert terms["distortionStderr"] == pytest.approx(0, abs=1e-12)


def test_elbo_repeats_with_its_seed_and_one_draw_has_no_standard_error(engine, serve):
    serve(small_model(SMALL["mlp gaussian"]))
    x = picture(SMALL["mlp gaussian"]).flatten().tolist()
    first, again, other = (engine.evaluate(ELBO, [x, 8, seed]) for seed in (1, 1, 2))
    assert first == again
    assert first["distortion"] != other["distortion"]
    assert math.isnan(engine.evaluate(ELBO, [x, 1, 1])["elboStderr"])


def test_codes_are_read(engine, serve):
    serve(small_model(SMALL["mlp gaussian"]))
    codes = engine.evaluate(
        """async () => {
            const { count, mu, logvar, label } = await model.codes();
            return [count, Array.from(mu), Array.from(logvar), Array.from(label), (await model.codes()).mu === mu];
        }"""
    )
    mu, logvar = torch.randn((2, 5, 3), generator=torch.Generator().manual_seed(3)).half()
    assert codes == [5, mu.flatten().tolist(), logvar.flatten().tolist(), [0, 1, 2, 3, 4], True]


def nan_weights():
    vae = small_model(SMALL["mlp bernoulli"])
    vae.decoder[0].weight[0, 0] = math.nan
    return browser_file(vae, "decoder")


VAE = small_model(SMALL["mlp bernoulli"])
WIDE = small_model(ModelConfig((1, 7, 7), likelihood="bernoulli"))
OTHER = small_model(SMALL["mlp gaussian"])


@pytest.mark.parametrize(
    ("decoder", "sentence"),
    [
        (404, "Could not load the decoder: the server answered 404."),
        (None, "Could not load the decoder: the connection to the server failed."),
        (b"", "The decoder of this model cannot be used: A safetensors file begins with"),
        (browser_file(VAE, "decoder")[:-1], "The decoder of this model cannot be used: Tensor"),
        (save({"x": torch.zeros(1)}), "cannot be used: The file does not name its layers."),
        (
            browser_file(VAE, "encoder"),
            "cannot be used: Layer decoder.1 takes 36 numbers, but the layer before gives [2].",
        ),
        (browser_file(WIDE, "decoder"), "cannot be used: It gives 49 numbers, but the model needs 36."),
        (browser_file(OTHER, "decoder"), "cannot be used: Layer decoder.0 takes 3 numbers, but the layer before gives"),
        (nan_weights(), 'cannot be used: Tensor "decoder.0.weight" holds a value that is not a finite number.'),
    ],
)
def test_a_decoder_that_cannot_be_had_is_one_sentence(serve, decoder, sentence):
    with pytest.raises(Exception, match=re.escape(sentence)):
        serve(VAE, decoder=decoder)


def test_a_failed_encoder_may_be_tried_again(engine, serve):
    serve(VAE, encoder=503)
    attempt = "() => model.ensureEncoder().then(() => 'loaded', error => error.message)"
    assert engine.evaluate(attempt) == "Could not load the encoder: the server answered 503."
    engine.unroute("**/run/*")
    engine.route("**/run/*", lambda route: route.fulfill(body=browser_file(VAE, "encoder")))
    assert engine.evaluate(attempt) == "loaded"


def test_codes_of_another_shape_are_refused(engine, serve):
    serve(VAE, codes=codes_file(3))
    message = engine.evaluate("() => model.codes().then(() => 'read', error => error.message)")
    assert message.startswith("The encoded images of this model cannot be used: expected mu and logvar of shape [N, 2]")


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        ("model.encode(new Float32Array(36))", "The encoder is not loaded yet."),
        ("model.decode([1, 2, 3])", "The model has 2 latent dimensions, but z has 3 numbers."),
        ("model.ensureEncoder().then(() => model.encode([1]))", "The encoder takes 36 numbers, but got 1."),
        (
            "model.ensureEncoder().then(() => model.elboTerms(new Float32Array(36).fill(0.5)))",
            "A Bernoulli likelihood needs pixels of 0 or 1, but pixel 0 is 0.5.",
        ),
        (
            "model.ensureEncoder().then(() => model.elboTerms(new Float32Array(36), { K: 0 }))",
            "The number of draws should be 1 or more, but is 0.",
        ),
    ],
)
def test_a_wrong_call_is_one_sentence(engine, serve, call, sentence):
    serve(VAE)
    with pytest.raises(Exception, match=re.escape(sentence)):
        engine.evaluate(f"async () => {call}")


def test_progress_counts_the_decoder_s_bytes(engine, serve):
    serve(VAE)
    counts = engine.evaluate(
        """async () => {
            const counts = [];
            await engine.model.loadModel(model.descriptor, { onProgress: n => counts.push(n) });
            return counts;
        }"""
    )
    assert counts == sorted(counts)
    assert counts[-1] == len(browser_file(VAE, "decoder"))
