import os

TOKEN = os.environ["PUBLISH_TOKEN"]
