from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "fourfold.orders"
    label = "orders"
