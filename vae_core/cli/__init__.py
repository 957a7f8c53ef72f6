"""The command line, `python -m vae_core`: flags, output and exit codes; the work is done elsewhere."""
