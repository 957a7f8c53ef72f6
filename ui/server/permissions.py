"""Who a visitor is and what they may do: everything on a local machine, behind a proxy what the deployment says.

The proxy signs people in and tells of them in headers, which count only beside its secret.
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from ui.server.deployment import EVERYONE, Act, Deployment, Role, current_deployment

SECRET_HEADER = "X-Vae-Lab-Proxy"
_LONGEST_USER = 320  # letters, as an address of mail may have
_WORDS: dict[Act, str] = {
    "upload": "bring data and models to this server",
    "train": "train on this server",
    "delete": "delete on this server",
    "teach": "lead a room on this server",
    "moderate": "change what is another's",
}


@dataclass(frozen=True)
class Person:
    """`user` is the proxy's name for someone who is signed in, empty for anyone else."""

    user: str
    role: Role


def person(headers: Mapping[str, str]) -> Person:
    """Who sends a request. `headers` are those of a request or of a page's connection, whose names have any case."""
    found = current_deployment()
    if found is None:
        return Person("", "teacher")  # the one at the machine
    user = headers.get(found.user_header, "") if from_proxy(headers, found) else ""
    if not user or len(user) > _LONGEST_USER:
        return Person("", "visitor")
    groups = {group.strip() for group in re.split("[,;]", headers.get(found.groups_header, ""))} | {EVERYONE}
    return Person(user, next((role for role in ("teacher", "student") if groups & {*found.members[role]}), "visitor"))


def from_proxy(headers: Mapping[str, str], found: Deployment) -> bool:
    """Whether a request comes with the proxy's secret."""
    sent = headers.get(SECRET_HEADER, "")
    return secrets.compare_digest(sent.encode(), found.secret.encode())


def may(act: Act, headers: Mapping[str, str] | None = None) -> bool:
    """Whether the visitor of this page, or the sender of a request with these headers, may do that."""
    return not refusal(act, headers)


def refusal(act: Act, headers: Mapping[str, str] | None = None) -> str:
    """One sentence for someone who may not; empty for someone who may."""
    found = current_deployment()
    if found is None:
        return ""
    role, roles = person(st.context.headers if headers is None else headers).role, found.may[act]
    if role in roles:
        return ""
    who = f"Only {' and '.join(f'{role}s' for role in roles)}" if roles else "Nobody"
    return f"{who} may {_WORDS[act]}; you are here as a {role}."


def moderates() -> bool:
    """Whether the visitor of this page looks after what others make: a teacher of a class, nobody on a lone machine."""
    return current_deployment() is not None and may("moderate")


def require(act: Act) -> None:
    """Raises ValueError with one sentence if the visitor of this page may not do that."""
    if sentence := refusal(act):
        raise ValueError(sentence.removesuffix("."))
