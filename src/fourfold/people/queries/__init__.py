"""Reading about people: their records, and how a victim may be reached."""

from fourfold.people.queries.records import Reached as Reached
from fourfold.people.queries.records import found, marks_ahead, may_refer_to, subject, subject_row, victim_row
from fourfold.people.queries.withdrawals import marks_of, standing, withdrawals_of, withdrawn_everywhere
