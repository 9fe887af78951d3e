"""What a reader has to know besides the numbers: notes, facts on the data, the environment."""

import re
from collections.abc import Sequence

from harness.core import languages
from harness.report import computed
from harness.report.measure import Measure
from harness.report.model import FEW_CHANGED, Row
from harness.report.robustness_model import KEPT
from harness.report.source import grouped
from harness.results.manifest import About, Encoder, Manifest, Suite
from harness.tasks.kinds import roles, target_of
from harness.wording import numbers
from harness.wording.visible import class_name

#: Classes that are named; where there are more, the rest is left out.
_MANY = 8
#: With fewer clusters than this the bootstrap's intervals are visibly too narrow.
_FEW = 20
_TRAINED = re.compile(r"trained with (\w[\w-]*) pooling")

READING = (
    "Scores are on texts as they are. Brackets hold 95 % intervals: a bootstrap over clusters. Items that are "
    "likely right or wrong together are drawn together: texts of one document, questions that share an answer, near "
    "copies, or the values of what a task names as its group. Data says what the clusters of each task are, and how "
    "many. Intervals have no width where all items agree (44 of 44 right), though the truth may well lie elsewhere, "
    "and are too narrow with fewer than about 20 clusters.",
    "Rows are compared on the same test items, and the brackets of all differences hold at once. A rank is shared down "
    "to the first row that is shown to be worse than one above it. Sharing a rank is not being equal: each task names "
    "the smallest difference that it could see.",
    "The verdict names the cheapest row that is shown to lose less than a margin (within) to the best, whichever row "
    "that is: Hsu's multiple comparisons with the best. The margin is within: in the suite, else that of its gate. Not "
    "being told apart shows nothing. Where no row is shown to be so close it is not settled, and the row with the best "
    "score stands there for what it is.",
    "A row that was trained here counts with the spread of its seeds. Trained once it has no rank and no interval of "
    "its gain: what another seed would give is not known.",
    "A drop is the score of the reference minus the score under the condition, in points; negative is a gain. "
    "Changed texts and other readings are compared with the same texts as they are; a domain shift with a model "
    "trained in the tested domain, on the same texts; a slice with other texts alike in class and length.",
    "A bundle shows its worst member, and of how many. The worst of several, picked after the fact, is a little too "
    "bad.",
    "The share of what is above chance turns a drop into a share of what there was to lose: 100 % is as good as "
    "guessing. Read it beside the score: a row that is bad everywhere loses nothing.",
    "Ids unchanged (beside a drop: ids same) is the share of texts that a condition leaves as the same tokens for this "
    "encoder, mostly because the change lies beyond what it reads. A condition that changes fewer than "
    f"{numbers.percent(FEW_CHANGED)} of the texts says how many: a small drop under it is no robustness, and a bundle "
    "shows another member where it can.",
    "A ranking survives a condition where Kendall's tau, the agreement with the ranking on clean texts, is shown to be "
    f"above {KEPT}; it does not where two rows are shown to stand in the other order. What is neither is not settled: "
    "rows of nearly the same score change places by chance.",
    "The best row was chosen on the items it is reported on, which flatters it: by two points or more where dozens of "
    "rows compete on a few hundred items.",
    "A percentile of latency is printed where the sample supports it: p50 from 10 samples, p90 from 64, p95 from 130, "
    "p99 from 662.",
)

PRIVATE = (
    "The suite keeps its texts private (report: texts: none): outcomes and page hold hashes of items, and no text of "
    "the data."
)


#: What is said where rows read pairs as one input.
JOINT = "Times are those of one text. Fine-tuned rows read both texts of a pair as one input, which is not timed."


def reading(suite: Suite) -> tuple[str, ...]:
    """How to read the page, for any suite, and what a suite that keeps its texts private leaves out."""
    return (*READING, *((PRIVATE,) if suite.texts == "none" else ()))


