"""A drawing: a plot in Vega-Lite and what it shows in words, made one SVG in the colours and the font of the page."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

Spec = dict[str, Any]

#: The version of Vega-Lite that specs are written in.
_VERSION = "6.4"
_QUIET = {"labelColor": "var(--quiet)", "titleColor": "var(--quiet)", "labelFontSize": 12, "titleFontSize": 12}
#: Nothing here is placed by the width of a text, which is another on a machine with other fonts.
_CONFIG = {
    "aria": False,
    "background": None,
    "view": {"stroke": None},
    "axis": {**_QUIET, "titleFontWeight": "normal", "domain": False, "labelLimit": 0, "labelOverlap": False},
    "axisX": {"grid": False, "tickColor": "var(--line)", "labelFlush": False, "labelBound": False},
    "axisY": {"gridColor": "var(--line)", "ticks": False, "labelPadding": 6},
}


@dataclass(frozen=True)
class Space:
    """A drawing of `width` x `height` pixels, and how much of it is left free around the plot."""

    width: int
    height: int
    left: int = 46
    right: int = 14
    top: int = 12
    bottom: int = 44

    @property
    def plot(self) -> tuple[int, int]:
        """Width and height of the plot."""
        return self.width - self.left - self.right, self.height - self.top - self.bottom


@dataclass(frozen=True)
class Drawing:
    """`layers` of Vega-Lite. Colours may be variables of the page, `var(--accent)`."""

    title: str
    words: str
    space: Space
    layers: tuple[Spec, ...]

    def svg(self) -> str:
        """The drawing as one `<svg>`, with its title and what it shows in words: the same bytes for the same values."""
        space, (width, height) = self.space, self.space.plot
        padding = {side: getattr(space, side) for side in ("left", "right", "top", "bottom")}
        spec = {"width": width, "height": height, "padding": padding, "autosize": "none", "config": _CONFIG}
        made = _converted(json.dumps({**spec, "layer": list(self.layers)}))
        size = {"viewBox": f"0 0 {space.width} {space.height}", "width": str(space.width), "height": str(space.height)}
        root = Element("svg", {"class": "chart", "role": "img", **size})
        for tag, text in (("title", self.title), ("desc", self.words)):
            ElementTree.SubElement(root, tag).text = text
        root.extend(part for child in ElementTree.fromstring(made) for part in _lean(child))
        return ElementTree.tostring(root, encoding="unicode")


@lru_cache(maxsize=128)
def _converted(spec: str) -> str:
    """A spec, as JSON, as an SVG; kept, as a page that is written again has most drawings again."""
    import vl_convert

    return vl_convert.vegalite_to_svg(json.loads(spec), vl_version=_VERSION, allowed_base_urls=[])


def axis(title: str, space: Space, side: str, **more: Any) -> Spec:
    """The axis at the `left` or the `bottom`, with its title in the middle of the outer edge."""
    width, height = space.plot
    if side == "left":
        return {"title": title, "titleAngle": -90, "titleX": 12 - space.left, "titleY": height / 2, **more}
    return {"title": title, "titleX": width / 2, "titleY": space.bottom - 6, "titleBaseline": "alphabetic", **more}


def layer(mark: str | Spec, values: Sequence[Spec], name: str = "", **encoding: Any) -> Spec:
    """Marks of values of their own. A channel that names a field alone takes what is there: pixels, a colour."""
    channels = {at: {"value": {"expr": f"datum.{of}"}} if isinstance(of, str) else of for at, of in encoding.items()}
    return {"data": {"values": list(values)}, "mark": mark, "encoding": channels} | ({"name": name} if name else {})


def numeric(field: str, **scale: Any) -> Spec:
    """A channel of numbers, with this scale."""
    return {"field": field, "type": "quantitative", "scale": {"zero": False, "nice": False, **scale}}


def padded(values: Sequence[float], share: float = 0.06) -> list[float]:
    """What the values span and a little more; one to each side of a single value."""
    low, high = min(values), max(values)
    more = share * (high - low) or 1.0
    return [low - more, high + more]


def _lean(element: Element) -> Iterator[Element]:
    """The element without empty frames, idle groups, and attributes that the page decides or nobody needs."""
    kind = element.get("class", "")
    if kind in ("background", "foreground"):
        return
    parts = [part for child in element for part in _lean(child)]
    kept = {name: _rounded(value) for name, value in element.attrib.items() if _is_needed(name, value)}
    if named := re.search(r"(\w+)_marks$", kind):
        kept["class"] = named[1]
    tag = element.tag.rpartition("}")[2]
    if tag == "g" and (not kept or not parts):
        yield from parts
        return
    lean = Element(tag, kept)
    lean.text = element.text
    lean.extend(parts)
    yield lean


def _is_needed(name: str, value: str) -> bool:
    idle = (("opacity", "1"), ("stroke-width", "1"), ("transform", "translate(0,0)"))
    given = ("class", "role", "font-family", "pointer-events", "stroke-miterlimit")
    return name not in given and not name.startswith("aria-") and (name, value) not in idle


def _rounded(value: str) -> str:
    """The numbers of an attribute with one decimal."""
    return re.sub(r"-?\d+\.\d+(?:e-?\d+)?", lambda number: f"{round(float(number[0]), 1) + 0.0:g}", value)
