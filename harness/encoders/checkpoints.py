"""From what a suite calls an encoder to a local folder whose content is known: asset, folder or hub id."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from harness import assets
from harness.core.corpus import Corpus
from harness.core.data import TokenStates
from harness.core.errors import EncoderError, NotFetchedError
from harness.core.fingerprint import file_hash, fingerprint
from harness.core.records import Checkpoint, Pooling, Tokenization
from harness.encoders import hub, instead
from harness.encoders.architectures import RandomWeights, published
from harness.encoders.families import family_of, is_causal, untested
from harness.encoders.files import read_json
from harness.encoders.layout import Layout, read_layout
from harness.encoders.length import reading_length, room
from harness.encoders.library import about
from harness.encoders.own import Own, bound
from harness.encoders.refusals import TOKENIZER_FILES, refuse_folder
from harness.encoders.safe_weights import with_safetensors
from harness.encoders.settings import depth, own_code
from harness.encoders.weights import shapes_of
from harness.suite.model import Choice, EncoderSpec
from harness.tasks.kinds import roles

#: What is said of a plain folder that is read by its last token, as sentence-transformers does.
_CAUSAL = " to continue texts, so read by its last token"


@dataclass(frozen=True)
class Made:
    """What a step of a recipe builds of `base`, as a checkpoint, with which parameters.

    `teachers` are the encoders that parameters of the step name, `corpora` the texts, `layers` those of what it builds,
    as its folder counts them.
    """

    base: "EncoderFolder"
    checkpoint: Checkpoint
    step: Choice
    teachers: Mapping[str, "EncoderFolder"] = field(default_factory=dict)
    corpora: Mapping[str, Corpus] = field(default_factory=dict)
    layers: tuple[int, ...] | None = None

    @property
    def before(self) -> "tuple[Made, ...]":
        """All that has to be built before it, in order."""
        needed = (self.base, *self.teachers.values())
        return tuple(made for folder in needed if folder.made for made in (*folder.made.before, folder.made))


@dataclass(frozen=True)
class EncoderFolder:
    """A resolved encoder: files on this disk, their key, and how they are read unless told otherwise.

    `sides` are the roles (`query`, `corpus`) that are read otherwise than `tokenization` says. `parameters` and `own`
    are those of its own pooling, `others` what other folders of its checkpoint do around theirs; `lower_case` where
    its texts are lower-cased though its tokenizer does not. `made` is what has to be built first: it
    reads texts as its base does, whose `path` stands there until it is `placed`. `is_stored`: it was built by a run.
    `room`: the most tokens that its positions allow, None where they have no end. `store`: where what is converted of
    it is kept, None for nowhere.
    Of one with `random` weights `path` is the tokenizer's alone: it may be timed, and its vectors say nothing.
    """

    name: str
    path: str
    checkpoint: Checkpoint
    tokenization: Tokenization
    pooler: str
    family: str
    weights: str
    layers: tuple[int, ...] | None = None
    n_layers: int | None = None
    sides: Mapping[str, Tokenization] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    own: Own | None = None
    others: tuple[Own, ...] = ()
    lower_case: bool = False
    revision: str | None = None
    licence: str | None = None
    disk_mb: float = 0.0
    made: Made | None = None
    is_stored: bool = False
    random: RandomWeights | None = None
    room: int | None = None
    store: str | None = None

    def poolings(
        self, poolings: Iterable[Pooling], pooler: Callable[[str], Callable[..., Any]]
    ) -> list[tuple[Pooling, Callable[[TokenStates], Any]]]:
        """Poolings, each with its function (see `own.bound`); `pooler` gives the plain ones by name."""
        owns = {own.key: own for own in (self.own, *self.others) if own}
        return [(pooling, bound(pooling, pooler(pooling.pooler), owns, self.name)) for pooling in poolings]

    def placed(self, store: Path) -> "EncoderFolder":
        """As jobs find it: what is built for it, and converted of it, lies in the store."""
        if self.made is None:
            return replace(self, store=str(store))
        whole = self.made.layers
        cut = None if self.layers == whole else tuple(whole.index(x) if whole else x for x in self.layers or ())
        path = str(store / self.made.checkpoint.key)
        return replace(self, path=path, layers=cut, made=None, is_stored=True, random=None, store=str(store))

    @property
    def vectors_key(self) -> str:
        """What decides the vectors that it gives by itself."""
        own = self.own.key if self.own else None
        return fingerprint([self.checkpoint, self.readings, self.pooler, self.parameters, own])

    @property
    def is_random(self) -> bool:
        """Whether nothing was learnt: its vectors say nothing, and only its cost is of use."""
        return self.random is not None and self.made is None

    @property
    def readings(self) -> dict[str, Tokenization]:
        """How it reads by role; a role that is not there is read as `text`."""
        return {"text": self.tokenization, **self.sides}


@cache
def builtin() -> Mapping[str, Mapping[str, Any]]:
    """The built-in encoders by name."""
    from ruamel.yaml import YAML

    text = resources.files("harness.encoders").joinpath("builtin.yaml").read_text(encoding="utf-8")
    rows: Mapping[str, Mapping[str, Any]] = YAML(typ="safe").load(text)
    return rows


def resolve(spec: EncoderSpec, folder: Path) -> EncoderFolder:
    """Find the files of an encoder, fetching what is missing; its steps are left to `recipes.resolve`.

    MissingFileError where there is nothing, NotFetchedError where that is all right; EncoderError where what is there
    cannot be used.
    """
    row: Mapping[str, Any] = builtin().get(spec.checkpoint, {})
    with about(spec.name):
        try:
            if "architecture" in row:
                return _untrained(spec, row)
            path, revision = located(spec, folder)
            return _described(spec, path, row, revision)
        except OSError as error:
            why = error.strerror or type(error).__name__
            where = str(error.filename or spec.checkpoint)[:200]
            raise EncoderError(f"{where} cannot be read or converted ({why}).") from None


def local_path(checkpoint: str, folder: Path) -> Path:
    """Where a checkpoint lies if it is a path: relative ones are taken from `folder`."""
    return folder / Path(checkpoint).expanduser()


def located(spec: EncoderSpec, folder: Path) -> tuple[Path, str | None]:
    """Where its files lie, and the revision of a hub's model; errors as of `resolve`."""
    if row := builtin().get(spec.checkpoint):
        if spec.if_fetched and assets.state(assets.assets()[row["asset"]], assets.cache_root()) == "absent":
            raise NotFetchedError(f"it is not fetched; `harness fetch {row['asset']}` does that")
        return assets.path(row["asset"]), None
    local, name = local_path(spec.checkpoint, folder), spec.checkpoint
    if local.is_dir():
        return local.resolve(), None
    if name.startswith((".", "/", "~")) or name.count("/") != 1 or local.is_symlink() or local.exists():
        raise instead.no_folder(local, ", ".join(builtin()))
    return hub.stored(name, spec.revision) if spec.if_fetched else hub.snapshot(name, spec.revision)


