"""The latent pad as a Streamlit component: registered once, mounted by one typed function."""

from collections.abc import Callable
from typing import Any

import streamlit as st

# A component's own script is a blob without an address: the pad's modules are imported from a hashed one.
_SHIM = """// Loads the pad's modules, then hands the component to them.
const mounts = new WeakMap();

function sorry(parent) {
  const note = document.createElement("p");
  note.setAttribute("role", "alert");
  note.textContent = "The latent map could not be loaded. Reload the page to try again.";
  parent.appendChild(note);
}

export default function (component) {
  const parent = component.parentElement;
  if (!mounts.has(parent)) {
    const pad = import(new URL(component.data[0].assets + "pad.js", document.baseURI).href);
    pad.catch(() => sorry(parent));
    mounts.set(parent, { pad });
  }
  const mount = mounts.get(parent);
  mount.latest = component;
  mount.pad.then((pad) => {
    if (mount.latest === component) mount.cleanup = pad.default({ ...component, data: component.data[0] });
  }, () => {});
  return () => {
    mounts.delete(parent);
    mount.latest = null;
    mount.cleanup?.();
  };
}
"""

_mount = st.components.v2.component("vae_lab_latent_pad", js=_SHIM)


def latent_pad(data: dict[str, Any], key: str, on_view: Callable[[], None]) -> dict[str, Any] | None:
    """The pad on `data`; gives the view that the visitor last settled on, or None before the first.

    `on_view` runs before the page's script when the pad has settled on another view.
    """
    # A dict would be searched for tables, which imports pandas and pyarrow; a list is sent as it is.
    return _mount(key=key, data=[data], on_view_change=on_view).view
