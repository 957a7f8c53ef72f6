"""One training loop a file, each with `prepare(images) -> turn`; `python -m benchmarks.loops NAME THREADS` runs one.

All train 784-400-20-400-784 with ReLU on the same binary pictures: minibatches of 128, Adam at 1e-3, float32.
A turn is one epoch over the images given.
"""

PIXELS, HIDDEN, LATENT = 784, 400, 20
BATCH, LR = 128, 1e-3
