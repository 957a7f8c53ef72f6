"""Files that a visitor brings: looked at in a capped process, cleaned into one array, kept in a folder of their own."""
