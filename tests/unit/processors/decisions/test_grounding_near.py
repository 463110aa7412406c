"""Near misses: a slip of the pen is mended to the article's own words, a changed fact never."""

from __future__ import annotations

import random
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.decisions.grounding import MOST_QUOTE, Grounded, Refused, ground, paragraph_of, widen
from processors.decisions.text.sentences import sentences

TEXT = """Acme cuts output

Acme Corp. said on Tuesday it would not reopen its plant in Dresden, where 1,200 people work, before 2027. The company \
blamed weak demand for memory chips and rising energy costs, which analysts at Beta Research say have doubled since \
last spring. “We cannot sell at a loss,” said Ana Ruiz, its chief executive. Lenders approved a loan of $3.5 billion \
to the group after long talks with the government.

Rivals in South Korea, Samsung among them, are expanding quickly and hiring engineers from the closed plant.

Der Vorstand rechnet nicht mit einer schnellen Erholung des Marktes und will die Kosten weiter senken. Le groupe ne \
compte pas vendre ses usines européennes avant la fin de l'année prochaine. La empresa nunca pagó dividendos a sus \
accionistas durante la crisis financiera.

中国政府は半導体の輸出を規制した。米国は反対した。

ราคาข้าวเพิ่มขึ้นอย่างรวดเร็วในปีนี้

رفعت الحكومة أسعار الوقود في العاصمة أمس؟ لم يعلق الوزير."""

MENDED = [
    # altered, misspelt, added, dropped words
    (
        "The company blamed weak demand for memory chip and rising energy costs",
        "blamed weak demand for memory chips and",
    ),
    (
        "The company blamed weak demnd for memory chips and rising energy costs",
        "blamed weak demand for memory chips and",
    ),
    ("The company blamed very weak demand for memory chips and rising energy costs", "blamed weak demand"),
    ("The company blamed weak demand for chips and rising energy costs", "weak demand for memory chips and rising"),
    ("The company blames weak demand for memory chips and rising energy costs", "blamed weak demand for memory"),
    ("The firm blamed weak demand for memory chips and rising energy costs", "company blamed weak demand for memory"),
    (
        "Lenders approved a loan of $3.5 billion to the group after lengthy talks with the government",
        "after long talks",
    ),
    ("to the group after long talks with their government", "long talks with the government"),
    ("Lenders have approved a loan of $3.5bn to the group after long talks", "approved a loan of $3.5 billion to"),
    ("Der Vorstand rechnet nicht mit einer schnelle Erholung des Marktes", "einer schnellen Erholung"),
    # dropped or changed punctuation
    ("“We cannot sell at a loss” said Ana Ruiz its chief executive", "We cannot sell at a loss,” said Ana Ruiz, its"),
    ("Rivals in South Korea - Samsung among them - are expanding quickly", "South Korea, Samsung among them, are"),
    # elided
    ("The company blamed weak demand … which analysts at Beta Research say", "demand for memory chips and rising"),
    ("The company blamed weak demand [...] and rising energy costs", "for memory chips"),
    (
        "Lenders approved a loan ... after long talks (…) government.",
        "of $3.5 billion to the group after long talks with the",
    ),
    ("中国政府は…規制した", "中国政府は半導体の輸出を規制した"),
    ("The company blamed weak demnd for memory chips … have doubled since last spring", "say have doubled since last"),
    # bracketed
    ("[The firm] blamed weak demand for memory chips and rising energy costs", "blamed weak demand for memory chips"),
    ("[I]t would not reopen its plant in Dresden", "it would not reopen its plant in Dresden"),
    ("it would not reopen [the company's] plant in Dresden", "would not reopen its plant in Dresden"),
    ("analysts at Beta Research say [energy costs] have doubled since last spring", "say have doubled"),
    ("Rivals in South Korea, Samsung among [the rivals], are expand[ing] quickly", "Samsung among them, are expanding"),
    # widened to words in other scripts, exact but for punctuation
    ("ราคาข้าวเพิ่มขึ้น อย่างรวดเร็ว", "ราคาข้าวเพิ่มขึ้นอย่างรวดเร็ว"),
    ("رفعت الحكومة، أسعار الوقود", "رفعت الحكومة أسعار الوقود"),
]

