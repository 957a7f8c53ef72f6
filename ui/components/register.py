"""A Streamlit component whose browser side is a folder of modules, served by the app under one hashed address."""

import json
from collections.abc import Callable
from typing import Any

import streamlit as st

from ui.url_state import locks

# A component's own script is a blob without an address: its modules are imported from a hashed one.
_SHIM = """// Loads the component's modules, then hands the component to them.
const ACTS = ["pointerdown", "keydown", "wheel", "input"];
const mounts = new WeakMap();

function sorry(parent) {
  const note = document.createElement("p");
  note.setAttribute("role", "alert");
  note.textContent = SORRY;
  parent.appendChild(note);
}

function createMount(parent, base) {
  if (TALL) (parent.host ?? parent).style.minHeight = "80vh"; // until it is shown, so that what is below does not jump
  const mount = { module: import(new URL(base + MODULE, document.baseURI).href), given: null, acted: false };
  mount.module.catch(() => sorry(parent));
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
  mount.module.then((module) => {
    if (mount.latest === latest) mount.cleanup = module.default(latest);
  }, () => {});
  return () => {
    for (const name of ACTS) parent.removeEventListener(name, mount.act, { capture: true });
    mounts.delete(parent);
    mount.latest = null;
    mount.cleanup?.();
  };
}
"""


def script(module: str, title: str, tall: bool = False) -> str:
    """Write the component's own JavaScript, which imports `module` and hands the component to it; as for `register`."""
    sorry = f"{title} could not be loaded. Reload the page to try again."
    constants = {"MODULE": module, "SORRY": sorry, "TALL": tall}
    return "".join(f"const {name} = {json.dumps(value)};\n" for name, value in constants.items()) + _SHIM


def register(name: str, module: str, title: str, tall: bool = False) -> Callable[..., Any]:
    """Register the component `name`; returns a function that mounts it.

    That takes `data=[{"assets": web_files.asset_base(), "view": ..., ...}]`.
    `module` is its first module as a path under ui/, such as "latent_map/main.js"; its default export takes the
    component and gives what cleans up. `title` begins the sentence that is shown when the modules cannot be loaded.
    `tall` keeps most of a screen free for it until it is there. What the link hides and locks is added to the data.
    """
    component = st.components.v2.component(name, js=script(module, title, tall))

    def mount(*, data: list[dict[str, Any]], **rest: Any) -> Any:
        return component(data=[{**given, "held": locks.for_component(locks.current_locks())} for given in data], **rest)

    return mount
