"""Closed vocabularies: every tag that a record may carry.

`SECTORS` may be extended by the setting `vocabulary.sectors`; the rest is fixed. Geographies are
ISO 3166-1 alpha-2 codes (https://www.iso.org/iso-3166-country-codes.html) plus `EU`, which the standard
reserves exceptionally.
"""

from __future__ import annotations

from typing import Final, Literal

Kind = Literal["structural", "cyclical", "event"]
Lens = Literal["investment", "policy", "technology", "security", "society", "science"]
Stance = Literal["supports", "contradicts", "context"]
ReasoningOrigin = Literal["model", "extractive", "imported", "none"]
EvidenceStatus = Literal["accepted", "provisional", "withdrawn", "rejected"]
OutcomeKind = Literal["accepted", "nothing", "rejected", "deferred"]
SignalState = Literal["candidate", "published", "faded", "dormant", "merged", "split", "dismissed"]
Basis = Literal["story", "thesis"]
TextOrigin = Literal["feed", "page", "teaser", "given"]
DateFlag = Literal["ok", "missing", "future", "ancient"]
EventKind = Literal[
    "opened", "published", "reinforced", "contradicted", "context", "revised", "faded", "dormant", "revived",
    "merged", "split", "renamed", "pinned", "dismissed", "evidence-rejected", "undone",
]  # fmt: skip

KINDS: Final[tuple[Kind, ...]] = ("structural", "cyclical", "event")
LENSES: Final[tuple[Lens, ...]] = ("investment", "policy", "technology", "security", "society", "science")
STANCES: Final[tuple[Stance, ...]] = ("supports", "contradicts", "context")

SECTORS: Final[tuple[str, ...]] = (
    "AI", "agriculture", "automotive", "aviation", "biotech", "chemicals", "construction", "consumer", "crypto",
    "cybersecurity", "defense", "education", "energy", "finance", "health", "housing", "insurance", "labor",
    "logistics", "manufacturing", "media", "metals", "mining", "pharma", "public-sector", "retail", "semiconductors",
    "shipping", "software", "space", "sports", "telecom", "tourism", "transport", "utilities", "water",
)  # fmt: skip

_COUNTRIES: Final = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO
FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE
JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO
MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW
PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM
TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
EU
"""
COUNTRIES: Final[frozenset[str]] = frozenset(_COUNTRIES.split())