REFUSED = [
    # numbers
    ("where 1,300 people work, before 2027. The company blamed weak demand", "a number"),
    ("it would not reopen its plant in Dresden, where 1,200 people work, before 2028", "a number"),
    ("Lenders approved a loan of $3.5 million to the group after long talks", "a number"),
    ("Lenders approved a loan of €3.5 billion to the group after long talks", "a number"),
    ("Lenders approved a loan of 3.5 billion to the group after long talks", "a number"),
    ("Lenders approved two loans of $3.5 billion to the group after long talks", "a number"),
    ("Lenders approved a loan of $3.5 billion … talks with the 7 governments", ""),
    # names
    ("Acme Inc. said on Tuesday it would not reopen its plant in Dresden", "a name"),
    ("Acme Corp. said on Wednesday it would not reopen its plant in Dresden", "a name"),
    ("Acme Corp. said on Tuesday it would not reopen its plant in Leipzig", "a name"),
    ("which analysts at Gamma Research say have doubled since last spring", "a name"),
    ("Rivals in North Korea, Samsung among them, are expanding quickly", "a name"),
    ("Rivals in South Korea, SK Hynix among them, are expanding quickly", "a name"),
    ("Nvidia blamed weak demand for memory chips and rising energy costs", "a name"),
    ("“We cannot sell at a loss,” said Anna Ruiz, its chief executive", "a name"),
    # negations and opposites
    ("Acme Corp. said on Tuesday it would reopen its plant in Dresden, where 1,200 people work", "a negation"),
    ("Lenders never approved a loan of $3.5 billion to the group", "a negation"),
    ("“We can sell at a loss,” said Ana Ruiz, its chief executive", ""),
    ("Acme Corp. said on Tuesday it would … reopen its plant in Dresden", "a negation"),
    ("The company [has not] blamed weak demand for memory chips", "a negation"),
    ("Der Vorstand rechnet mit einer schnellen Erholung des Marktes und will die Kosten", "a negation"),
    ("Le groupe compte vendre ses usines européennes avant la fin de l'année prochaine", "a negation"),
    ("La empresa pagó dividendos a sus accionistas durante la crisis financiera", "a negation"),
    ("Lenders rejected a loan of $3.5 billion to the group after long talks", "opposite"),
    ("Lenders approved a loan of $3.5 billion to the group before long talks", "opposite"),
    ("The company blamed weak demand for memory chips and falling energy costs", "opposite"),
    ("Rivals in South Korea, Samsung among them, are shrinking", "opposite"),
    # scripts without capitals: any changed sign may be another name
    ("米国政府は半導体の輸出を規制した", "a word"),
    ("中国政府は半導体の輸出を緩和した", "a word"),
    ("رفعت الحكومة أسعار الخبز في العاصمة أمس", "a word"),
    # paraphrases, translations, inventions
    ("Demand for memory chips is weak and energy costs have risen, the company said", ""),
    ("Weak chip demand and higher energy costs were blamed by the company", ""),
    ("The loan of $3.5 billion that lenders granted the group followed long talks", ""),
    ("L'entreprise a mis en cause la faible demande de puces mémoire", ""),
    ("The company plans to build rockets", ""),
    ("of the and to a", ""),
    # ellipses that bridge too much, or in another order
    ("Acme cuts output … hiring engineers from the closed plant", ""),
    ("rising energy costs … The company blamed weak demand", "an ellipsis"),
]


def _reason(result: Grounded | Refused) -> str:
    assert isinstance(result, Refused), result
    assert len(result.reason) <= 500
    return result.reason


@pytest.mark.parametrize(("quote", "wanted"), MENDED)
def test_a_slip_is_mended_to_the_articles_own_words(quote: str, wanted: str) -> None:
    anchor = wanted[:2] if not wanted.isascii() else wanted.split()[1]
    result = ground(TEXT, quote, anchor)
    assert isinstance(result, Grounded), result
    assert wanted in result.quote
    assert TEXT[result.start : result.end] == result.quote
    assert result.how == "aligned"
    assert anchor in result.quote


@pytest.mark.parametrize(("quote", "reason"), REFUSED)
def test_a_changed_fact_is_refused_with_its_reason(quote: str, reason: str) -> None:
    assert reason in _reason(ground(TEXT, quote, "e"))


def test_a_refusal_shows_the_closest_passage() -> None:
    reason = _reason(ground(TEXT, "it would not reopen its plant in Dresden, where 1,300 people work", "plant"))
    assert reason == (
        "the quote is not the text's: it changes a number; the closest passage is: "
        "it would not reopen its plant in Dresden, where 1,200 people work"
    )


def test_the_anchor_must_survive_the_mending() -> None:
    quote = "The company blamed weak demnd for memory chips and rising energy costs"
    assert isinstance(ground(TEXT, quote, "memory chips"), Grounded)
    assert _reason(ground(TEXT, quote, "weak demnd")) == "the anchor does not lie inside the quote"


def test_an_aligned_quote_stays_inside_its_window() -> None:
    quote = "The company blamed weak demnd for memory chips and rising energy costs"
    at = TEXT.index("The company")
    assert isinstance(ground(TEXT, quote, "memory", start=at), Grounded)
    assert isinstance(ground(TEXT, quote, "memory", end=at + 30), Refused)


