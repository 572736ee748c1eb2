DEFAULT_PORT = 8_080
CACHE = "./cache"
PREFIX = "call-"
EXAMPLE_KEY = "model.my-key"
LEVELS = {"default": "info", "other": "debug"}
