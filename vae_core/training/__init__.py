"""Training steps: gradients of an objective and updates of the weights; no file is touched."""