def test_what_stands_next_to_an_ellipsis_is_the_nearest_of_several() -> None:
    text = "Prices rose in May. Traders blamed the dry spring. Prices rose in June. Traders saw the dry weather end."
    result = ground(text, "Traders blamed … Prices rose", "Traders")
    assert isinstance(result, Grounded)
    assert result.quote == "Traders blamed the dry spring. Prices rose"


CORPUS = """
The port authority won’t re-open the quay — insurers left, costs rose 40 % and “nobody wants to pay”, it said.
Three makers of memory chips cut output by 12.5 % in the naïve hope that prices would recover… they did not.
Die Bahn will 1.200 Züge kaufen – „so schnell wie möglich“, sagte die Ministerin; das Geld fehlt noch.
Größere Städte dürfen Maß halten, heißt es im Entwurf, doch die Fläche bleibt knapp.
Le gouvernement n’a pas augmenté l’aide : « nous attendons l’été », a dit le ministre de l’Économie.
L’œuvre coûtera 3,5 millions d’euros, soit deux fois plus que prévu l’an dernier.
El año pasado la compañía cerró su fábrica de Logroño; ¿quién pagará los daños?, preguntó la alcaldesa.
O preço do café subiu – a colheita não chegou a tempo, explicou a associação.
Правительство не повысило налог на нефть, — сообщило министерство в среду.
Η κυβέρνηση αύξησε τους φόρους στα καύσιμα πέρυσι, είπε ο υπουργός.
中国政府は「半導体」の輸出を規制した。価格は三倍になった。
央行宣布下调存款准备金率，市场反应平淡。专家表示影响有限。
정부는 반도체 수출 규제를 완화하지 않겠다고 “분명히” 밝혔다.
ราคาข้าวเพิ่มขึ้นอย่างรวดเร็ว รัฐบาลยังไม่ตอบ
رفعت الحكومة أسعار الوقود في العاصمة أمس، ولم يعلق الوزير.
הממשלה העלתה את המסים על הדלק, והשר לא הגיב.
सरकार ने चीनी के निर्यात पर रोक लगाई, कीमतें बढ़ गईं।
The deal, worth $2.1bn, “isn’t done”, the firm’s co-founder said (he left in 2019).
"""

DRESSES = {
    " ": (" ", "\u00a0", "  ", "\n", "\u2009", "\u202f"),
    "“": ('"', "„", "«", "'"), "”": ('"', "»", "'"), "„": ('"', "“"), "«": ('"', "“"), "»": ('"', "”"),
    "「": ("『", '"'), "」": ("』", '"'), "’": ("'", "ʼ", "`", "‘"),
    "—": ("–", "--", "-", "―"), "–": ("—", "-", "−"), "-": ("‐", "\u2011", "–"),
    "…": ("...", ". . .", "…"), "é": ("e\u0301",), "ü": ("u\u0308",), "ñ": ("n\u0303",), "ï": ("i\u0308",),
    "%": ("%", "％"), "(": ("(", "（"), "。": ("。", "｡"), "，": ("，", ","),
}  # fmt: skip
INVISIBLES = ("\u00ad", "\u200b", "\u2060", "\ufeff", "\u200e", "\u200f")


def _dressed(rng: random.Random, words: str) -> str:
    out = []
    for character in words:
        out.append(rng.choice(DRESSES.get(character, (character,))))
        if rng.random() < 0.05:
            out.append(rng.choice(INVISIBLES))
    quote = "".join(out)
    form = rng.randrange(6)
    if form == 0:
        quote = unicodedata.normalize("NFD", quote)
    elif form == 1:
        quote = unicodedata.normalize("NFKC", quote)
    elif form == 2:
        quote = f"“{quote}”"
    elif form == 3:
        quote = f"…{quote}…"
    elif form == 4:
        quote = quote.rstrip(".,;。") + rng.choice(("", ".", " "))
    return quote


def test_of_a_thousand_quotes_in_another_dress_990_are_recovered() -> None:
    rng = random.Random(20261015)
    lines = CORPUS.strip().split("\n")
    recovered = 0
    for _ in range(1000):
        rng.shuffle(lines)
        article = "\n\n".join(" ".join(lines[k : k + 3]) for k in range(0, len(lines), 3))
        first, last = rng.choice(sentences(article))
        if rng.random() < 0.5 and last - first > 24:  # a part of the sentence
            first += rng.randrange(0, 8)
            last -= rng.randrange(0, 8)
        quote = _dressed(rng, article[first:last])
        result = ground(article, quote, max(quote.strip("…“”").split(), key=len))
        if isinstance(result, Grounded):
            assert article[result.start : result.end] == result.quote
            assert result.anchor in result.quote
            # the true place, but for marks around it
            recovered += abs(result.start - first) <= 12 and abs(result.end - last) <= 12
    assert recovered >= 990, recovered


