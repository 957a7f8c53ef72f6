"""The page "Latent map" on the server's side."""
