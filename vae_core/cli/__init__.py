"""Parse the command line, `python -m vae_core`: flags, output and exit codes."""
