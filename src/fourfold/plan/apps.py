from django.apps import AppConfig


class PlanConfig(AppConfig):
    name = "fourfold.plan"
    label = "plan"
