import os

print(os.environ["KEY_NAME"], int(os.environ["VALIDATOR_CALL_TIMEOUT"]))
