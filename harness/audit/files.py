"""The files that `harness init` writes: suite, Makefile fragment, workflow and the audit, from templates."""

import posixpath
import re
import shlex
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.audit.found import Found
from harness.audit.section import Section, markdown, points
from harness.core.errors import HarnessError
from harness.core.languages import NAMES
from harness.tasks.task import TABLES
from harness.tasks.text import yaml_scalar
from harness.wording.numbers import count, percent
from harness.wording.visible import visible


def name_of(stem: str) -> str:
    """A file's name as that of a suite: what is no letter, digit, dot, dash or underscore becomes a dash."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("-._") or "data"


def targets(folder: Path, name: str, force: bool = False) -> dict[str, Path]:
    """Where each file goes. HarnessError naming those that are there already, unless `force`."""
    ends = {"suite": ".yaml", "audit": ".audit.md", "make": ".mk", "workflow": ".workflow.yml"}
    files = {what: folder / f"{name}{end}" for what, end in ends.items()}
    if there := [str(path) for path in files.values() if path.exists() and not force]:
        raise HarnessError(f"{', '.join(there)}: there already. Give --force to overwrite, or another --name.")
    return files


def write(audit: Found, sections: Sequence[Section], name: str, files: Mapping[str, Path]) -> None:
    """Write all of them."""
    folder = files["suite"].parent
    folder.mkdir(parents=True, exist_ok=True)
    values = _values(audit, name, folder)
    templates = {"suite": "suite.yaml.j2", "make": "suite.mk.j2", "workflow": "workflow.yml.j2"}
    texts = {what: _filled(template, values) for what, template in templates.items()}
    texts["audit"] = markdown(f"Audit of {audit.source.place}", sections)
    for what, text in texts.items():
        files[what].write_text(text, encoding="utf-8")


def _filled(template: str, values: Mapping[str, Any]) -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("harness.audit"),
        autoescape=False,  # no HTML: values go through the filters below
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
    )
    environment.filters |= {"yaml": _yaml, "plain": visible, "shell": _shell, "pattern": _pattern}
    environment.filters |= {"count": count, "points": points}
    return environment.get_template(template).render(values)


#: The keys of a task that name files.
_FILES = ("data", "train", "validation", "test", *TABLES)


def _values(audit: Found, name: str, folder: Path) -> dict[str, Any]:
    spec, root = audit.spec, _inside_repository(folder)
    paths = [spec[field] for field in _FILES if not spec.get(field, "hub:").startswith("hub:")]
    data = [posixpath.normpath(root + path) for path in paths]
    # hashFiles takes nothing above the repository
    hashed = [f"{root}{name}.yaml", *(path for path in data if not path.startswith("../"))]
    return {
        "name": name,
        "found": audit,
        "task": defaultdict(lambda: None, spec),
        "language": NAMES.get(audit.info.language or ""),
        "cut": percent(dict(audit.longest.cut).get(audit.longest.read)),
        "folder": root,
        "hashed": ", ".join(f"'{_pattern(path)}'" for path in hashed),
    }


def _inside_repository(folder: Path) -> str:
    """The folder as seen from the root of its git repository (`data/`); '' where it is that, or in none."""
    here = folder.resolve()
    root = next((parent for parent in (here, *here.parents) if (parent / ".git").exists()), here)
    return "" if root == here else f"{here.relative_to(root).as_posix()}/"


def _pattern(path: str) -> str:
    """As GitHub's globs read it; what could mean more than itself is any character."""
    return re.sub(r"[^\w./ -]", "?", path)


def _shell(path: str) -> str:
    """One word for the shell of a workflow, which sees it after GitHub has put in what stands in `${{ }}`."""
    return shlex.quote(path).replace("${{", "${{ '${{' }}")


def _yaml(value: str | list[str]) -> str:
    """A scalar, or a list of them on one line."""
    if isinstance(value, list):
        return _yaml(value[0]) if len(value) == 1 else f"[{', '.join(map(_yaml, value))}]"
    return yaml_scalar(value)
