"""Two small buttons under a chart that save it as PNG and SVG; plotly.js is fetched when one of them is pressed."""

from ui.components import plotly_js, web_files
from ui.components.register import register

_mount = register("vae_lab_chart_export", "chart_export/main.js", "The buttons that save this chart")


def chart_files(key: str) -> None:
    """The buttons of the chart that st.plotly_chart shows under this key."""
    _mount(
        key=f"{key}_files",
        data=[{"assets": web_files.asset_base(), "charts": plotly_js.address(), "chart": key}],
    )
