"""Untrusted files read into one validated array: tables, arrays, pictures and archives of them."""
