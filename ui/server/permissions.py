"""Identify a visitor and check what they may do: everything on a local machine, else what the deployment allows.

The proxy signs people in and sends their name and groups in headers, which are read only together with its secret.
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from ui.server.deployment import EVERYONE, Act, Deployment, Role, current_deployment

SECRET_HEADER = "X-Vae-Lab-Proxy"
_LONGEST_USER = 320  # letters, the longest mail address
_WORDS: dict[Act, str] = {
    "upload": "import data and models to this server",
    "train": "train on this server",
    "delete": "delete on this server",
    "teach": "lead a room on this server",
    "moderate": "change what belongs to others",
}


@dataclass(frozen=True)
class Person:
    """A visitor. `user` is the name that the proxy sends for a signed-in visitor, otherwise empty."""

    user: str
    role: Role


def person(headers: Mapping[str, str]) -> Person:
    """Identify the sender of a request from its headers, or those of a page's connection; their names have any case."""
    found = current_deployment()
    if found is None:
        return Person("", "teacher")  # a local machine has one user
    user = headers.get(found.user_header, "") if from_proxy(headers, found) else ""
    if not user or len(user) > _LONGEST_USER:
        return Person("", "visitor")
    groups = {group.strip() for group in re.split("[,;]", headers.get(found.groups_header, ""))} | {EVERYONE}
    return Person(user, next((role for role in ("teacher", "student") if groups & {*found.members[role]}), "visitor"))


def from_proxy(headers: Mapping[str, str], found: Deployment) -> bool:
    """Return whether a request has the proxy's secret."""
    sent = headers.get(SECRET_HEADER, "")
    return secrets.compare_digest(sent.encode(), found.secret.encode())


def may(act: Act, headers: Mapping[str, str] | None = None) -> bool:
    """Return whether the visitor of this page, or the sender of a request with these headers, may do an act."""
    return not refusal(act, headers)


def refusal(act: Act, headers: Mapping[str, str] | None = None) -> str:
    """Return one sentence that refuses an act; empty if it is allowed."""
    found = current_deployment()
    if found is None:
        return ""
    role, roles = person(st.context.headers if headers is None else headers).role, found.may[act]
    if role in roles:
        return ""
    who = f"Only {' and '.join(f'{role}s' for role in roles)}" if roles else "Nobody"
    return f"{who} may {_WORDS[act]}. Your role here is {role}."


def moderates() -> bool:
    """Return whether the visitor may change the runs and uploads of others: never on a local machine."""
    return current_deployment() is not None and may("moderate")


def require(act: Act) -> None:
    """Check that the visitor of this page may do an act. Raises ValueError with one sentence if not."""
    if sentence := refusal(act):
        raise ValueError(sentence.removesuffix("."))