def of_rows(rows: Sequence[Row]) -> tuple[str, ...]:
    """Caveats: poolers that an encoder was trained with, probes that did not converge, few clusters, whose speed."""
    said = _favoured(rows)
    unfinished = [row.label for row in rows if row.clean and not row.clean.facts.converged]
    if unfinished:
        said.append(f"The probe did not converge for {numbers.listed(unfinished)}: the score may be too low.")
    unread = {row.label: n for row in rows if row.clean and (n := row.clean.facts.n_unread)}
    if unread:
        which = numbers.listed([f"{numbers.plural(n, 'word')} of {label}" for label, n in unread.items()])
        said.append(f"Of words that a tokenizer makes nothing of the vector is zeros: {which}.")
    n = min((row.clean.n_clusters for row in rows if row.clean and row.clean.n_clusters), default=_FEW)
    if n < _FEW:
        few = f"fewer than about {_FEW}: the intervals are too narrow."
        said.append(f"The test items are in {numbers.plural(n, 'cluster')}, {few}")
    if any(row.is_tuned and row.speed is not None for row in rows):
        said.append(
            "Rows fine-tuned here have the latency measured for their encoder and pooler: training changes the "
            "weights, not the work of a text."
        )
    if any(row.is_joint for row in rows) and any(row.speed is not None for row in rows):
        said.append(JOINT)
    return tuple(said)


def trained_with(weights: str) -> str:
    """The pooler that weights were trained with, where what is said of them tells; else nothing."""
    found = _TRAINED.search(weights)
    return found[1] if found else ""


def _favoured(rows: Sequence[Row]) -> list[str]:
    """A caveat where the poolers of encoders are compared that were trained with one of them."""
    trained: dict[str, list[str]] = {}
    for encoder, mine in grouped((row.encoder, row) for row in rows).items():
        pooler = trained_with(mine[0].weights)
        if pooler and len({row.pooler for row in mine}) > 1:
            trained.setdefault(pooler, []).append(encoder)
    return [
        f"{numbers.listed(names)} {'was' if len(names) == 1 else 'were'} trained with {pooler} pooling: a comparison "
        f"of {'its' if len(names) == 1 else 'their'} poolers favours {pooler}, and says little about poolers as such."
        for pooler, names in trained.items()
    ]


def facts_of(task: About, rows: Sequence[Row], *measures: Measure) -> dict[str, str]:
    """What to know about a task's data. `measures` are those of its metrics."""
    words, n_duplicates, n_merged = task.median_words, task.n_duplicates, task.n_merged
    domains = [f"{name} {' / '.join(map(numbers.count, sizes))}" for name, sizes in task.domains.items()]
    facts = {
        "kind": task.kind,
        "language": "" if task.language_guessed is None else languages.said(task.language, task.language_guessed),
        **_items(task),
        "classes": _classes(task.labels),
        "domains (train / test, before sampling)": ", ".join(domains),
        "median words": numbers.optional(words) if words else "",
        "taken out of train": f"{numbers.count(n_duplicates)} whose text is in test" if n_duplicates else "",
        "merged": f"{numbers.count(n_merged)} repeated" if n_merged else "",
        "chance": _chance(rows, measures),
        "notes": "; ".join(task.notes or [task.note]),
    }
    return {name: text for name, text in facts.items() if text}


def _items(task: About) -> dict[str, str]:
    """How many items there are, of how many where a sample leaves some out, and what is drawn together."""
    if target_of(task.kind) == "cluster":
        return {"test items": _of(task, "n_test"), "clusters": _clusters(task, "test item")}
    if target_of(task.kind) != "relevant":
        sides = " / ".join(_of(task, f"n_{side}") for side in ("train", "test"))
        return {"train / test items": sides, "clusters": _clusters(task, "test item")}
    return {
        "test queries": _of(task, "n_test"),
        "clusters": _clusters(task, "test query", "test queries"),
        "documents searched": _of(task, "n_documents") if task.n_documents else "",
    }


def _of(task: About, name: str) -> str:
    """`2,000 of 9,991`, or the number alone where nothing was left out."""
    n, n_all = getattr(task, name), getattr(task, f"{name}_all")
    return numbers.count(n) + (f" of {numbers.count(n_all)}" if n_all and n_all != n else "")


def _clusters(task: About, one: str, many: str | None = None) -> str:
    """`1,374 test queries in 125 clusters: questions that share an answer`; nothing where that is not known."""
    if not task.n_clusters:
        return ""
    return f"{numbers.plural(task.n_test, one, many)} in {numbers.plural(task.n_clusters, 'cluster')}: {task.cluster}"


def _chance(rows: Sequence[Row], measures: Sequence[Measure]) -> str:
    """What knowing nothing would score, by each metric that it is stored for."""
    clean = next((row.clean for row in rows if row.clean and row.clean.chance is not None), None)
    if clean is None:
        return ""
    others = (clean.scores[measure.name].chance if measure.name in clean.scores else None for measure in measures[1:])
    both = zip(measures, (clean.chance, *others), strict=False)
    return ", ".join(f"{measure.number(value)} {measure.label}" for measure, value in both if value is not None)


