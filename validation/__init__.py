"""Comparisons of biomech with other systems on recordings that were made elsewhere."""
