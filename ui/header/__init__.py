"""The tools in the header of every page: the link of the view, the list of keys, notices of one's own trainings."""
