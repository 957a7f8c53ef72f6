"""Read the deployment of this server: on a local machine, or behind a proxy that signs people in.

$VAE_LAB_SERVING names the file of a deployment behind a proxy (example: deploy/serving.toml, with comments). Without
it the server is for one person at this machine, who may do everything.
"""

import os
import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, get_args

FILE_VARIABLE = "VAE_LAB_SERVING"
Role = Literal["visitor", "student", "teacher"]
Act = Literal["upload", "train", "delete", "teach", "moderate"]
ROLES: tuple[Role, ...] = get_args(Role)
ACTS: tuple[Act, ...] = get_args(Act)
EVERYONE = "*"  # in place of a group: everyone who has signed in
SHORTEST_SECRET = 32  # letters
_MEMBERS: dict[Role, tuple[str, ...]] = {"teacher": ("vae-lab-teachers",), "student": (EVERYONE,)}
_MAY: dict[Act, tuple[Role, ...]] = {
    "upload": ("student", "teacher"),
    "train": ("student", "teacher"),
    "delete": ("student", "teacher"),
    "teach": ("teacher",),
    "moderate": ("teacher",),
}


@dataclass(frozen=True)
class Deployment:
    """The proxy's secret and headers, the groups of each role, and the roles that may do each act."""

    secret: str = field(repr=False)  # the proxy sends it in SECRET_HEADER; requests without it are refused
    operator: str = field(default="", repr=False)  # a token that opens health and metrics from other machines
    user_header: str = "X-Forwarded-User"
    groups_header: str = "X-Forwarded-Groups"
    members: dict[Role, tuple[str, ...]] = field(default_factory=lambda: dict(_MEMBERS))
    may: dict[Act, tuple[Role, ...]] = field(default_factory=lambda: dict(_MAY))


def current_deployment() -> Deployment | None:
    """Read the file that $VAE_LAB_SERVING names; None if it is not set. Raises ValueError if it is invalid."""
    named = os.environ.get(FILE_VARIABLE, "")
    return read(Path(named)) if named else None


@lru_cache(maxsize=4)
def read(path: Path) -> Deployment:
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
        tables = {"proxy": said.pop("proxy", {}), "roles": said.pop("roles", {}), "may": said.pop("may", {})}
        if said or not all(isinstance(table, dict) for table in tables.values()):
            raise ValueError(f"it has {', '.join(said) or 'other values'}, expected the tables proxy, roles and may")
        return Deployment(
            **_proxy(tables["proxy"], path.parent),
            members={**_MEMBERS, **_lists(tables["roles"], ("student", "teacher"))},
            may={**_MAY, **_lists(tables["may"], ACTS, ROLES)},
        )
    except (OSError, ValueError) as error:
        raise ValueError(f"${FILE_VARIABLE} names {path}, which cannot be used: {error}") from None


def _proxy(table: dict[str, Any], folder: Path) -> dict[str, str]:
    names = {"secret_file": "secret", "operator_file": "operator", "user": "user_header", "groups": "groups_header"}
    for name, value in table.items():
        if name not in names or not isinstance(value, str) or not value:
            raise ValueError(f"proxy has {name} = {value!r}, expected text for one of {', '.join(names)}")
    if "secret_file" not in table:
        raise ValueError("proxy has no secret_file, expected a file with the secret that the proxy sends")
    files = {"secret_file", "operator_file"}
    return {names[name]: _secret(folder / value) if name in files else value for name, value in table.items()}


def _secret(path: Path) -> str:
    secret = path.read_text(encoding="utf-8").strip()
    if len(secret) < SHORTEST_SECRET or not secret.isascii() or not secret.isprintable():
        raise ValueError(f"{path} holds {len(secret)} letters, expected at least {SHORTEST_SECRET} of plain text")
    return secret


def _lists(table: dict[str, Any], keys: tuple[str, ...], values: tuple[str, ...] | None = None) -> dict[Any, Any]:
    for key, listed in table.items():
        texts = isinstance(listed, list) and all(isinstance(value, str) for value in listed)
        if key not in keys or not texts or (values and not set(listed) <= set(values)):
            among = f" of {', '.join(values)}" if values else ""
            raise ValueError(f"{key} is {listed!r}, expected one of {', '.join(keys)} with a list{among}")
    return {key: tuple(listed) for key, listed in table.items()}
