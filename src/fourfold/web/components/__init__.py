"""How things look: macros in the HTML files beside this one, drawings in charts/."""
