"""Contracts that hold over everything registered."""