ANY = st.text(alphabet=st.characters(), max_size=120)


@given(ANY, ANY, ANY)
def test_any_text_lone_surrogates_too_is_answered(text: str, quote: str, anchor: str) -> None:
    result = ground(text, quote, anchor)
    if isinstance(result, Grounded):
        assert text[result.start : result.end] == result.quote
        wide = widen(text, result)
        assert text[wide.start : wide.end] == wide.quote
        assert wide.start <= result.start < result.end <= wide.end
        assert wide.anchor in wide.quote


WORDS = (
    "the", "firm", "Acme", "Beta", "will", "not", "no", "never", "approve", "a", "sale", "of", "12", "1,300", "$5",
    "bn", "chips", "…", "[it]", ".", ",", "nicht", "to", "banks", "rose", "fell", "40", "%", "\n\n",
    "中国", "米国", "輸出",
)  # fmt: skip


@given(st.lists(st.sampled_from(WORDS), max_size=30), st.lists(st.sampled_from(WORDS), max_size=14), st.data())
def test_mixtures_are_only_ever_quoted_from_the_text(
    text_words: list[str], quote_words: list[str], data: st.DataObject
) -> None:
    text, quote = " ".join(text_words), " ".join(quote_words)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    for result in (ground(text, quote, "a"), ground(text, quote, "a", start=start, end=end)):
        if isinstance(result, Grounded):
            assert text[result.start : result.end] == result.quote
            assert result.anchor in result.quote
            assert len(result.quote) <= MOST_QUOTE


FACTS = (
    "1,200",
    "2027",
    "not",
    "Dresden",
    "Tuesday",
    "Corp",
    "cannot",
    "Ana",
    "3.5",
    "billion",
    "Beta",
    "nicht",
    "nunca",
)
OTHERS = ("1,201", "12", "2026", "Leipzig", "Friday", "surely", "", "million", "no", "Gamma", "never", "Inc", "zwei")


@given(st.sampled_from(FACTS), st.sampled_from(OTHERS), st.integers(0, 40), st.integers(0, 40))
def test_a_changed_number_name_or_negation_is_never_accepted(fact: str, other: str, before: int, behind: int) -> None:
    at = TEXT.index(fact)
    left = TEXT.rfind(" ", 0, max(0, at - before - 20)) + 1
    right = TEXT.index(" ", at + len(fact) + behind + 20)
    quote = f"{TEXT[left:at]}{other}{TEXT[at + len(fact) : right]}"
    result = ground(TEXT, quote, "e")
    assert isinstance(result, Refused), (quote, result)


def test_a_quote_is_widened_to_its_sentences() -> None:
    company = TEXT[TEXT.index("The company") : TEXT.index(" “We cannot")]
    for quote, wanted in (
        ("blamed weak demand", company),
        ("at a loss", "“We cannot sell at a loss,” said Ana Ruiz, its chief executive."),
        ("半導体の輸出", "中国政府は半導体の輸出を規制した。"),
        ("لم يعلق", "لم يعلق الوزير."),
        ("cuts", "Acme cuts output"),
    ):
        found = ground(TEXT, quote, quote[:3])
        assert isinstance(found, Grounded)
        wide = widen(TEXT, found)
        assert wide.quote == wanted
        assert TEXT[wide.start : wide.end] == wide.quote
        assert wide.anchor == found.anchor


def test_widening_keeps_to_its_window_and_to_the_longest_quote() -> None:
    found = ground(TEXT, "weak demand", "weak")
    assert isinstance(found, Grounded)
    assert widen(TEXT, found, start=found.start, end=found.end) == found
    long = f"start {'word ' * 2000}end."
    middle = ground(long, "start word", "word")
    assert isinstance(middle, Grounded)
    assert widen(long, middle) == middle


def test_the_paragraph_around_a_quote() -> None:
    at = TEXT.index("Samsung")
    assert paragraph_of(TEXT, at, at + 7).startswith("Rivals in South Korea")
    assert paragraph_of(TEXT, at, at + 7).endswith("closed plant.")
    assert paragraph_of(TEXT, 0, 4) == "Acme cuts output"


def test_hostile_sizes_are_answered() -> None:
    text = "a " * 100_000
    assert isinstance(ground(text, "a " * 1999 + "b", "a"), Refused)
    assert isinstance(ground(text, "x" * 100_000, "a"), Refused)
    assert isinstance(ground(text, "a … " * 900, "a"), Refused)
    assert isinstance(ground("中" * 100_000, "中" * 3000 + "国", "中"), Refused)
