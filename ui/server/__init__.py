"""The web server around the pages: routes, access, limits, health, logs, start and shutdown."""
