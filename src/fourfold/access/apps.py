from django.apps import AppConfig
from django.db.backends.signals import connection_created


class AccessConfig(AppConfig):
    name = "fourfold.access"
    label = "access"

    def ready(self) -> None:
        """Have each connection of PostgreSQL keep what it is asked."""
        from fourfold.access import kept

        connection_created.connect(kept.begun)
