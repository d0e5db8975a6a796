from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "fourfold.cases"
    label = "cases"
