"""Two small buttons under a chart that save it as PNG and SVG; plotly.js is fetched when one of them is pressed."""

from ui import served
from ui.component import register
from ui.training import library

_mount = register("vae_lab_chart_files", "chart_files/static/files.js", "The buttons that save this chart")


def chart_files(key: str) -> None:
    """The buttons of the chart that st.plotly_chart shows under this key."""
    _mount(
        key=f"{key}_files",
        data=[{"assets": served.asset_base(), "charts": library.address(), "chart": key}],
    )
