"""Decoding: what a file's header promises, two decoders, one resampler."""
