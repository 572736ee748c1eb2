__version__ = "1.2.0"
SPEC_VERSION = 1020
NETUID = 1
