"""The page Paths: its link, the geodesics and the nearest training pictures that the server works out."""
