"""Runs as pages show them: the catalogue, what a browser gets of a run, nearest pictures, and the model card."""
