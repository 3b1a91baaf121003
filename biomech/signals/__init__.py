"""Filters, derivatives and gap filling of time series."""
