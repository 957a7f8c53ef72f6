"""The speeds that VAE Lab promises, measured: `python -m benchmarks` prints one table."""
