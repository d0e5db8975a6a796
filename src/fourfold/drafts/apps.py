from django.apps import AppConfig


class DraftsConfig(AppConfig):
    name = "fourfold.drafts"
    label = "drafts"
