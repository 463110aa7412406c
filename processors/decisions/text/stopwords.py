"""Words that say nothing about what a text is about, in English, German, French and Spanish.

Foreign function words that are English content words ("war", "die", "car", "son", "ai", …) are left out: they
are frequent in their own language, so inverse document frequency takes care of them there.
"""

from __future__ import annotations

from typing import Final

_ENGLISH = """
a about above after again against all also although am among an and any are aren't as at be because been
before being below between both but by can can't cannot could couldn't did didn't do does doesn't doing
don't down during each either else even ever every few for from further get gets getting goes going got had
hadn't has hasn't have haven't having he he'd he'll he's her here hers herself him himself his how however i
i'd i'll i'm i've if in into is isn't it it's its itself just let's like ll made make makes may me might
more most much must my myself near neither no nor not now of off on once one only or other others our ours
ourselves out over own per put rather re really s said same say says see she she'd she's should shouldn't
since so some still such t than that that's the their theirs them themselves then there there's these they
they'd they'll they're they've this those though through thus to too toward two under until up upon us very
via was wasn't we we'd we'll we're we've were weren't what what's when where whether which while who who's
whom whose why will with within without won't would wouldn't yet you you'd you'll you're you've your yours
yourself yourselves according amid along around another became become becomes new told today yesterday
tomorrow monday tuesday wednesday thursday friday saturday sunday
"""
_GERMAN = """
aber alle allem allen aller alles als also am an andere anderen auch auf aus bei beim bis bist da dabei
dadurch damit dann das dass dazu dein dem den denn der des dessen deren dich dies diese diesem diesen dieser
dieses doch dort du durch ein eine einem einen einer eines er es etwa etwas euch für gegen gibt haben hatte
hatten hier hinter ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im immer in ins ist ja jede jedem jeden
jeder jedes jetzt kann kein keine keinen können mehr mein mit muss müssen nach nicht nichts noch nun nur ob
oder ohne sagte schon sehr sei sein seine seinem seinen seiner seit sich sie sind so sogar sowie über um und
uns unser unter vom von vor waren warum was weil weiter welche wenn wer werden wie wieder will wir wird wo
worden wurde wurden zu zum zur zwar zwischen
"""
_FRENCH = """
afin ainsi alors après au aucun aussi autre aux avait avant avec avoir ce cela ces cet cette ceux chez comme
contre dans de depuis des deux donc dont du elle elles en encore entre et étaient était été être eu faire il
ils je jusqu l la le les leur leurs lors lui ma mais me même mes moins mon ne ni non nos notre nous on ont
ou où par parce pendant peu peut plusieurs pourquoi qu quand que quel quelle qui quoi sa se selon sera ses
si sont sous sur ta te tes tous tout toute toutes très tu un une va vers vos votre vous
"""
_SPANISH = """
al algo algunos ante antes aquel así aunque bajo bien cada como contra cual cuando de del desde donde
durante el él ella ellas ellos en entre es esa ese eso esta está están este esto estos fue fueron ha había
han hasta hay la las le les lo los más me mi mientras muy nada ni no nos o otra otro otros para pero poco
por porque que qué quien se según ser si sí sido sin sobre solo su sus también tanto te tiene tienen todo
todos tras tu un una uno unos ya y
"""

STOPWORDS: Final[frozenset[str]] = frozenset(
    word for language in (_ENGLISH, _GERMAN, _FRENCH, _SPANISH) for word in language.split()
)
