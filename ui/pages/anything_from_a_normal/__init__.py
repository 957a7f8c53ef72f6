"""The page "Anything from a normal" on the server's side."""
