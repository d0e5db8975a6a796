from django.apps import AppConfig


class EvaluationConfig(AppConfig):
    name = "fourfold.evaluation"
    label = "evaluation"
