"""What the pages of the register lay out."""
