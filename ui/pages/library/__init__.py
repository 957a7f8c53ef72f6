"""The page "Library" on the server's side: bringing data and models, their cards, what is deleted and brought back."""
