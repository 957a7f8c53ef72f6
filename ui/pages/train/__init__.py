"""The page "Train" on the server's side: its form, what a run says of itself, the addresses that a live view asks."""
