from django.apps import AppConfig


class RolloutConfig(AppConfig):
    name = "fourfold.rollout"
    label = "rollout"
