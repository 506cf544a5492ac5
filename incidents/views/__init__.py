"""Pages of the enquirer and of the practitioner: who may, fetch, one action, redirect."""
