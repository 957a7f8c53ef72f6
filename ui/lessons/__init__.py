"""Guided lessons: files of data that lead through the real pages, each number computed when it is shown."""
