"""The pages on the server's side: one folder for each script in pages/."""
