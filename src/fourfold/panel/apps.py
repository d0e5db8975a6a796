from django.apps import AppConfig


class PanelConfig(AppConfig):
    name = "fourfold.panel"
    label = "panel"
