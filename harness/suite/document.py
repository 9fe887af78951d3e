"""A YAML text as plain values that have a place; what no suite needs is refused before anything is made of it.

Refused are tags, aliases that stand for themselves or for too much, keys that are no scalars, numbers without end, and
halves of characters.
"""

import io
import re
from collections.abc import Iterator
from typing import Any

from harness.core.errors import Fault, SuiteError

#: The values a text may hold once its aliases are written out, how deeply they may be nested, and digits of a number.
MOST_VALUES, DEEPEST, LONGEST_NUMBER = 100_000, 50, 300
_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")


def read(text: str, name: str) -> tuple[Any, list[Fault]]:
    """The value of a YAML text, as ruamel has it; or None and what is wrong, by line and column."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    text = text.removeprefix("\ufeff")
    try:
        if faults := _refused(text, name):
            return None, sorted(faults, key=order)
        return YAML(typ="rt").load(io.StringIO(text)), []
    except SuiteError as error:
        return None, sorted(error.faults, key=order)
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


def _refused(text: str, name: str) -> list[Fault]:
    """What no suite needs, by its place."""
    from ruamel.yaml import YAML

    for token in YAML(typ="rt").scan(io.StringIO(text)) if "!" in text else ():
        if type(token).__name__ == "TagToken":
            return [
                _fault(name, token, "a tag.", "A suite needs none: write the value without it; text between quotes.")
            ]
    root, faults, sizes = YAML(typ="rt").compose(io.StringIO(text)), list[Fault](), dict[int, int]()
    if root is not None:
        _look(root, name, faults, sizes)
        if (size := sizes[id(root)]) > MOST_VALUES:
            faults.append(
                Fault(name, f"{size:,} values with all aliases written out.", f"Expected at most {MOST_VALUES:,}.")
            )
    return faults


def _fault(name: str, node: Any, message: str, advice: str = "") -> Fault:
    return Fault(f"{name}:{node.start_mark.line + 1}:{node.start_mark.column + 1}", message, advice)


def _look(node: Any, name: str, faults: list[Fault], sizes: dict[int, int], depth: int = 1) -> None:
    """Adds to the faults of a node and those inside of it, each looked at once however often it stands, and its size.

    SuiteError, with the faults so far, for one that is deeper than allowed.
    """
    if depth > DEEPEST:
        message, advice = (
            "nested too deeply, or an alias that stands for itself.",
            f"Expected {DEEPEST} levels at most.",
        )
        raise SuiteError([*faults, _fault(name, node, message, advice)])
    if id(node) not in sizes:
        faults += _of_node(node, name)
        inner = _inside(node)
        for one in inner:
            _look(one, name, faults, sizes, depth + 1)
        sizes[id(node)] = 1 + sum(sizes[id(one)] for one in inner)


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
