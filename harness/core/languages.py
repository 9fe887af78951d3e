"""The languages of ISO 639-1 by code, and how they are said."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

_TABLE = """
aa Afar|ab Abkhazian|ae Avestan|af Afrikaans|ak Akan|am Amharic|an Aragonese|ar Arabic|as Assamese|av Avaric|
ay Aymara|az Azerbaijani|ba Bashkir|be Belarusian|bg Bulgarian|bi Bislama|bm Bambara|bn Bengali|bo Tibetan|
br Breton|bs Bosnian|ca Catalan|ce Chechen|ch Chamorro|co Corsican|cr Cree|cs Czech|cu Church Slavonic|cv Chuvash|
cy Welsh|da Danish|de German|dv Divehi|dz Dzongkha|ee Ewe|el Greek|en English|eo Esperanto|es Spanish|et Estonian|
eu Basque|fa Persian|ff Fulah|fi Finnish|fj Fijian|fo Faroese|fr French|fy Western Frisian|ga Irish|
gd Scottish Gaelic|gl Galician|gn Guarani|gu Gujarati|gv Manx|ha Hausa|he Hebrew|hi Hindi|ho Hiri Motu|hr Croatian|
ht Haitian Creole|hu Hungarian|hy Armenian|hz Herero|ia Interlingua|id Indonesian|ie Interlingue|ig Igbo|
ii Sichuan Yi|ik Inupiaq|io Ido|is Icelandic|it Italian|iu Inuktitut|ja Japanese|jv Javanese|ka Georgian|kg Kongo|
ki Kikuyu|kj Kuanyama|kk Kazakh|kl Greenlandic|km Khmer|kn Kannada|ko Korean|kr Kanuri|ks Kashmiri|ku Kurdish|
kv Komi|kw Cornish|ky Kyrgyz|la Latin|lb Luxembourgish|lg Ganda|li Limburgish|ln Lingala|lo Lao|lt Lithuanian|
lu Luba-Katanga|lv Latvian|mg Malagasy|mh Marshallese|mi Maori|mk Macedonian|ml Malayalam|mn Mongolian|mr Marathi|
ms Malay|mt Maltese|my Burmese|na Nauru|nb Norwegian Bokmål|nd North Ndebele|ne Nepali|ng Ndonga|nl Dutch|
nn Norwegian Nynorsk|no Norwegian|nr South Ndebele|nv Navajo|ny Chichewa|oc Occitan|oj Ojibwa|om Oromo|or Odia|
os Ossetian|pa Punjabi|pi Pali|pl Polish|ps Pashto|pt Portuguese|qu Quechua|rm Romansh|rn Rundi|ro Romanian|
ru Russian|rw Kinyarwanda|sa Sanskrit|sc Sardinian|sd Sindhi|se Northern Sami|sg Sango|si Sinhala|sk Slovak|
sl Slovenian|sm Samoan|sn Shona|so Somali|sq Albanian|sr Serbian|ss Swati|st Southern Sotho|su Sundanese|sv Swedish|
sw Swahili|ta Tamil|te Telugu|tg Tajik|th Thai|ti Tigrinya|tk Turkmen|tl Tagalog|tn Tswana|to Tonga|tr Turkish|
ts Tsonga|tt Tatar|tw Twi|ty Tahitian|ug Uyghur|uk Ukrainian|ur Urdu|uz Uzbek|ve Venda|vi Vietnamese|vo Volapük|
wa Walloon|wo Wolof|xh Xhosa|yi Yiddish|yo Yoruba|za Zhuang|zh Chinese|zu Zulu
"""

#: Code -> name in English, of every language that has a code of two letters.
NAMES: Mapping[str, str] = MappingProxyType(
    {entry[:2]: entry[3:] for entry in (part.strip() for part in _TABLE.split("|")) if entry}
)
#: Languages that are named in a sentence; of the others the number is told.
_N_NAMED = 3


def said(language: str | None, guessed: bool) -> str:
    """`Russian`, `Russian (guessed; …)`, `not known (…)`: a task's language as plan, page and reasons have it."""
    if language is None:
        return "not known (`language:` in the task says it)"
    return NAMES.get(language, language) + (" (guessed; `language:` in the task sets it)" if guessed else "")


def some(languages: Sequence[str]) -> str:
    """`English`, `English and Dutch`, `English, Spanish, Portuguese and 30 other languages`."""
    names = [NAMES[code] for code in languages]
    if len(names) > _N_NAMED + 1:
        names = [*names[:_N_NAMED], f"{len(names) - _N_NAMED} other languages"]
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def made_for(
    declared: tuple[str, ...] | Mapping[str, Mapping[str, tuple[str, ...]]] | None, parameters: Mapping[str, Any]
) -> tuple[str, ...] | None:
    """The codes of what a component declares as its languages; those for its parameters, where one of them decides."""
    if not isinstance(declared, Mapping):
        return declared
    ((parameter, by_value),) = declared.items()
    return by_value[parameters[parameter]]


def fault(given: str) -> str:
    """What is wrong with a code that a person wrote, and what it may be meant for; '' where it is one."""
    if given in NAMES:
        return ""
    wanted = given.strip().casefold()
    codes = {name.casefold(): code for code, name in NAMES.items()}
    meant = next((c for c in (codes.get(wanted), wanted, wanted.replace("_", "-").split("-")[0]) if c in NAMES), None)
    hint = f" Did you mean {meant!r} ({NAMES[meant]})?" if meant else ""
    return f"`language` {given!r} is no code of ISO 639-1; expected two letters such as de, en, ru, zh.{hint}"
