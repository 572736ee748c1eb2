ENDPOINTS = ("wss://one.example:9944", "wss://two.example:9944")
TIMEOUT_S = 12.5
