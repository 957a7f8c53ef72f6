"""What a teacher adds to a page by its link: controls that are hidden or locked, a page made large for a class."""
