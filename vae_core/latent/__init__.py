"""The latent space of a trained model: codes on a plane, paths, geometry, active units and known factors."""
