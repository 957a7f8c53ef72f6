"""Commands on runs and data sets: each reads, computes and writes its result."""
