"""Whether a capitalised word at the beginning of a sentence is an ordinary word rather than a name.

There is no dictionary here: a list of words that news sentences begin with, and the endings of ordinary nouns,
adjectives and verbs. A name that looks ordinary ("Target") passes; a rare word that is no name is taken for one.
"""

from __future__ import annotations

import re

from processors.decisions.text.stopwords import STOPWORDS

_ENGLISH = """
access action aid air allies amid analysts army article artists assets atmosphere auction authorities authority
average bank banks bills blockade board bond bonds border borrowing brands bridge budget build buy buyers calls
campaign capacity capital cargo cars case cases cash cause cattle central change changes cheap cheaper check chief
chip chips city civil claims class climate clinical cloud coal coffee cold companies company competition computer
concern conflict consumer consumers contract contracts control controls copper copy core corn corporate cost costs
countries country court courts credit crew crime crop crops crude crypto currency customers cut cuts cyber dams data
deal deals death deaths debt deep defence defense delay delays demand deposits despite diesel digital direct doctors
domestic draft drought drug drugs due duties early earnings easier east economic economy election electric
electricity emergency energy engine enough entire equal equity even event events evidence exchange existing experts
export exports extra factories factory faith fall falling farm farms fear fears federal feed fewer fiber field files
fire firm firms first fiscal fish flight flights flood floods flow flows food force forces foreign forest free
freight fresh fuel full fund funds future gains game gas general global gold goods government governments grain
great green grid ground groups group growth half hard health heat heavy help high higher home homes hospital
hospitals house housing human import imports income independent industrial industry inflation insurance insurers
interest internal international inventories invest job jobs key labor labour lack land large larger late law laws
lawmakers lead leaders legal lenders lending less licence licences license licenses light like links liquid little
live loan loans local long longer loss losses low lower machine machines mail main major makers many margin margins
maritime market markets mass material measures media medical memory men metal military mine miners mines minister
ministers mobile model models modern money monthly mortgage most much mutual national natural naval navy near net
networks network news next night north northern nuclear ocean offer offers officials offshore oil older online open
operators orders order output owners own panel paper parents part party past patients pay peace people permits
personal pipeline pipelines plan planes plans plant plants plastic police policy political poor pork port ports
power precise president press pressure price prices prime prior private producers product products profit profits
programs project projects property prosecutors protests public quality quantum quarter quick quota quotas race rail
railway rain raising rapid rare rate rates raw real recent record records reform reforms refugees regional
regulators regulator remote rent rents repair report reports rescue research reserve reserves retail retailers
revenue rice rich rising risk risks rival rivals river road roads robots rule rules rural safe sales sanctions
satellite satellites savings scale schools science scientists sea secret sector sellers separate server servers
service services severe shale share shareholders shares ship ships shipping shops short shortage shortages similar
simple single skilled slow slower small smaller smart social soft software soil solar soldiers solid south southern
space special staff state states steel stock stocks storage store stores storm storms strategic street stress strike
strikes strong stronger structural students such sudden sugar supplier suppliers supply support surplus tanker
tankers target targets tariff tariffs tax taxes teachers tech technology term tests test theft thefts third threat
threats thus tight tighter time times top total tourism tourists tough town toy trade traders traffic train trains
transit transport treasury troops truck trucks trust turnover unions union users vaccine vaccines value vast video
vital voters wage wages war warm water ways weak weaker wealth weapons weather web weekly west western wheat
wholesale wide wider wild wind wine wireless women wood word work workers world worse year years yields yield young
again ahead alone along already although always another anyone anything around away back better big cities clearly
combined compared consider considering did does done driven each every everyone everything expect find five four six
ten eight nine seven eleven twelve twenty twice given gone got hence here hundreds in inside instead it itself keep
kept later lately latest least let lots made make makes maybe meanwhile middle might millions billions thousands
dozens mostly move moves must never nobody nonetheless nor nothing notably now nowadays often once only otherwise
outside overall perhaps plus possibly previously put quite rather roughly seen shall show shows since so some
somebody someone something sometimes soon still take taken takes taking tens then thereby therefore think thought
though tonight toward turn turns under unlike until upcoming use used using usually via want wants was well went
were whatever whenever whereas wherever whether why win wins yes yet agreement abroad adding aside asked based
because becoming beyond cutting mr mrs ms dr sir lord king queen chairman chairwoman executive officer secretary
senator governor mayor judge professor director head spokesman spokeswoman ceo cfo cto vp pm mp
"""
_GERMAN = """
geld prozent jahr jahre million millionen milliarde milliarden euro dollar land welt markt grund druck bedarf angebot
umsatz gewinn verlust anfang ende mitte teil strom stahl gas öl lohn rat zeit woche monat montag dienstag mittwoch
donnerstag freitag samstag sonntag wind wasser krieg handel export import bund staat zoll kern ziel zugang
"""
_WORDS = frozenset(_ENGLISH.split()) | STOPWORDS
_GERMAN_WORDS = frozenset(_GERMAN.split()) | STOPWORDS
_ENDING = re.compile(
    r".{2,}(?:tions?|sions?|ments?|ings?|ers|ors|ists?|ness(?:es)?|ity|ities|ances?|ences?|ships?|isms?|ures?|ages?|ants?|ents?"
    r"|ary|aries|ful|less|able|ible|ous|ive|ives|ally|ly|ical|ial|ional|ed|ied|ries|ies|sses|ches|shes|ths?|tors|wards?)"
)
# Endings of German nouns and of their plurals; and what stands before a noun that is no name.
_GERMAN_ENDING = re.compile(
    r".{2,}(?:e|en|er|ern|eln|ung|heit|keit|schaft|tion|tät|ismus|nis|tum|chen|ling|mus|ment|age|ur|ik)s?"
)
_GERMAN_BEFORE = re.compile(
    r"d(?:er|ie|as|en|em|es)|k?eine?[mnrs]?|(?:mein|dein|sein|ihr|unser)e?[mnrs]?|i[mn]s|im|am|ans|zu[mr]|vom|beim|fürs"
    r"|mehr|weniger|viel|kein|ohne|pro|\w{3,}e[mnrs]?"
)


def ordinary(word: str, language: str = "") -> bool:
    """Whether `word` (case folded) is known or built like an ordinary word."""
    if language == "de":
        return word in _GERMAN_WORDS or _GERMAN_ENDING.fullmatch(word) is not None
    return word in _WORDS or word.removesuffix("s") in _WORDS or _ENDING.fullmatch(word) is not None


def german_noun(before: str, word: str) -> bool:
    """Whether a German word with a capital is likely a common noun: by its ending, or by the word `before` it."""
    return ordinary(word, "de") or _GERMAN_BEFORE.fullmatch(before) is not None
