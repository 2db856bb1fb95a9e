"""What the pages of a case say: data turned into words once, so that templates only lay out."""
