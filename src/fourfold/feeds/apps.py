from django.apps import AppConfig


class FeedsConfig(AppConfig):
    name = "fourfold.feeds"
    label = "feeds"
