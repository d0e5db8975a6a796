from django.apps import AppConfig


class LinkageConfig(AppConfig):
    name = "fourfold.linkage"
    label = "linkage"
