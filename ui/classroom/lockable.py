"""What a link may hide or lock on each page: one typed list. It is a teaching aid and keeps nothing from anyone."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Control:
    """One thing of a page: its name in a link, its name for people, and where it is.

    `where` finds it in the page's component, as a CSS selector; it is empty for what Python draws. What cannot be
    operated cannot be locked.
    """

    name: str
    words: str
    where: str = ""
    operable: bool = True


def _shown(name: str, words: str, where: str = "") -> Control:
    """Something to read: it can be hidden, and there is nothing to lock."""
    return Control(name, words, where, operable=False)


_MODEL = Control("model", "Model")
_PAGES = _shown("pages", "List of pages")
_WHY = _shown("why", "Text at the foot")
_MATHS = _shown("maths", "Maths and code", ".folds")

# By the page's address.
PAGES: dict[str, tuple[Control, ...]] = {
    "": (
        _MODEL,
        Control("card", "Model card"),
        Control("export", "Export"),
        Control("overlays", "Overlays", ".bars .chips"),
        Control("axes", "Plane and axes", ".bar > .axes"),
        Control("plane", "The plane", ".column > .plane"),
        Control("classes", "Classes", ".legend"),
        Control("finder", "Find and select", ".finder"),
        Control("samples", "Draws", ".samples"),
        Control("decoded", "Decoded picture", ".decoded"),
        Control("sliders", "Sliders of z", ".dims"),
        Control("chosen", "The chosen image", ".chosen"),
        Control("picker", "Choosing an image", ".picker"),
        _shown("numbers", "Rate, distortion, ELBO", ".numbers"),
        _shown("words", "Text under the plane", ".caption"),
        _MATHS,
        _WHY,
        _PAGES,
    ),
    "anything-from-a-normal": (
        Control("maps", "Choice of the map", ".choice"),
        Control("z", "The normal, z", ".side.z"),
        Control("x", "What it becomes, x", ".side.x"),
        Control("morph", "From z to f(z)", ".morph"),
        Control("draws", "Draws and layers", ".draws"),
        Control("drawing", "Drawing a density", ".easel-tools"),
        Control("network", "The network", ".learner"),
        Control("covariance", "Cholesky factor", ".covariance"),
        _shown("point", "The chosen point", ".point"),
        _shown("distance", "Distance from p(x)", ".distance"),
        _shown("charts", "Charts", ".charts"),
        _MATHS,
        _WHY,
        _PAGES,
    ),
    "where-p-is-large": (
        _MODEL,
        Control("chapters", "Chapters"),
        Control("layers", "Layers of the map", ".column > .bar"),
        Control("plane", "The plane", ".column > .plane"),
        Control("picker", "Choosing x", ".picker"),
        Control("pictures", "x and p(x|z)", ".here"),
        Control("sigma", "σ of the likelihood", ".panel.sigma"),
        _shown("identity", "The identity", ".panel.identity"),
        Control("race", "The race", ".panel.race"),
        _shown("words", "Text under the plane", ".caption"),
        _MATHS,
        _PAGES,
    ),
    "paths": (
        _MODEL,
        Control("tasks", "What to do", ".tasks"),
        Control("stops", "Stops", ".stops"),
        Control("map", "Map", "section.map"),
        Control("hand", "Path by hand", ".hand-tool"),
        _shown("table", "Figures of the frame", ".frame-table"),
        Control("strips", "Filmstrips", ".strips"),
        _shown("charts", "Figures along the path", ".path-charts"),
        Control("sweeper", "One dimension moved", ".sweeper"),
        Control("sheet", "All dimensions", ".sheet"),
        Control("grid", "Grid of four", ".grid-of-four"),
        Control("adding", "Adding a difference", ".adding"),
        Control("factors", "Known factors", ".factors"),
        Control("exports", "Saving", ".saving"),
        Control("clock", "Clock", ".clock"),
        _MATHS,
        _WHY,
        _PAGES,
    ),
    "train": (
        Control("form", "Training a model"),
        Control("train", "The button Train"),
        Control("acts", "Buttons of the run", ".acts"),
        _shown("notes", "What is going on", ".notes"),
        Control("curves", "Curves", ".curves"),
        Control("scrubber", "Time machine", ".scrubber"),
        Control("compare", "Comparison", ".compare"),
        Control("followed", "Followed pictures", ".followed"),
        _shown("map", "Latent map", "section.map"),
        Control("list", "Runs", ".list"),
        _PAGES,
    ),
    "library": (
        _shown("bring", "Bringing data and models"),
        _PAGES,
    ),
    "lessons": (_PAGES,),
}
