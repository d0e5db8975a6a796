from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "fourfold.access"
    label = "access"
