"""The files that `harness init` writes: suite, Makefile fragment, workflow and the audit, from templates."""

import posixpath
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.audit import render
from harness.audit.found import Found
from harness.audit.section import Section
from harness.core.errors import HarnessError
from harness.core.languages import NAMES
from harness.tasks.task import TABLES
from harness.tasks.text import yaml_scalar
from harness.wording.numbers import count, fixed, percent
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
    texts = {
        "suite": _filled("suite.yaml.j2", values),
        "make": _filled("suite.mk.j2", values),
        "workflow": _filled("workflow.yml.j2", values),
        "audit": render.markdown(f"Audit of {audit.source.place}", sections),
    }
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
    return environment.get_template(template).render(values)


#: The keys of a task that name files, and all in the order in which a suite has them.
_FILES = ("data", "train", "validation", "test", *TABLES)
_KEYS = (
    *(*_FILES, "config", "encoding", "header", "kind", "query", "document", "text", "text_a", "text_b", "score"),
    *("label", "id", "group", "domain", "language", "time", "min_class", "drop_empty"),
)


def _values(audit: Found, name: str, folder: Path) -> dict[str, Any]:
    spec, root = audit.spec, _inside_repository(folder)
    hashed = [f"{root}{name}.yaml"]
    for side in _FILES:
        path = spec.get(side, "hub:")
        if not path.startswith("hub:") and not (data := posixpath.normpath(root + path)).startswith("../"):
            hashed.append(data)  # hashFiles takes nothing above the repository
    return {
        "name": name,
        "data": audit.source.place,
        "task": {**dict.fromkeys(_KEYS), **spec},
        "search": audit.columns.query is not None,
        "joined": "near copies of one" if audit.source.is_tables else "those of one answer",
        "time": audit.columns.time,
        "language": NAMES.get(audit.info.language or ""),
        "max_length": audit.longest.recommended,
        "read": audit.longest.read,
        "cut": percent(dict(audit.longest.cut).get(audit.longest.read)),
        "bundles": audit.bundles,
        "left_out": [(bundle, reason) for bundle, reason in audit.left_out.items() if reason],
        "n_train": count(audit.info.n_train),
        "n_test": count(audit.info.n_test),
        "max_train": audit.samples.train,
        "max_test": audit.samples.test,
        "n_documents": count(audit.info.n_test),
        "n_questions": count(audit.info.n_scored),
        "n_clusters": count(len(audit.group_sizes)),
        "n_used": count(audit.n_judged),
        "n_checks": audit.n_checks,
        "visible": fixed(100 * audit.visible, 1),
        "n_rare": count(audit.n_rare),
        "visible_rare": None if audit.visible_rare is None else fixed(100 * audit.visible_rare, 1),
        "visible_together": None if audit.visible_together is None else fixed(100 * audit.visible_together, 1),
        "margin": audit.margin,
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
