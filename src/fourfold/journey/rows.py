"""Rows of other slices, which a journey hands on and never opens; each says which table it is from."""

from __future__ import annotations

from typing import Any

Action = Any
Allegation = Any
Breach = Any
Case = Any
Condition = Any
Contact = Any
Decision = Any
Extract = Any
Item = Any
Message = Any
Order = Any
OrderStep = Any
Question = Any
StateSet = Any
StepDownAsked = Any
Telling = Any
TransferAsked = Any
Triage = Any
Update = Any
