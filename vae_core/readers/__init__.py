"""Read untrusted files into one validated array: tables, arrays, images and archives of them."""
