"""What people do, by those who measured it, and what was found beside it."""

from __future__ import annotations

import math
from dataclasses import dataclass

SOURCES: dict[str, str] = {
    "Andrist 2013": "Andrist, Mutlu & Gleicher 2013, Conversational gaze aversion for virtual "
    "agents, IVA: lengths of looks at and away from the other, while speaking and listening",
    "Argyle 1976": "Argyle & Cook 1976, Gaze and mutual gaze: 41 % of the time while speaking, "
    "75 % while listening",
    "Bahill 1975": "Bahill, Clark & Stark 1975, The main sequence, a tool for studying human eye "
    "movements, Math. Biosci. 24; Baloh et al. 1975, Neurology 25: 551 (1 - exp(-A / 14)) deg/s, "
    "filtered; Carpenter 1988: 21 ms + 2.2 ms a degree, which makes 260 deg/s of 5 degrees",
    "Bahill, Adler 1975": "Bahill, Adler & Stark 1975, Most naturally occurring human saccades "
    "have magnitudes of 15 degrees or less, Invest. Ophthalmol. 14: 86 %",
    "Banse 1996": "Banse & Scherer 1996, Acoustic profiles in vocal emotion expression, JPSP 70; "
    "Juslin & Laukka 2003, Psychol. Bull. 129",
    "Busso 2007": "Busso et al. 2007, Rigid head motion in expressive speech animation, IEEE TASLP "
    "15: more of it the more there is felt, and in speech than out of it",
    "Cave 1996": "Cavé et al. 1996, About the relationship between eyebrow movements and F0 "
    "variations, ICSLP: 71 % of the raises go with a rise of pitch",
    "Doughty 2001": "Doughty 2001, Consideration of three types of spontaneous eyeblink activity "
    "in normal humans, Optom. Vis. Sci. 78: 95 % ranges by state",
    "Evinger 1991": "Evinger, Manning & Sibony 1991, Eyelid movements: mechanisms and normal data, "
    "IOVS 32: lids fall about twice as fast as they rise",
    "Hadar 1983": "Hadar et al. 1983, Kinematics of head movements accompanying speech during "
    "conversation, Hum. Mov. Sci. 2: slow movements 0.2 to 1.8 Hz, rapid ones up to 7 Hz",
    "Harrison 2008": "Harrison et al. 2008 and Jie et al. 2019: 10 to 20 % of blinks are partial",
    "Hixon 1973": "Hixon, Goldman & Mead 1973, JSHR 16; McFarland 2001, JSLHR 44: breaths a minute "
    "and the share of each that goes in, at rest and in speech",
    "Kendon 1967": "Kendon 1967, Some functions of gaze-direction in social interaction, Acta "
    "Psychol. 26: over 70 % of long utterances begin with a look away and end with one at the "
    "other",
    "Lee 2002": "Lee, Badler & Badler 2002, Eyes alive, SIGGRAPH: looks at and away from the other",
    "Maynard 1987": "Maynard 1987, J. Pragmatics 11; Dittmann & Llewellyn 1968, JPSP 9: listeners "
    "nod at the ends of clauses",
    "Nakano 2010": "Nakano & Kitazawa 2010, Eyeblink entrainment at breakpoints of speech, Exp. "
    "Brain Res. 205: speakers blink at the ends of what they say",
    "Ponder 1927": "Ponder & Kennedy 1927, On the act of blinking, Q. J. Exp. Physiol. 18: "
    "irregular and skewed",
    "VanderWerf 2003": "VanderWerf et al. 2003, Eyelid movements: behavioral studies of blinking "
    "in humans, J. Neurophysiol. 89: closing 92 ± 17 ms, opening 242 ± 55 ms",
    "Yehia 2002": "Yehia, Kuratate & Vatikiotis-Bateson 2002, Linking facial animation, head "
    "motion and speech acoustics, J. Phonetics 30: F0 from the head; Munhall et al. 2004",
    "Zangemeister 1981": "Zangemeister, Jones & Stark 1981, Dynamics of head movement trajectories",
    "design": "A bound of our own: nobody has measured it in people",
}
"""Publications by the short names under which findings cite them."""

