"""Open a page with a link under Streamlit's AppTest, and read the link after the run."""

from streamlit.testing.v1 import AppTest


def opened(test: AppTest, params: dict[str, str]) -> AppTest:
    """The page after its first run with this link."""
    for name, value in params.items():
        test.query_params[name] = value
    return test.run()


def link_of(test: AppTest) -> dict[str, str]:
    """The link after the run; values that the test set itself come back as lists."""
    return {name: value[-1] if isinstance(value, list) else value for name, value in test.query_params.items()}
