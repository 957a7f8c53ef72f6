"""The page "Train" on the server's side: its form, the status of runs, the addresses that the live view polls."""