LIKE_PEOPLE, UNLIKE, OPEN = "as people", "OUTSIDE", "–"


@dataclass(frozen=True, slots=True)
class Range:
    """Between what people's figures lie; ``ours`` if the source gives only a mean or a direction,
    and the range about it was set here."""

    low: float | None
    high: float | None
    source: str
    ours: bool = True

    def __str__(self) -> str:
        if self.high is None:
            text = f"≥ {self.low:g}"
        elif self.low is None:
            text = f"≤ {self.high:g}"
        else:
            text = f"{self.low:g} to {self.high:g}"
        return f"~ {text}" if self.ours else text


_VOICE, _OF_LIPS = "with the voice", "lip-sync"
RANGES: dict[tuple[str, str], Range] = {
    ("blinks", "a minute, while talking"): Range(10.5, 32.5, "Doughty 2001", False),
    ("blinks", "a minute, while listening"): Range(6, 21, "Doughty 2001"),
    ("blinks", "a minute, when nobody speaks"): Range(8, 21, "Doughty 2001", False),
    ("blinks", "interval, median"): Range(1.2, 5, "Doughty 2001"),
    ("blinks", "interval, spread over mean"): Range(0.5, 1.1, "Ponder 1927"),
    ("blinks", "interval, mean over median"): Range(1.03, 1.8, "Ponder 1927"),
    ("blinks", "at ends of phrases, times chance"): Range(1.2, 4, "Nakano 2010"),
    ("blinks", "closing takes"): Range(58, 126, "VanderWerf 2003", False),
    ("blinks", "opening takes"): Range(132, 352, "VanderWerf 2003", False),
    ("blinks", "closing speed over opening speed"): Range(1.5, 3.2, "Evinger 1991"),
    ("blinks", "that are partial"): Range(5, 25, "Harrison 2008"),
    ("gaze", "saccades, fastest (main sequence)"): Range(400, 750, "Bahill 1975"),
    ("gaze", "main sequence at 5°"): Range(140, 260, "Bahill 1975"),
    ("gaze", "main sequence at 10°"): Range(240, 420, "Bahill 1975"),
    ("gaze", "saccades up to 15°"): Range(80, 100, "Bahill, Adler 1975"),
    ("gaze", "fixation while talking, median"): Range(0.2, 1.2, "Lee 2002"),
    ("gaze", "at the viewer while talking"): Range(40, 80, "Argyle 1976"),
    ("gaze", "one look at the viewer, talking"): Range(1.9, 6.1, "Andrist 2013"),
    ("gaze", "one look away, talking"): Range(0.6, 3.5, "Lee 2002"),
    ("gaze", "at the viewer while listening"): Range(62, 95, "Argyle 1976"),
    ("gaze", "one look at the viewer, listening"): Range(4, 11, "Andrist 2013"),
    ("gaze", "one look away, listening"): Range(0.3, 1.4, "Lee 2002"),
    ("gaze", "turns that begin with a look away"): Range(35, 90, "Kendon 1967"),
    ("gaze", "turns that end at the viewer"): Range(70, 100, "Kendon 1967"),
    ("head", "power below 1 Hz"): Range(40, 95, "Hadar 1983"),
    ("head", "power 1 to 2 Hz"): Range(2, 40, "Hadar 1983"),
    ("head", "power 2 to 5 Hz"): Range(0.5, 25, "Hadar 1983"),
    ("head", "power above 6 Hz"): Range(None, 1, "Hadar 1983"),
    ("head", "spread of pitch, talking"): Range(1, 6, "Busso 2007"),
    ("head", "spread of yaw, talking"): Range(1, 6, "Busso 2007"),
    ("head", "spread of roll, talking"): Range(1, 6, "Busso 2007"),
    ("head", "speed, talking over silent"): Range(1.5, 8, "Busso 2007"),
    ("head", "speed while talking, 99.9th percentile"): Range(20, 200, "Zangemeister 1981"),
    (_VOICE, "head lift with pitch of voice, r"): Range(0.12, 0.7, "Yehia 2002"),
    (_VOICE, "head lift with loudness, r"): Range(0.08, 0.7, "Yehia 2002"),
    (_VOICE, "brows with pitch of voice, r"): Range(0.1, 0.7, "Cave 1996"),
    (_VOICE, "brows with loudness, r"): Range(0.05, 0.7, "Cave 1996"),
    (_VOICE, "  shifted voice, mean r"): Range(-0.03, 0.03, "design"),
    (_VOICE, "pitch out of six head numbers, R"): Range(0.55, 0.95, "Yehia 2002"),
    (_VOICE, "brow raises with a rise of pitch"): Range(55, 95, "Cave 1996"),
    ("listening", "nods a minute"): Range(2, 15, "Maynard 1987"),
    ("listening", "nod after the other's phrase end"): Range(0, 1, "Maynard 1987"),
    ("listening", "jaw, at most"): Range(None, 0.1, "design"),
    ("breath", "a minute at rest"): Range(10, 20, "Hixon 1973"),
    ("breath", "share that goes in, at rest"): Range(33, 48, "Hixon 1973"),
    ("breath", "a minute while talking"): Range(8, 20, "Hixon 1973"),
    ("breath", "share that goes in, talking"): Range(8, 30, "Hixon 1973"),
    ("camera", "subtle: fastest, picture heights a second"): Range(None, 4, "design"),
    ("camera", "subtle: shift, from end to end"): Range(None, 8, "design"),
    ("camera", "alone: speed in pauses over in phrases"): Range(1, None, "design"),
    ("camera", "lively: fastest"): Range(None, 10, "design"),
    ("camera", "still: moves by"): Range(None, 0, "design"),
    (_OF_LIPS, "jaw, with all layers, r"): Range(0.98, 1, "design"),
    (_OF_LIPS, "jaw, largest difference"): Range(None, 0.15, "design"),
    (_OF_LIPS, "rounding, with all layers, r"): Range(0.98, 1, "design"),
    (_OF_LIPS, "rounding, largest difference"): Range(None, 0.15, "design"),
    (_OF_LIPS, "closures that other layers open"): Range(None, 1, "design"),
    ("cost per 20 ms", "behaviour: all layers, moments and gate"): Range(None, 0.5, "design"),
    ("the whole", "two runs are the same, to the byte"): Range(1, 1, "design"),
}
"""By group and name of the finding. A publication bounds one thing, and people differ."""

