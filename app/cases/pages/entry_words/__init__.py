"""What each part of the casework says of its entries on a timeline: `TITLES` and `DETAILS`."""
