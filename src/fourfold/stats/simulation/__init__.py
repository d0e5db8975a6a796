"""Invented programmes with a planted truth, and the study of which methods find it.

`draw` invents one `Programme`; `run` studies every `Scenario` and gives a `Verdict` on each method; `as_markdown` writes
the table. The command is `fourfold simulate`.
"""

from fourfold.stats.simulation.generator import draw
from fourfold.stats.simulation.methods import Marks, Method, Scenario
from fourfold.stats.simulation.records import Episodes, FirstActs, all_episodes, first_acts_known, until_first
from fourfold.stats.simulation.study import FULL, SEED, SMOKE, Verdict, run, scenarios
from fourfold.stats.simulation.table import as_lines, as_markdown
from fourfold.stats.simulation.terms import Drawn, Programme, Sealed, Seen
