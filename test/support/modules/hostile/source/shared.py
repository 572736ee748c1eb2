import os

os.getenv("NOT A NAME")
os.getenv("OPENAI_API_KEY", "sk-0123456789abcdefghij0123456789")
os.getenv("PHRASE", "abandon ability able about above absent absorb abstract absurd abuse access accident")
os.getenv("SPLIT" "_NAME", eval("__import__('os').system('id')"))
