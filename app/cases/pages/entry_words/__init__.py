"""What each part of the casework says of its entries on the timeline: TITLES and DETAILS."""
