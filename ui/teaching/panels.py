"""The panels that presenter mode shows one at a time: on each page a list of a title and the selectors of its parts."""

PANELS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "": (
        ("The map and the decoded picture", (".column > .plane", ".decoded")),
        ("The chosen image", (".column > .plane", ".chosen")),
        ("Sliders of z", (".decoded figure", ".dims")),
        ("Draws", (".samples",)),
    ),
    "anything-from-a-normal": (
        ("From z to x", (".choice", ".sides > .side", ".sides > .morph")),
        ("Distance and charts", (".side.x", ".distance", ".charts")),
    ),
    "where-p-is-large": (
        ("The map and the identity", (".column > .plane", ".identity")),
        ("x and p(x|z)", (".column > .plane", ".here")),
        ("The race", (".race",)),
        ("The likelihood", (".here", ".sigma")),
    ),
    "paths": (
        ("The map and the figures", (".layout", ".clock")),
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
