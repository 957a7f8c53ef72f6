"""Settings that every test shares."""

from hypothesis import settings

# Machines are shared: a property is judged by whether it holds, never by how long it took.
settings.register_profile("lab", deadline=None, derandomize=True)
settings.load_profile("lab")
