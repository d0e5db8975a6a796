"""A small world for trying the product from outside: two sites, thirteen personas, six cases, a canary in every field.

Everything is made through the services, so the world obeys every rule; the same seed gives the same identifiers.
"""

from fourfold.demo.scenario.world import NAME, PERSONAS, CannotSeed, World, seed_two_sites