def _classes(labels: Sequence[str]) -> str:
    named = [class_name(label, number) for number, label in enumerate(labels[:_MANY], 1)]
    shown = ", ".join(named) + (", …" if len(labels) > _MANY else "")
    return f"{len(labels)} ({shown})" if labels else ""


def environment(manifest: Manifest) -> dict[str, str]:
    """The machine and the versions that decide results. Nothing that a second rendering could change."""
    env, phases, cache = manifest.environment, manifest.phases, manifest.cache
    spent = [f"{name} {numbers.optional(phases.get(key), 2)} s" for name, key in _PHASES if phases.get(key) is not None]
    hits = f"{numbers.count(cache.hits)} of {numbers.count(cache.hits + cache.misses)}" if cache else ""
    n_damaged, n_unwritten, n_taken = (
        (cache.corrupt_rows, cache.unwritten_rows, cache.taken_rows) if cache else (0, 0, 0)
    )
    halved = {name: about.batch_halvings for name, about in manifest.encoders.items() if about.batch_halvings}
    lines = {
        "harness": manifest.harness,
        "Python": env.python,
        "platform": env.platform,
        "CPU": env.cpu,
        "instruction sets": ", ".join(env.instructions),
        "cores / threads used": f"{env.n_cores or '–'} / {env.threads or '–'}",
        "memory": f"{env.ram_gb} GB" if env.ram_gb is not None else None,
        "device": env.device,
        **_workers(manifest),
        **env.libraries,
        "started": manifest.started,
        "finished": manifest.finished or "not yet",
        f"time spent {_LATEST}": ", ".join(spent),
        f"vectors from cache {_LATEST}": hits,
        "vectors that other machines shared": numbers.count(n_taken) if n_taken else "",
        "stored vectors found damaged, computed again": numbers.count(n_damaged) if n_damaged else "",
        "vectors that could not be stored": numbers.count(n_unwritten) if n_unwritten else "",
        "batches halved for want of memory": ", ".join(f"{name} {numbers.count(n)}" for name, n in halved.items()),
    }
    return {name: str(value) for name, value in lines.items() if value}


def _workers(manifest: Manifest) -> dict[str, str]:
    """Where several jobs ran at once: how many, on which nodes, where they were timed, and what had to begin again."""
    workers, retries = manifest.workers, manifest.retries
    if workers is None or (workers.n == 1 and workers.executor == "local"):
        return {}
    again = (f"{one.job} ({one.why})" for one in retries)
    return {
        "jobs at once": f"{workers.n}, with {numbers.plural(workers.threads, 'thread')} each",
        "nodes": "; ".join(f"{n} of {kind}" for kind, n in workers.nodes.items()),
        "timed on": workers.timed_on or "",
        f"begun again after a worker, a node or a part of an encode was lost {_LATEST}": "; ".join(again),
    }


#: A folder may have been filled by several runs; these lines are of one alone.
_LATEST = "(latest run into this folder)"
_PHASES = (("planning", "plan_s"), ("encoding in parts", "encode_s"), ("measuring", "measure_s"), ("timing", "time_s"))


#: The columns of the table of encoders.
ENCODERS = ("name", "weights", "family", "tokenizer", "parameters", "computed by", "reads up to", "source", "licence")


def encoders(manifest: Manifest) -> tuple[tuple[str, ...], ...]:
    """`ENCODERS` of every row of the table of encoders."""
    return tuple(
        (
            name,
            about.weights or numbers.NONE,
            about.family or numbers.NONE,
            about.tokenizer or numbers.NONE,
            numbers.parameters(about.n_parameters),
            computed.name(about),
            _reading(about),
            _source(about),
            about.licence or numbers.NONE,
        )
        for name, about in manifest.encoders.items()
    )


def _reading(about: Encoder) -> str:
    """`256 tokens, tail, “query: ” before a query`: how much is read of a text, and what is put before it."""
    if not about.max_length:
        return numbers.NONE
    by_side = {"text": about.prefix} if isinstance(about.prefix, str) else about.prefix
    said = [f"“{text}” before a {roles().get(side, side)}" for side, text in by_side.items() if text]
    how = [about.truncation] if about.truncation else []
    asked = f" ({about.length_asked} of the lengths)" if about.length_asked else ""
    read = [f"{numbers.count(n)} of a {roles().get(side, side)}" for side, n in about.lengths.items()]
    return ", ".join([f"{', '.join(read) or numbers.count(about.max_length)} tokens{asked}", *how, *said])


def _source(about: Encoder) -> str:
    source = about.source or numbers.NONE
    return f"{source} at {about.revision}" if about.revision else source
