"""Our angles and moments in the conventions of other systems, and back."""
