"""The latent pad as a Streamlit component: registered once, mounted by one typed function."""

from collections.abc import Callable
from typing import Any

import streamlit as st

# A component's own script is a blob without an address: the pad's modules are imported from a hashed one, and
# the style sheet is awaited so that nothing is ever drawn without it.
_SHIM = """// Loads the pad's modules and style sheet, then hands the component to them.
const mounts = new WeakMap();

function stylesheet(parent, href) {
  return new Promise((done) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
    link.onload = link.onerror = done;
    parent.appendChild(link);
  });
}

async function load(parent, base) {
  const [pad] = await Promise.all([import(base + "pad.js"), stylesheet(parent, base + "pad.css")]);
  return pad.default;
}

function sorry(parent) {
  const note = document.createElement("p");
  note.setAttribute("role", "alert");
  note.textContent = "The latent map could not be loaded. Reload the page to try again.";
  parent.appendChild(note);
}

export default function (component) {
  const parent = component.parentElement;
  const base = new URL(component.data.assets, document.baseURI).href;
  const known = mounts.get(parent);
  const mount = known ?? { pad: load(parent, base), cleanup: null, latest: null };
  mounts.set(parent, mount);
  mount.latest = component;
  mount.pad.then((pad) => {
    if (mount.latest === component) mount.cleanup = pad(component) ?? mount.cleanup;
  }).catch((error) => {
    console.error(error);
    if (!known) sorry(parent);
  });
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
    return _mount(key=key, data=data, on_view_change=on_view).view
