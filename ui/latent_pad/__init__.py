"""The latent pad as a Streamlit component: registered once, mounted by one typed function."""

from collections.abc import Callable
from typing import Any

import streamlit as st

# A component's own script is a blob without an address: the pad's modules are imported from a hashed one.
_SHIM = """// Loads the pad's modules, then hands the component to them.
const ACTS = ["pointerdown", "keydown", "wheel", "input"];
const mounts = new WeakMap();

function sorry(parent) {
  const note = document.createElement("p");
  note.setAttribute("role", "alert");
  note.textContent = "The latent map could not be loaded. Reload the page to try again.";
  parent.appendChild(note);
}

function createMount(parent, base) {
  const mount = { pad: import(new URL(base + "pad.js", document.baseURI).href), given: null, acted: false };
  mount.pad.catch(() => sorry(parent));
  mount.act = () => (mount.acted = true);
  for (const name of ACTS) parent.addEventListener(name, mount.act, { capture: true, passive: true });
  mounts.set(parent, mount);
  return mount;
}

export default function ({ parentElement: parent, data: [data], setStateValue, ...rest }) {
  const mount = mounts.get(parent) ?? createMount(parent, data.assets);
  const given = JSON.stringify(data.view);
  if (given !== mount.given) Object.assign(mount, { given, acted: false });
  // A view that the visitor did not choose is no entry in the browser's history: the link already says it.
  const report = (name, value) => mount.acted && setStateValue(name, value);
  const latest = (mount.latest = { ...rest, parentElement: parent, data, setStateValue: report });
  mount.pad.then((pad) => {
    if (mount.latest === latest) mount.cleanup = pad.default(latest);
  }, () => {});
  return () => {
    for (const name of ACTS) parent.removeEventListener(name, mount.act, { capture: true });
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
