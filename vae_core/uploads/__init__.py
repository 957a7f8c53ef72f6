"""Uploads: read in a sandboxed process, kept within quotas, and imported as data sets or models."""
