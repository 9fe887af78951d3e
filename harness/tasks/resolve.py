"""From what a suite says to a task."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

from harness.core import languages
from harness.core.errors import Fault, SuiteError
from harness.core.registry import nearest
from harness.suite.schema import MinClassModel
from harness.tasks.kinds import Kind, kind_of, names
from harness.tasks.sources import builtin, domains_of
from harness.tasks.sources.decode import codec_of
from harness.tasks.sources.files import readers
from harness.tasks.sources.tables import SPACED
from harness.tasks.task import TABLES, Columns, FileSource, HubSource, Source, TablesSource, Task

_HUB = "hub:"
_HUB_FIELDS = ("config", "revision", "train_split", "test_split", "validation_split")
_SIDES = ("train", "test", "validation")

#: What a search in tables may say beside them.
_BESIDE_TABLES = (*TABLES, "name", "kind", "group", "encoding", "language", "metrics", "max_samples")
_TABLES = "`queries`, `corpus` and `relevance`"
_TWICE = "Give one file as `data`, which is split by rule, or another file for each side."


def resolve(name_or_spec: str | Mapping[str, Any], folder: Path) -> Task:
    """The task of a built-in name (`vader-sentiment`, `vader-sentiment/movies`) or of a user's mapping.

    Paths in a mapping are relative to `folder`. Looks at no file. SuiteError with everything that is wrong.
    """
    if isinstance(name_or_spec, str):
        return _named(name_or_spec)
    spec = {key: value for key, value in name_or_spec.items() if value is not None}
    for field, first in (("time", "column"), ("min_class", "rows")):
        if isinstance(spec.get(field), str | int):
            spec[field] = {first: spec[field]}
    name, wrong = str(spec.get("name", "")), faults(spec)
    if wrong:
        raise SuiteError([Fault(f"tasks.{name or '?'}", message) for message in wrong])
    kind, time = kind_of(str(spec.get("kind", names()[0]))), spec.get("time", {})
    return Task(
        name=name,
        kind=kind.name,
        source=_source(spec, folder),
        columns=Columns(
            **kind.columns(spec) | {field: spec.get(field) for field in ("domain", "group", "id")},
            time=time.get("column"),
            drop_empty=bool(spec.get("drop_empty", False)),
        ),
        metrics=tuple(spec.get("metrics", kind.metrics)),
        labels=tuple(sorted(spec.get("labels", {}).items())),
        test_share=float(spec.get("test_share", kind.test_share)),
        by_time=time.get("as", "split") if time else None,
        min_class=MinClassModel(**spec["min_class"]) if "min_class" in spec else None,
        language=spec.get("language"),
    )


def _named(given: str) -> Task:
    """A built-in task, or one domain of it."""
    name, _, domain = given.partition("/")
    rows = builtin()
    if name not in rows:
        listed = f"The built-in tasks are {', '.join(rows)}; your own is a mapping with `name` and `data`."
        raise SuiteError([Fault(f"tasks.{given}", f"no task is named {name!r}.", f"{nearest(name, rows)} {listed}")])
    domains = domains_of(name)
    if domain and domain not in domains:
        advice = f"{nearest(domain, domains)} Its domains are: {', '.join(domains) or 'none'}.".strip()
        raise SuiteError([Fault(f"tasks.{given}", f"task {name!r} has no domain {domain!r}.", advice)])
    return replace(rows[name], name=given, domains=(domain,)) if domain else rows[name]


def faults(spec: Mapping[str, Any]) -> list[str]:
    """Everything that is wrong in a mapping whose fields have the right types, as sentences."""
    name, said = str(spec.get("name", "")), str(spec.get("kind", names()[0]))
    if said not in names():
        return [f"kind {said!r} is not known; expected one of {', '.join(names())}. {nearest(said, names())}".strip()]
    kind, found = kind_of(said), list[str]()
    if not name:
        found.append("a task needs a `name`.")
    elif "/" in name or name in builtin():
        found.append(f"the name {name!r} is taken by a built-in task or has a slash; choose another.")
    is_tables = kind.target == "relevant" and spec.keys() & set(TABLES)
    found += _table_faults(spec) if is_tables else _source_faults(spec, kind)
    if "encoding" in spec and codec_of(str(spec["encoding"])) is None:
        expected = "a name such as utf-8, cp1252, latin-1"
        found.append(f"`encoding` {spec['encoding']!r} is not known, or none of texts; expected {expected}.")
    found += _field_faults(spec, kind) + kind.faults(spec) + (_time_faults(spec) if kind.trains else [])
    share = spec.get("test_share")
    if share is not None and not (0 < share < 1 or (share == 1 and not kind.trains)):
        found.append(f"`test_share` is {share}; expected a share above 0 and below 1.")
    if "language" in spec and (wrong := languages.fault(str(spec["language"]))):
        found.append(wrong)
    return found


def _no_meaning(spec: Mapping[str, Any], fields: Iterable[str], where: str) -> list[str]:
    return [f"`{field}` has no meaning {where}." for field in fields if field in spec]


def _table_faults(spec: Mapping[str, Any]) -> list[str]:
    """What is wrong with a search in tables: files that lack or cannot be read, fields that have no meaning there."""
    faults = []
    if lacking := [field for field in TABLES if field not in spec]:
        faults.append(f"no {' and no '.join(f'`{f}`' for f in lacking)}: a search in tables has all of {_TABLES}.")
    ends = tuple(readers())
    for field in (field for field in TABLES if field in spec):
        expected = (*ends, *SPACED) if field == "relevance" else ends
        if Path(str(spec[field])).suffix.lower() not in expected:
            faults.append(f"`{field}` is {str(spec[field])!r}; expected a file that ends in {', '.join(expected)}.")
    foreign = [field for field in spec if field not in _BESIDE_TABLES and (field != "drop_empty" or spec[field])]
    return faults + _no_meaning(spec, foreign, f"beside {_TABLES}; leave it out")


def _source_faults(spec: Mapping[str, Any], kind: Kind) -> list[str]:
    given = {field: str(spec[field]) for field in ("data", *_SIDES) if field in spec}
    hub = given.get("data", "").startswith(_HUB)
    faults = []
    if "data" in given and len(given) > 1:
        faults.append("`data` is split by rule; give either it, or `train` and `test`.")
    elif twice := next((pair for pair in combinations(_SIDES, 2) if given.get(pair[0], 0) == given.get(pair[1])), None):
        faults.append(f"`{twice[0]}` and `{twice[1]}` are the same file. {_TWICE}")
    elif not given or ("data" not in given and ("test" not in given or (kind.trains and "train" not in given))):
        faults.append(
            "no data: give `data` (one file that is split by rule, or hub:owner/name), or `train` and `test`."
        )
    for field, path in given.items():
        if path.startswith(_HUB) and field != "data":
            faults.append(f"`{field}` is on the hub; expected it in `data`, with `train_split` and `test_split`.")
        elif not path.startswith(_HUB) and Path(path).suffix.lower() not in readers():
            faults.append(
                f"`{field}` is {path!r}; expected hub:owner/name or a file that ends in {', '.join(readers())}."
            )
    if "validation" in given and "train" not in given and "data" not in given:
        faults.append("`validation` stands beside `train`, whose texts it keeps apart; give both, and `test`.")
    if hub:
        return faults + _no_meaning(spec, ("encoding", "header"), "for the hub")
    faults += _no_meaning(spec, _HUB_FIELDS, "for files")
    if "data" not in given:
        faults += _no_meaning(spec, ("test_share",), "where `train` and `test` are given")
    if not any(Path(path).suffix.lower() in (".csv", ".tsv") for path in given.values()):
        faults += _no_meaning(spec, ("header",), "but for .csv and .tsv files")
    return faults


def _field_faults(spec: Mapping[str, Any], kind: Kind) -> list[str]:
    """Fields that belong to other kinds of task, and what to do about them."""
    faults = []
    n_known = {name: len(spec.keys() & kind_of(name).fields.keys()) for name in names()}
    for field in spec:
        having = [name for name in names() if field in kind_of(name).fields]
        if having and field not in kind.fields:
            likely = [name for name in having if n_known[name] == max(n_known[one] for one in having)]
            said = " or ".join(f"`kind: {name}`" for name in likely)
            other = f"say {said}" if "kind" not in spec else kind.advice
            advice = f": {other}" if other and field not in ("labels", "min_class") else ""
            faults.append(f"`{field}` has no meaning for {kind.name}{advice}.")
    if not kind.trains:
        where = f"for {kind.name}, which trains nothing"
        faults += _no_meaning(spec, ("validation", "validation_split", "time"), where)
    return faults


def _time_faults(spec: Mapping[str, Any]) -> list[str]:
    faults, given = [], [f"`{field}`" for field in (*_SIDES, *_HUB_FIELDS[2:]) if field in spec]
    if given:
        where = f"beside {' and '.join(given)}: it splits `data` in one piece"
        faults += _no_meaning(spec, ("time",), where)
    if spec.get("time", {}).get("as") == "shift" and "domain" in spec:
        faults.append("`time` as shift makes the domains `earlier` and `later`; give either it or `domain`.")
    return faults


def _source(spec: Mapping[str, Any], folder: Path) -> Source:
    if str(spec.get("data", "")).startswith(_HUB):
        given = {field: str(spec[field]) for field in _HUB_FIELDS if field in spec}
        return HubSource(str(spec["data"]).removeprefix(_HUB), **given)
    fields, encoding = ("data", *_SIDES, *TABLES), str(spec.get("encoding", "utf-8"))
    paths = {field: folder.absolute() / Path(spec[field]).expanduser() for field in fields if field in spec}
    if "queries" in paths:
        return TablesSource(**paths, encoding=encoding)
    return FileSource(**paths, encoding=encoding, header=spec.get("header"))
