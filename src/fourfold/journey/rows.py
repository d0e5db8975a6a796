"""The types of the rows that a journey hands from one slice to another: named here, opened nowhere."""

from fourfold.access.models import Webhook, WebhookNotice
from fourfold.assessment.models import Assessment, Round
from fourfold.cases.models import Case, StateSet, StepDownAsked, TransferAsked, Triage
from fourfold.evaluation.models import Extract, Question
from fourfold.feeds.models import FileWork
from fourfold.intake.models import Allegation
from fourfold.orders.models import Breach, Condition, Order, OrderStep
from fourfold.panel.models import Decision, Item
from fourfold.people.models import Message, MessageRead
from fourfold.plan.models import Action, VictimTold
from fourfold.support.models import Contact, Update