def _described(spec: EncoderSpec, root: Path, row: Mapping[str, Any], revision: str | None) -> EncoderFolder:
    layout = read_layout(root)
    config = refuse_folder(layout.path)
    path = with_safetensors(layout.path)
    shapes = shapes_of(path, config)
    family = family_of(config, shapes, path)
    most = room(config, shapes, family)
    readings = _readings(spec, layout, path, most)
    trained = layout.trained or _CAUSAL * is_causal(config)
    return EncoderFolder(
        name=spec.name,
        path=str(path),
        checkpoint=_checkpoint(path, layout.lower_case),
        tokenization=readings["text"],
        sides={role: reading for role, reading in readings.items() if reading != readings["text"]},
        pooler=layout.pooler or ("last-token" if is_causal(config) else "mean"),
        parameters=layout.parameters,
        own=layout.own,
        lower_case=layout.lower_case,
        family=family,
        weights=row.get("weights") or f"pretrained{trained}{own_code(config)}{untested(family)}",
        n_layers=depth(config),
        revision=revision,
        licence=row.get("licence"),
        disk_mb=weights_mb(path),
        room=most,
    )


def weights_mb(path: Path) -> float:
    """Megabytes of the weights in a folder."""
    return round(sum(f.stat().st_size for f in path.glob("*.safetensors") if f.is_file()) / 1e6, 1)


def _untrained(spec: EncoderSpec, row: Mapping[str, Any]) -> EncoderFolder:
    """A published architecture with random weights, which reads with the tokenizer of an asset."""
    random, path = published()[row["architecture"]], assets.path(row["tokenizer"])
    readings = _readings(spec, Layout(path), path, random.room)
    return EncoderFolder(
        name=spec.name,
        path=str(path),
        checkpoint=_drawn(random, path),
        tokenization=readings["text"],
        sides={role: reading for role, reading in readings.items() if reading != readings["text"]},
        pooler="mean",
        family=random.family,
        weights=row["weights"],
        n_layers=depth(random.config),
        licence=row["licence"],
        disk_mb=random.disk_mb,
        random=random,
        room=random.room,
    )


def _checkpoint(path: Path, lower_case: bool) -> Checkpoint:
    names = ["config.json", *TOKENIZER_FILES, *sorted(f.name for f in path.glob("*.safetensors"))]
    files = _hashes(path, names)
    if lower_case:  # said in a file that says much else
        files["do_lower_case"] = True
    return Checkpoint(fingerprint(files))


def refuse_changed(folder: EncoderFolder) -> None:
    """EncoderError where its files are not those that a run was planned with; what a run builds is checked there."""
    if folder.is_stored:
        return
    path = Path(folder.path)
    # a step may read all in lower case what was resolved as it is
    now = [_drawn(folder.random, path)] if folder.random else [_checkpoint(path, flag) for flag in (False, True)]
    if folder.checkpoint.source not in [one.source for one in now]:
        raise EncoderError(
            f"encoder {folder.name!r}: the files in {path} have the hash {now[0].source}, and the run was planned with "
            f"{folder.checkpoint.source}. Put those files there, or start the run again."
        )


def _drawn(random: RandomWeights, path: Path) -> Checkpoint:
    """Random weights with the tokenizer at a path."""
    drawn = {"config.json": random.config, "seed": random.seed}
    return Checkpoint(fingerprint({**drawn, **_hashes(path, TOKENIZER_FILES)}))


def _hashes(path: Path, names: Iterable[str]) -> dict[str, Any]:
    """The hash of each of these files that is there."""
    return {name: file_hash(path / name) for name in names if (path / name).is_file()}


def _readings(spec: EncoderSpec, layout: Layout, path: Path, most: int | None) -> dict[str, Tokenization]:
    """How texts are read by role: the suite's prefix and length, else the folder's; and the suite's truncation.

    `most` tokens are all that its positions allow.
    """
    file, asked, found = path / "tokenizer_config.json", spec.prefix or {}, dict[str, Tokenization]()
    tokenizer = {f"{file}: model_max_length": read_json(file, optional=True).get("model_max_length")}
    for role, said in roles().items():  # `text` first, which the sides follow
        trained = layout.lengths.get(role, layout.lengths.get("text", {}))
        length = reading_length(spec.length(said), {**trained, **tokenizer}, most)
        prefix = layout.prompts.get(role, found["text"].prefix if found else "")
        found[role] = Tokenization(length, asked.get(said, prefix), spec.truncation)
    return found
