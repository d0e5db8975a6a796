"""The victim's file, care and diary; who is silent, how they are reached, and what is to be told by when."""

from fourfold.support.queries.agreed_elsewhere import agreements_to_renew
from fourfold.support.queries.care import CarePage, at_risk_row, care_page, names_at_risk, step_row
from fourfold.support.queries.diary import diary_file, entry_row, link_row, one_entry, own_page
from fourfold.support.queries.diary_access import device_of_secret, diary_of, link_of_code
from fourfold.support.queries.endpoints import endpoints_page, endpoints_to_confirm
from fourfold.support.queries.file import victim_file
from fourfold.support.queries.identifiers import known_by
from fourfold.support.queries.lists import Reached, reached_ahead, reached_in
from fourfold.support.queries.lost_contact import gone_quiet, silent_of_agency
from fourfold.support.queries.measures import MeasuresPage, Series, Taken, figures_page, measure_form, measures_page
from fourfold.support.queries.merges import merges_told
from fourfold.support.queries.messages import message_row, message_to_read
from fourfold.support.queries.quality import told_in_time
from fourfold.support.queries.rows import (
    breach_owed,
    case_row,
    diaries_of,
    last_safe_contact,
    may_reach,
    moments_owed,
    order_updates_owed,
    rules_broken,
    safe_contacts,
    update_row,
    was_told,
    who_told,
)
from fourfold.support.queries.safe_address import (
    address_request,
    address_request_row,
    address_requests,
    address_requests_to_act_on,
)
from fourfold.support.queries.scores import scores_for_learning
from fourfold.support.queries.values import UpdateShown, VictimFile
