"""Countries and those who live there are one name: "Chinese" stands for "China", "US" for "United States"."""

from __future__ import annotations

import re

from processors.decisions.text.terms import stem

# Only what `stem` does not bring together by itself (as it does China and Chinese, Iran and Iranian).
_GROUPS = """
us usa america american americans u.s. amerika amerikanisch états-unis
uk britain british briton britons großbritannien
eu eu-
france french frankreich français francia francés
germany german germans deutschland deutsche deutschen deutscher allemagne allemand alemania alemán
china chinese chine chinois chinas chinesische chinesischen chino
russia russian russland russie russe rusia ruso
spain spanish spaniards spanien espagne españa
italy italian italien italie italia italiano
japan japanese japon japón japanische
netherlands dutch niederlande holland
switzerland swiss schweiz schweizer suisse suiza
greece greek greeks griechenland
denmark danish danes
turkey turkish türkiye turks türkei
poland polish poles polen pologne polonia
thailand thai thais
finland finnish finns
sweden swedish swedes
ireland irish
norway norwegian norwegians
philippines filipino filipinos philippine
afghanistan afghan afghans
czech czechia
portugal portuguese
lebanon lebanese
belgium belgian belgians belgien belgique
cuba cuban cubans
wales welsh
scotland scottish scots
england english
mexico mexican mexicans mexiko
morocco moroccan
congo congolese
asia asian asians asien
europe european europeans europa europäische
arab arabs arabia arabian
taiwan taiwanese
israel israeli israelis
iraq iraqi
ukraine ukrainian ukrainer
korea korean koreans südkorea
argentina argentine argentinian
qatar qatari
kuwait kuwaiti
uae emirati emirates
"""
_GROUP = {word: line.split()[0] for line in _GROUPS.strip().splitlines() for word in line.split()}
_LONG = (
    (
        re.compile(
            r"\b[Uu]nited [Ss]tates(?: of [Aa]merica)?\b|\b[Ee]stados [Uu]nidos\b|\b[Vv]ereinigten? [Ss]taaten\b"
        ),
        "USA",
    ),
    (re.compile(r"\b[Uu]nited [Kk]ingdom\b|\b[Gg]reat [Bb]ritain\b"), "UK"),
    (re.compile(r"\b[Uu]nited [Aa]rab [Ee]mirates\b"), "UAE"),
)
_DOTTED = re.compile(r"\b(?:[A-Z]\.){2,}[A-Z]?(?![a-z])|\b(?:[A-Z]\.)+[A-Z]\b(?!\.?[a-z])")


def shortened(text: str) -> str:
    """Return `text` with dotted acronyms closed ("U.S." is "US") and long names of countries in short."""
    text = _DOTTED.sub(lambda match: match.group().replace(".", "") + " ", text)
    for pattern, short in _LONG:
        text = pattern.sub(short, text)
    return text


def root(key: str) -> str:
    """Return one form for a country, its people and its adjective; for other words the stem, or the word."""
    return _GROUP.get(key) or stem(key) or key
