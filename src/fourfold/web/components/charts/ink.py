"""The colours and sizes of every drawing: the same values as the custom properties of the style sheets.

They are literal here, so that a drawing keeps its colours in a document where no style sheet reaches it.
"""

INK = "#0b0c0c"
INK_2 = "#484949"
NIGHT = "#14293a"
PAPER = "#ffffff"
RULE = "#b1b4b6"
GRID = "#e3e6e8"
DANGER = "#8f0f2e"
ORDER = "#1d5f9e"
GO = "#0f7a52"
USUAL = "#b8430f"

LEVEL_LINE = {4: "#7d0f2b", 3: "#b8430f", 2: "#a87a14", 1: "#71848f"}

RADIUS = {1: 5.0, 2: 7.5, 3: 10.5}

FONT = "Arial, Helvetica, sans-serif"
SIZE = 13
CURVE_STYLES = ((NIGHT, ""), (USUAL, "6 4"), (ORDER, "2 3"), (GO, "10 4"))
