"""Sound uploads of every kind, and what they are made with."""

import gzip
import io
import struct
import zipfile

import numpy as np
from PIL import Image

from vae_core.readers.read import read
from vae_core.readers.schema import Choices, Cleaned

rng = np.random.default_rng(1)


def cleaned(content: bytes, **choices: object) -> Cleaned:
    return read(io.BytesIO(content), Choices(**choices))


def encoded(pixels: np.ndarray, kind: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, kind, **options)
    return out.getvalue()


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def npz(**arrays: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.savez(out, **arrays)
    return out.getvalue()


def npy(array: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def noise(count: int, *shape: int) -> np.ndarray:
    return rng.integers(0, 256, (count, *shape), dtype=np.uint8)


def csv(header: list[str], rows: list[list[object]], separator: str = ",") -> bytes:
    return "\n".join(separator.join(map(str, row)) for row in [header, *rows]).encode()


def idx(array: np.ndarray) -> bytes:
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


PICTURE = noise(1, 8, 8, 3)[0]
SEEDS = {
    "png": zipped({f"{n}.png": encoded(PICTURE + n) for n in range(34)}),
    "jpeg": zipped({f"a/{n}.jpg": encoded(PICTURE + n, "JPEG") for n in range(34)}),
    "webp": zipped({f"{n}.webp": encoded(PICTURE + n, "WEBP") for n in range(34)}),
    "npz": npz(images=noise(33, 4, 4), labels=np.arange(33) % 3),
    "npz of floats": npz(x=np.linspace(0, 1, 33 * 9).reshape(33, 9)),
    "npy": npy(noise(33, 4, 4)),
    "npy of rows": npy(np.linspace(-3, 5, 33 * 7).reshape(33, 7)),
    "csv": csv(["a", "b", "kind"], [[n, n % 7 / 3, "xy"[n % 2]] for n in range(34)]),
    "csv of other countries": csv(["a", "b"], [[f"{n},5", n] for n in range(34)], ";"),
    "csv of thousands": b"sep=;\n# x\n" + csv(["", "a", "b"], [[n, f"{n + 1}.651", f"'{n}"] for n in range(34)], ";"),
    "packed csv": gzip.compress(csv(["a", "b"], [[n, n % 7] for n in range(34)])),
    "files of MNIST": zipped({"train-images.idx3-ubyte": idx(noise(33, 4, 4)), "a/t10k-labels": idx(noise(33))}),
    "parts": zipped({f"{('test', 'train')[n % 3 > 0]}/{n % 2}/{n}.tif": encoded(PICTURE, "TIFF") for n in range(60)}),
    "gif and pgm": zipped({f"{n}": encoded(PICTURE[..., 0] + n, ("GIF", "PPM", "BMP")[n % 3]) for n in range(34)}),
}
