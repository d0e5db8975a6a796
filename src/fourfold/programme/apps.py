from django.apps import AppConfig


class ProgrammeConfig(AppConfig):
    name = "fourfold.programme"
    label = "programme"
