from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "fourfold.intake"
    label = "intake"
