"""The page "Lessons": the list of all lessons."""
