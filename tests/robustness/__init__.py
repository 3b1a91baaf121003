"""Situations of recordings and mistakes of labs, made from the example: what becomes of each is written down and tested."""
