"""Read tables of numbers from text: encoding, layout, columns, number formats and values."""
