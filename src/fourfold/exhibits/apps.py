from django.apps import AppConfig


class ExhibitsConfig(AppConfig):
    name = "fourfold.exhibits"
    label = "exhibits"
