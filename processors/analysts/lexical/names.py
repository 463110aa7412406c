"""Words that begin with a capital and are no names, or only the titles before names."""

from __future__ import annotations

from typing import Final

_HONORIFICS = """
mr mrs ms mx dr prof professor sir dame lord lady president minister chancellor senator sen rep
representative congressman congresswoman governor gov mayor secretary gen colonel col captain capt
lieutenant lt sergeant sgt admiral judge king queen prince princess pope cardinal archbishop bishop imam
sheikh chairman chairwoman chair ceo cfo cto director founder cofounder coach ambassador commissioner
attorney leader former acting emperor rev reverend sultan emir analyst economist spokesman spokeswoman
herr frau monsieur madame señor señora
"""
HONORIFICS: Final[frozenset[str]] = frozenset(_HONORIFICS.split())
# Part of a title only when a title or another of these follows: "Foreign Minister", but "General Motors".
_OFFICES = """
foreign finance interior defence defense energy health trade economy environment opposition crown vice
deputy prime chief executive officer justice home state
"""
OFFICES: Final[frozenset[str]] = frozenset(_OFFICES.split())
_CALENDAR = """
monday tuesday wednesday thursday friday saturday sunday january february march april may june july
august september october november december jan feb mar apr jun jul aug sep sept oct nov dec christmas
easter ramadan thanksgiving montag dienstag mittwoch donnerstag freitag samstag sonntag
"""
CALENDAR: Final[frozenset[str]] = frozenset(_CALENDAR.split())
# Capitalised by position or habit: cut off in front of a name.
_LEADING = """
breaking update updated exclusive video live watch photos gallery opinion analysis explainer factbox
correction report reports study news today officials police authorities researchers scientists experts
analysts investors shares stocks prices people residents workers thousands hundreds dozens millions
meanwhile however earlier later last next suspected senior armed local federal islamist militants rebel
rebels gunmen forces us uk please thank dear click subscribe read follow photo image copyright source
sources why how what when where who despite amid during although since while asked
"""
LEADING: Final[frozenset[str]] = frozenset(_LEADING.split())
# No actor when they stand alone, but possibly the beginning of a name.
_ALONE = """
northern southern eastern western god internet ok yes getty associated press state government ministry
parliament court university company general new old big top best north south east west first second
third two three four five six seven eight nine ten republicans democrats christian muslim jewish english
"""
ALONE: Final[frozenset[str]] = frozenset(_ALONE.split())
_NOT_ACTORS = """
CEO CFO CTO COO PM AM TV GDP CPI PMI USD EUR GBP IPO AI VR AR IT PC DVD CD FAQ DNA RNA ICU HIV AIDS
COVID COVID-19 GMT UTC EST EDT PST PDT BST CET ET PT LIVE VIDEO UPDATE BREAKING NEW EXCLUSIVE WATCH US
UK EU USA UAE R&D Q&A M&A ATM GPS USB LED HD 3D 2D 4K 5G 4G 6G GPU CPU LLM API EV EVS LNG CO2 II III IV
VI VII VIII ETF NFT ID HR PR DIY KM MPH MW GW KWH BN MN AND THE OF IN ON TO FOR A I VS NOT ALL
"""
NOT_ACTORS: Final[frozenset[str]] = frozenset(_NOT_ACTORS.split())
