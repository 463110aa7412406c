"""Claims: invented numbers, names and negations are seen, honest paraphrases pass."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.decisions.claims import unsupported

ACME = (
    "Acme Corp. said on Tuesday it would not reopen its plant in Dresden, where 1,200 people work, before 2027. "
    "The company blamed weak demand for memory chips and rising energy costs."
)
CHINA = (
    "China’s commerce ministry cut exports of gallium by 40 per cent in the third quarter, worth about $2 bn, "
    "and Chinese officials told the U.S. delegation that quotas would stay. Beijing has not lifted the ban on antimony."
)
COURT = (
    "The court did not approve the merger of Beta Bank and Gamma Trust. Judge Ana Ruiz said the Securities and "
    "Exchange Commission had failed to show harm to investors, but she found the plan unfair to small shareholders."
)
MODEL = (
    "Researchers at OpenLab trained the model on 2,000 H100 chips in 55 days, for a tenth of what GPT-4 is said to "
    "have cost. The European Union will ask its twelve members for comment."
)
EURO = (
    "Der Konzern Zeta AG erwartet 2025 einen Umsatz von 1,5 Milliarden Euro. Die Behörde genehmigte die Übernahme "
    "nicht, weil der Wettbewerb leiden würde. Der Chef Olaf Brandt will zwölf Werke in Bayern behalten."
)
FRANCE = (
    "Le groupe Delta n'a pas vendu son usine de Lyon. Il prévoit 3,5 millions d'euros de pertes, a déclaré Marie "
    "Curel. Le gouvernement français soutient la filière."
)
SPAIN = "La empresa Épsilon no cerrará su planta de Vigo en 2026, donde trabajan 1.200 personas, dijo Luis Gil."
JAPAN = "トヨタ自動車はインドに新工場を建設しないと発表した。投資額は500億円だった。"

SUPPORTED = [
    (ACME, "Weak demand for memory chips keeps a plant in Dresden closed.", "en"),
    (ACME, "Acme keeps its Dresden plant shut until 2027 because energy costs rise.", "en"),
    (ACME, "Higher energy costs and weak demand make chip makers postpone capacity.", "en"),
    (ACME, "Acme's plant with 1 200 workers stays closed, so supply will not recover before 2027.", "en"),
    (ACME, "The firm will not reopen the plant.", "en"),
    (ACME, "Producers do not restart capacity while demand is weak.", "en"),
    (ACME, "One maker's decision shows how energy costs decide where chips are made.", "en"),
    (ACME, "Manufacturers leave plants idle when power is dear.", "en"),
    (CHINA, "Chinese export limits on gallium cut supply by 40%.", "en"),
    (CHINA, "China reduced gallium exports by 40 percent in Q3.", "en"),
    (CHINA, "Exports worth 2 billion dollars were affected.", "en"),
    (CHINA, "Exports worth $2,000 million were affected.", "en"),
    (CHINA, "The United States was told that quotas will stay.", "en"),
    (CHINA, "The ban on antimony has not been lifted.", "en"),
    (CHINA, "American buyers depend on a rival's quotas.", "en"),
    (CHINA, "China has never lifted the antimony ban, which keeps supply scarce.", "en"),
    (COURT, "The court rejected the merger of Beta Bank and Gamma Trust.", "en"),
    (COURT, "The SEC did not show that investors were harmed.", "en"),
    (COURT, "Judges now weigh fairness to small shareholders, not only harm to investors.", "en"),
    (COURT, "Judge Ruiz found the plan unfair.", "en"),
    (COURT, "Ruiz's ruling blocks the two banks from joining.", "en"),
    (MODEL, "OpenLab trained on 2000 H100s in 55 days.", "en"),
    (MODEL, "Cheaper training erodes the advantage of those with the most chips.", "en"),
    (MODEL, "The EU asks its 12 members for comment.", "en"),
    (MODEL, "A model that cost far less than GPT-4 shows that scale is one way among others.", "en"),
    (MODEL, "Training costs fall, and with them the barrier to entry.", "en"),
    (EURO, "Zeta erwartet 1,5 Mrd. Euro Umsatz im Jahr 2025.", "de"),
    (EURO, "Die Behörde lehnte die Übernahme ab, weil der Wettbewerb leiden würde.", "de"),
    (EURO, "Die Übernahme wurde nicht genehmigt.", "de"),
    (EURO, "Brandt behält 12 Werke in Bayern, während die Kartellwächter Übernahmen strenger prüfen.", "de"),
    (FRANCE, "Delta garde son usine de Lyon malgré 3,5 millions d'euros de pertes.", "fr"),
    (FRANCE, "L'usine de Lyon n'a pas été vendue.", "fr"),
    (FRANCE, "La France soutient la filière.", "fr"),
    (SPAIN, "Épsilon mantiene su planta de Vigo con 1200 personas.", "es"),
    (SPAIN, "La planta no cerrará en 2026.", "es"),
    (JAPAN, "トヨタ自動車はインドの新工場を建設しない。", "ja"),
]

UNSUPPORTED = [
    (ACME, "Acme keeps 1,300 workers idle.", "en", "number 1,300"),
    (ACME, "The plant stays closed until 2028.", "en", "number 2028"),
    (ACME, "Demand fell by 40 %.", "en", "number 40 %"),
    (ACME, "Acme will reopen its plant in Dresden before 2027.", "en", "opposite"),
    (ACME, "Nvidia closes its plant in Dresden.", "en", "name Nvidia"),
    (ACME, "The plant in Leipzig stays closed.", "en", "name Leipzig"),
    (ACME, "Demand was not weak.", "en", "opposite"),
    (ACME, "The company said on Wednesday that the plant stays shut.", "en", "name Wednesday"),
    (ACME, "Three plants in Dresden stay closed.", "en", "number Three"),
    (ACME, "TSMC gains from the closure.", "en", "name TSMC"),
    (CHINA, "China cut exports of gallium by 40 tonnes and 14 percent.", "en", "number 14 percent"),
    (CHINA, "Exports worth $2 million were hit.", "en", "number $2 million"),
    (CHINA, "Exports worth €2 bn were hit.", "en", "number €2 bn"),
    (CHINA, "Beijing has lifted the ban on antimony.", "en", "opposite"),
    (CHINA, "China cut gallium exports in Q4.", "en", "number Q4"),
    (CHINA, "Japanese buyers were hit.", "en", "name Japanese"),
    (COURT, "The court approved the merger of Beta Bank and Gamma Trust.", "en", "opposite"),
    (COURT, "Judge Maria Ruiz found the plan unfair.", "en", "name Maria"),
    (COURT, "The Federal Trade Commission failed to show harm.", "en", "name Federal"),
    (COURT, "She found that the plan was not unfair to small shareholders.", "en", "opposite"),
    (MODEL, "OpenLab trained on H200 chips.", "en", "name H200"),
    (MODEL, "The model costs less than GPT-5.", "en", "number 5"),
    (MODEL, "DeepMind trained the model in 55 days.", "en", "name DeepMind"),
    (MODEL, "Scale is no longer the only way.", "en", "negation"),
    (MODEL, "Researchers did not publish the weights.", "en", "negation"),
    (MODEL, "The European Union will never ask its members.", "en", "negation"),
    (EURO, "Die Behörde genehmigte die Übernahme.", "de", "opposite"),
    (EURO, "Zeta erwartet 2,5 Milliarden Euro.", "de", "number 2,5 Milliarden Euro"),
    (EURO, "Die BaFin prüft die Übernahme.", "de", "name BaFin"),
    (EURO, "Nvidia erwartet mehr Umsatz.", "de", "name Nvidia"),
    (FRANCE, "Le groupe Delta a vendu son usine de Lyon.", "fr", "opposite"),
    (FRANCE, "Le groupe Delta garde son usine de Lille.", "fr", "name Lille"),
    (SPAIN, "La empresa Épsilon cerrará su planta de Vigo.", "es", "opposite"),
    (SPAIN, "La planta de Bilbao sigue abierta.", "es", "name Bilbao"),
    (JAPAN, "ソフトバンクは新工場を建設しない。", "ja", "name ソフトバンク"),
    (JAPAN, "投資額は700億円だった。", "ja", "number 700億円"),
]


@pytest.mark.parametrize(("source", "said", "language"), SUPPORTED)
def test_what_the_paragraph_says_in_other_words_passes(source: str, said: str, language: str) -> None:
    assert unsupported(said, source, language=language) == ()


@pytest.mark.parametrize(("source", "said", "language", "problem"), UNSUPPORTED)
def test_what_the_paragraph_does_not_say_is_named(source: str, said: str, language: str, problem: str) -> None:
    assert any(problem in found for found in unsupported(said, source, language=language))


@pytest.mark.parametrize("source", [ACME, CHINA, COURT, MODEL, EURO, FRANCE, SPAIN, JAPAN])
def test_a_text_supports_itself(source: str) -> None:
    assert unsupported(source, source) == ()


@pytest.mark.parametrize(
    ("said", "source"),
    [
        ("2 billion", "2,000 million"),
        ("2bn", "2.000 Millionen"),
        ("1,234.5 tonnes", "1 234,5 tonnes"),
        ("1234", "1.234"),
        ("40 %", "40 to 50 per cent"),
        ("$2 billion", "between $2 and $3 billion"),
        ("2024", "2023-24"),
        ("third quarter", "Q3"),
        ("12", "twelve"),
        ("twenty-five", "25"),
        ("a billion", "$1bn"),
        ("3", "third"),
        ("1.2 billion yuan", "12亿元"),
        ("45", "٤٥"),
    ],
)
def test_a_number_in_another_dress_is_the_same(said: str, source: str) -> None:
    assert unsupported(said, source) == ()


@pytest.mark.parametrize(
    ("said", "source"),
    [
        ("2 billion", "2 million"),
        ("40 %", "40 people"),
        ("$2", "€2"),
        ("1,234", "12,34"),
        ("15", "1 5"),
        ("three", "two"),
    ],
)
def test_another_number_is_not(said: str, source: str) -> None:
    assert unsupported(said, source) == (f"the number {said}",)


@given(
    st.text(alphabet=st.characters(), max_size=80), st.text(alphabet=st.characters(), max_size=80), st.text(max_size=3)
)
def test_it_answers_whatever_it_is_given(said: str, source: str, language: str) -> None:
    for item in unsupported(said, source, language=language):
        assert 0 < len(item) <= 120


MIXED = ("no", "not", "1", "2,000", "bn", "$", "%", "Acme", "EU", "AI", "did", "approve", "never", "the", ".", ",", "-")


@given(st.lists(st.sampled_from(MIXED), max_size=12))
def test_hostile_mixtures_are_always_supported_by_themselves(pieces: list[str]) -> None:
    said = " ".join(pieces)
    assert not any(item.startswith(("the number", "the name")) for item in unsupported(said, said))
