"""What a unit in a new area would cost, what it would change, and whether that is worth it: pure values in, pure values out.

    rows = costs.shipped(changes)               # 21 rows, each with its source; changes name who said otherwise
    team = costs.team_for(expected, rows)       # posts by profession, or any Team that somebody gives
    effect = effects.known(released)            # Known or Unknown, from the predictive interval of a released evaluation
    found = analysis.analyse(expected, team=team, effect=effect, rows=rows, draws=1_000, seed=SEED)

`Analysis` holds the draws with their seed, and everything that a page or a document says of them.
"""
