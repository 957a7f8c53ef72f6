"""What a visitor takes home of a run: a page that works without a server, and the files that vae_core writes."""