ORDERED = Range(80, 100, "Banse 1996")
"""Percent of pairs of manners of speaking whose order is people's."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A figure, to be set beside people's; ``of`` counts what was measured."""

    group: str
    what: str
    value: float
    unit: str = ""
    of: int | None = None

    @property
    def people(self) -> Range | None:
        """People's figures, if anybody has measured them."""
        if self.group == "feeling" and " > " in self.what:
            return ORDERED
        return RANGES.get((self.group, self.what))

    @property
    def verdict(self) -> str:
        """Whether the figure lies within the range; none without a range or a figure."""
        people = self.people
        if people is None or math.isnan(self.value):
            return OPEN
        above = people.low is None or self.value >= people.low
        return (
            LIKE_PEOPLE if above and (people.high is None or self.value <= people.high) else UNLIKE
        )

    def row(self) -> dict[str, str | float | int | bool | None]:
        """For the report; a figure that is none is None."""
        people = self.people or Range(None, None, "", False)
        return {
            "group": self.group,
            "what": self.what.strip(),
            "value": None if math.isnan(self.value) else float(self.value),
            "unit": self.unit,
            "people_low": people.low,
            "people_high": people.high,
            "range_is_ours": people.ours,
            "verdict": self.verdict,
            "of": self.of,
            "source": SOURCES.get(people.source, ""),
        }
