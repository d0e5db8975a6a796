from django.apps import AppConfig


class AssessmentConfig(AppConfig):
    name = "fourfold.assessment"
    label = "assessment"
