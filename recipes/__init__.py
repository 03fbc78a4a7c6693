"""Recipes that make the data this program ships."""
