"""What the parts of the casework say of their entries: a module each, with TITLES and DETAILS."""
