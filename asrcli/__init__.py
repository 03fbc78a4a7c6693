"""asrcli: folders of Mandarin recordings in, timed text out, on your own machine."""

__version__ = "0.1.0"
