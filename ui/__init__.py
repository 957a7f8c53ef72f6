"""How the rooms are furnished: the frame, the catalogue of runs, the link, the routes and the latent pad."""
