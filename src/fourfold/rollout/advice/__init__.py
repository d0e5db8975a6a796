"""The recommendation for an area: how strong it is by a written rule, and the document that a commissioner signs."""
