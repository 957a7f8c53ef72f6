"""What a link holds, and how a page keeps step with it."""
