"""Maps from z ~ N(0, I) to x of another distribution: exact ones, learned ones, and how far off they are."""
