"""Runs as pages show them: the catalogue, the bytes that a browser fetches, and the model card."""
