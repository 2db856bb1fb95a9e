"""What the entries of the timeline say, by part of the work: `TITLES` and `DETAILS`."""
