"""Lengths of a suite's texts in the tokens of its encoders, before anything is run, and maximum lengths of these."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np

from harness import tasks
from harness.core.data import Examples
from harness.core.errors import HarnessError
from harness.core.fingerprint import file_hash
from harness.core.inputs import as_text
from harness.core.lengths import Lengths, lengths
from harness.core.records import Tokenization, read_as
from harness.encoders import EncoderFolder, EncoderSpec
from harness.encoders.tokenizer import count_tokens
from harness.runner.checkpoints import built
from harness.suite import Suite
from harness.suite.lengths import share_of
from harness.tasks import Task, TaskInfo
from harness.tasks.kinds import roles

#: Texts of a task and role that are counted, evenly taken of all.
N_SHOWN, N_MEASURED = 500, 2000
Texts = Mapping[str, Sequence[str]]


class Told(NamedTuple):
    """The lengths of what is tested of a task, as one encoder reads that role; None where its tokenizer is not known
    yet.
    """

    task: str
    role: str
    encoder: str
    lengths: Lengths | None


def told(
    suite: Suite,
    encoders: Mapping[str, EncoderFolder],
    found: Mapping[str, Task],
    infos: Mapping[str, TaskInfo],
) -> Iterator[Told]:
    """Of each task and role and each encoder; tokens of texts that two encoders read alike are counted once."""
    for name, task in found.items():
        kind, known = tasks.kind_of(infos[name].kind), dict[tuple[str, str, str], list[int]]()
        for role, said in kind.roles.items():
            try:
                texts = _some(_texts(suite, task, infos[name], "test", role), N_SHOWN)
            except HarnessError:  # its cells tell
                continue
            for encoder, folder in encoders.items():
                read, own = read_as(folder.readings, role), None
                try:
                    placed = built(folder)
                    key = (role, _tokenizer(placed), read.prefix)
                    if key not in known:
                        known[key] = counted(placed, read, texts)
                    own = lengths(known[key], read.most) if texts else None
                except Exception:  # the encoder boundary: it is told where its rows fail
                    own = None
                yield Told(name, said, encoder, own)


def _tokenizer(folder: EncoderFolder) -> str:
    """What tells its tokenizer from others, as far as is seen quickly."""
    file = Path(folder.path) / "tokenizer.json"
    return f"{file_hash(file)} {folder.lower_case}" if file.is_file() else folder.path


def percentiles(spec: EncoderSpec) -> str:
    """`p95`, or `p95 of a query, p90 of a document`: what stands in a suite for numbers; nothing where numbers do."""
    if not isinstance(spec.max_length, Mapping):
        return spec.max_length if isinstance(spec.max_length, str) else ""
    return ", ".join(f"{length} of a {said}" for said, length in spec.max_length.items() if isinstance(length, str))


def counted(folder: EncoderFolder, read: Tokenization, texts: Sequence[str]) -> list[int]:
    """Tokens of each text with the prefix before it, uncut."""
    return count_tokens(folder, [read.prefix + text for text in texts])


def fixed(
    suite: Suite,
    found: Mapping[str, Task],
    infos: Mapping[str, TaskInfo],
    resolve: Callable[[EncoderSpec], EncoderFolder],
) -> tuple[EncoderSpec, ...]:
    """The encoders of a suite with numbers where percentiles stand: of the lengths of what tasks have to learn from.

    Of a search, which learns nothing, of what it tests. No longer than the positions of an encoder allow. What cannot
    be counted is left as it is.
    """
    asked = [spec for spec in suite.encoders if any(isinstance(spec.length(said), str) for said in roles().values())]
    texts = _learnt(suite, found, infos) if asked else {}
    return tuple(_fixed(spec, resolve, texts) if spec in asked and texts else spec for spec in suite.encoders)


def _fixed(spec: EncoderSpec, resolve: Callable[[EncoderSpec], EncoderFolder], texts: Texts) -> EncoderSpec:
    every, given = list(chain.from_iterable(texts.values())), dict[str, int | str]()
    try:
        folder = built(resolve(replace(spec, max_length=None)))
        for role, said in roles().items():
            if (length := spec.length(said)) is None:
                continue
            if isinstance(length, str):
                counts = counted(folder, read_as(folder.readings, role), texts.get(role) or every)
                length = int(np.quantile(counts, share_of(length), method="higher"))
                length = max(3, min(length, folder.room or length))
            given[said] = length
    except Exception:  # the encoder boundary: it is told where its rows fail
        return spec
    return replace(spec, max_length=given)


def _learnt(suite: Suite, found: Mapping[str, Task], infos: Mapping[str, TaskInfo]) -> Texts:
    """By role the texts of the train sides; pairs that a trained row reads as one input count as a text too."""
    texts = defaultdict[str, list[str]](list)
    for name, task in found.items():
        kind = tasks.kind_of(infos[name].kind)
        side = "train" if kind.trains else "test"
        with suppress(HarnessError):  # its cells tell
            sides = {role: _examples(suite, task, infos[name], side, role) for role in kind.roles}
            read = {**sides, **({"text": kind.joint(sides)} if kind.trains else {})}
            for role, examples in read.items():
                texts[role] += _some([as_text(one) for one in examples.text], N_MEASURED)
    return {role: own for role, own in texts.items() if own}


def _texts(suite: Suite, task: Task, info: TaskInfo, side: str, role: str) -> list[str]:
    return [as_text(one) for one in _examples(suite, task, info, side, role).text]


def _examples(suite: Suite, task: Task, info: TaskInfo, side: str, role: str) -> Examples:
    size = suite.samples(task.name)[side]
    return tasks.load(task, tasks.make_split(task, info, side, sample=size, sample_seed=suite.seed, role=role))


def _some(texts: Sequence[str], most: int) -> list[str]:
    """Evenly taken, in order."""
    step = max(1, -(-len(texts) // most))
    return list(texts[::step])
