from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "fourfold.people"
    label = "people"
