"""The web application: server, pages, links, components, class rooms, lessons and export."""
