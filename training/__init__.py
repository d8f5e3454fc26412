"""Recipes that make the shipped model with aisle.learning. See README.md."""
