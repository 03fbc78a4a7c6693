"""asrcli beside other recognisers: the same sound, the same weights, one table."""
