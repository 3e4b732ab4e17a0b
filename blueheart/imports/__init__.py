"""Files of staff's, all in one way: uploaded, looked at, confirmed, and undone. Each app offers its `importers`."""
