"""Triage: what an account says, which guidance fits it, and whether a person must see it."""
