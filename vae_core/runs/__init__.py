"""A run folder: configuration, weights, codes, model card, training log and status."""
