"""The page "Other families": its link, its state, its component and its texts."""
