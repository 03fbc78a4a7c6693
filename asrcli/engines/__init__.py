"""Recognisers behind Protocols: the only room that knows FunASR."""
