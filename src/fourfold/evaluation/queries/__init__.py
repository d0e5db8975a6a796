"""Reading casework as de-identified rows, and reading what was computed."""

from fourfold.evaluation.queries.extracts import (
    acted_in,
    current_plan,
    deidentified_rows,
    end_of_chain,
    flow,
    frozen_rows,
    outcomes,
    require_registered,
    rows_of,
    units_of,
)
from fourfold.evaluation.queries.findings import (
    latest_extract,
    latest_findings,
    latest_question,
    origin,
    plan_page,
    plan_row,
    plans,
    question_titled,
    release_file,
    release_page,
    released_effect,
    releases,
)
