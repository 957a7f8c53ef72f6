"""The environment that peers are installed in: beside the project's, never among its requirements."""

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

from benchmarks.figures import NotMeasured

FOLDER = Path(__file__).resolve().parent.parent / ".venv-bench"
PEERS = (
    "pythae==0.1.2",
    "torchvision==0.28.0",
    "lightning==2.6.6",
    "torchmetrics==1.9.0",
    "jax==0.10.2",
    "jaxlib==0.10.2",
    "optax==0.2.8",
)
NEEDED = (  # by them; the rest is here
    "absl-py==2.5.1",
    "cloudpickle==3.1.2",
    "imageio==2.38.1",
    "lightning-utilities==0.15.3",
    "ml_dtypes==0.6.0",
    "opt_einsum==3.4.0",
    "pydantic==2.12.5",
    "PyYAML==6.0.3",
    "tqdm==4.70.1",
)


def peer_python() -> Path:
    """A Python that has the peers and all that this one has, made at the first call.

    It sees this environment's packages through a .pth file, so that torch is the same one and is not fetched again.
    Raises NotMeasured if the peers cannot be installed.
    """
    python = FOLDER / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    done = FOLDER / "peers-installed"
    if done.is_file() and done.read_text() == _wanted():
        return python
    print("  making .venv-bench and installing " + ", ".join(PEERS), file=sys.stderr, flush=True)
    venv.create(FOLDER, clear=True, with_pip=False)
    (FOLDER / ".gitignore").write_text("*\n")
    packages = sysconfig.get_path("purelib", vars={"base": str(FOLDER), "platbase": str(FOLDER)})
    (Path(packages) / "project.pth").write_text(sysconfig.get_path("purelib") + "\n")
    _install(python, *NEEDED)
    _install(python, "--no-deps", *PEERS)
    done.write_text(_wanted())
    return python


def _install(python: Path, *what: str) -> None:
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", *what]
    installed = subprocess.run(command, capture_output=True, text=True)
    if installed.returncode != 0:
        raise NotMeasured("the peers could not be installed: " + installed.stderr.strip().splitlines()[-1])


def _wanted() -> str:
    return "\n".join((sys.version, *NEEDED, *PEERS))
