"""Settings that every test shares; the surroundings come first, before anything of the product is imported."""

from tests.isolation import isolate, remove

_ROOT = isolate()

import pytest  # noqa: E402
from hypothesis import settings  # noqa: E402

# Machines are shared: a property is judged by whether it holds, never by how long it took.
settings.register_profile("lab", deadline=None, derandomize=True, database=None)
settings.load_profile("lab")


def pytest_unconfigure(config: pytest.Config) -> None:
    remove(_ROOT)
