"""How well are queries understood? Two fixed, hand-labelled sets and their scorer (see README.md)."""
