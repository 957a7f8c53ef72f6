"""The panels that presenter mode shows one at a time: on each page a title and where the panel's parts are.

A panel is there when its first part is.
"""

PANELS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "": (
        ("The map and the decoded picture", (".column .plane", ".decoded")),
        ("The chosen image", (".column .plane", ".chosen")),
        ("Sliders of z", (".decoded figure", ".dims")),
        ("Draws", (".samples",)),
    ),
    "anything-from-a-normal": (
        ("From z to x", (".choice", ".sides .side", ".sides .morph")),
        ("Distance and charts", (".side.x", ".distance", ".charts")),
    ),
    "where-p-is-large": (
        ("The map and the identity", (".column .plane", ".identity")),
        ("x and p(x|z)", (".column .plane", ".here")),
        ("The race", (".race",)),
        ("The likelihood", (".here", ".sigma")),
    ),
    "paths": (
        (
            "The map and the frame",
            (
                "section.map .plane",
                "section.map .names",
                ".frame-table thead",
                ".frame-table tbody tr:first-child",
                ".clock",
            ),
        ),
        ("The figures of the frame", (".frame-table", ".clock")),
        ("The pictures", (".strips", ".clock")),
        ("Figures along the path", (".path-charts", ".clock")),
        ("One dimension at a time", (".sheet",)),
        ("Grid of four", (".grid-of-four",)),
    ),
    "train": (
        ("The curves", (".head", ".curves")),
        ("The latent map", ("section.map", ".scrubber")),
        ("Followed pictures", (".followed", ".scrubber")),
        ("Comparison", (".compare",)),
    ),
}
