"""Muscle activity: from the channels of surface EMG to envelopes and bursts."""
