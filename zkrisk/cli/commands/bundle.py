"""`zkrisk bundle show|pack|unpack`: attestations as files, thin and self-contained."""
