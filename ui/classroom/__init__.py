"""Rooms that follow their teacher's page, links for a class, and a page made large for it."""
