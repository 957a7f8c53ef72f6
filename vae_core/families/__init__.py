"""The relatives of the VAE, each in a small form in which its likelihood, its gradient or its chain is exact."""
