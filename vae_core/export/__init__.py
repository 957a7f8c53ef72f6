"""A run as files for elsewhere: weights for the browser, zip, ONNX, CSV and a notebook."""
