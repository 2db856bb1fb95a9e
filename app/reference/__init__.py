"""Reference data: code lists, communes, form definitions, Vietnamese names and their order."""
