"""Settings of both roles."""
from pathlib import Path
from typing import ClassVar, List, Literal, Optional, Union

from pydantic import AliasChoices, AnyUrl, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

VERSION = "v1"


class CommonSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="SUBNET_", env_file=".env")

    KIND: ClassVar[str] = "common"
    netuid: int
    network: Literal["finney", "test", "local"] = "finney"
    chain_url: Optional[AnyUrl] = None
    log_dir: Path = Path("/var/log/subnet")
    _cache: dict = {}


class MinerSettings(CommonSettings):
    port: int = Field(8091, description="Port that the miner serves at.", ge=1)
    api_key: SecretStr = Field(..., description="Key of the back end.")
    allowed: List[str] = Field(default_factory=list)
    model: str = Field(default=f"models/{VERSION}", alias="MODEL_NAME")


class ValidatorSettings(CommonSettings):
    model_config = SettingsConfigDict(env_prefix="VALIDATOR_", case_sensitive=True)

    interval: Union[float, None] = 12.0
    hotkey_mnemonic: str
    debug: bool = Field(False, validation_alias=AliasChoices("DEBUG", "VERBOSE"))


class NotSettings:
    ignored: int = 3
