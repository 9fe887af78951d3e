"""A YAML text as plain values that have a place; what no suite needs is refused before anything is made of it.

Refused are tags, aliases that stand for themselves or for too much, keys that are no scalars, numbers without end, and
halves of characters.
"""

import io
import re
from collections.abc import Iterator
from typing import Any

from harness.core.errors import Fault

#: The values a text may hold once its aliases are written out, how deeply they may be nested, and digits of a number.
MOST_VALUES, DEEPEST, LONGEST_NUMBER = 100_000, 50, 300
_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")


def read(text: str, name: str) -> tuple[Any, list[Fault]]:
    """The value of a YAML text, as ruamel has it; or None and what is wrong, by line and column."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    text = text.removeprefix("\ufeff")
    try:
        if faults := list(_refused(text, name)):
            return None, sorted(faults, key=order)
        return YAML(typ="rt").load(io.StringIO(text)), []
    except MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        said = " ".join(str(error.problem or error.context).split())
        advice = "Indent with spaces, not with tabs." if "'\\t'" in said else ""
        return None, [Fault(place, f"not YAML: {said}.", advice)]
    except YAMLError as error:
        return None, [Fault(name, f"not YAML: {' '.join(str(error).split())[:200]}.")]
    except RecursionError:
        return None, [Fault(name, "nested too deeply.", f"Expected at most {DEEPEST} levels.")]
    except (ValueError, TypeError, AttributeError, KeyError, AssertionError) as error:  # ruamel's own, of odd input
        return None, [Fault(name, f"not YAML that can be read: {' '.join(str(error).split())[:200]}.")]


def order(fault: Fault) -> tuple[str, int, int]:
    """By file, line and column."""
    name, *numbers = fault.place.rsplit(":", 2)
    if len(numbers) == 2 and all(n.isdigit() for n in numbers):
        return name, int(numbers[0]), int(numbers[1])
    return fault.place, 0, 0


def _refused(text: str, name: str) -> Iterator[Fault]:
    """What no suite needs, by its place."""
    from ruamel.yaml import YAML

    for token in YAML(typ="rt").scan(io.StringIO(text)) if "!" in text else ():
        if type(token).__name__ == "TagToken":
            yield _fault(name, token, "a tag.", "A suite needs none: write the value without it; text between quotes.")
            return
    root = YAML(typ="rt").compose(io.StringIO(text))
    if root is not None:
        yield from _nodes(root, name)


def _fault(name: str, node: Any, message: str, advice: str = "") -> Fault:
    return Fault(f"{name}:{node.start_mark.line + 1}:{node.start_mark.column + 1}", message, advice)


def _nodes(root: Any, name: str) -> Iterator[Fault]:
    """Faults of single nodes, each looked at once however often it stands; then how much all is together."""
    sizes: dict[int, int] = {}
    seen: set[int] = set()
    for node, inner, depth in _walk(root):
        if depth > DEEPEST:
            advice = f"Expected {DEEPEST} levels at most."
            yield _fault(name, node, "nested too deeply, or an alias that stands for itself.", advice)
            return
        if id(node) not in seen:
            seen.add(id(node))
            yield from _of_node(node, name)
        sizes[id(node)] = 1 + sum(sizes.get(id(one), 0) for one in inner)
    if (size := sizes[id(root)]) > MOST_VALUES:
        yield Fault(name, f"{size:,} values with all aliases written out.", f"Expected at most {MOST_VALUES:,}.")


def _walk(root: Any) -> Iterator[tuple[Any, list[Any], int]]:
    """Every node after those inside of it, once; one that is deeper than allowed as soon as it is met."""
    done: set[int] = set()
    stack: list[tuple[Any, int, bool]] = [(root, 1, False)]
    while stack:
        node, depth, entered = stack.pop()
        inner = _inside(node)
        if entered or depth > DEEPEST:
            done.add(id(node))
            yield node, inner, depth
        elif id(node) not in done:
            stack.append((node, depth, True))
            stack += [(one, depth + 1, False) for one in inner]


def _inside(node: Any) -> list[Any]:
    if isinstance(node.value, str):
        return []
    return [one for entry in node.value for one in (entry if isinstance(entry, tuple) else (entry,))]


def _of_node(node: Any, name: str) -> Iterator[Fault]:
    """What is wrong with a node by itself."""
    if not isinstance(node.value, str):
        for key in (entry[0] for entry in node.value if isinstance(entry, tuple)):
            if not isinstance(key.value, str):
                advice = "A key is a name: is a bracket or a colon missing?"
                yield _fault(name, key, "a key that is a list or a mapping.", advice)
    elif re.search("[\ud800-\udfff]", node.value):
        yield _fault(name, node, "half of a character (a lone surrogate).", "Write the character itself.")
    elif node.tag in _NUMBERS and len(node.value) > LONGEST_NUMBER:
        advice = "Write a shorter one, or text between quotes."
        yield _fault(name, node, f"a number of {len(node.value)} characters.", advice)
