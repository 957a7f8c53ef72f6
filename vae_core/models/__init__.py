"""Models: the VAE, the linear-Gaussian model, and the rebuilding of a PyTorch module of one's own."""
