from pydantic import BaseSettings, Field


class Settings(BaseSettings):
    wallet_name: str = "default"
    database_dsn: str = Field("postgresql://subnet:hunter22@db:5432/subnet", env="DATABASE_DSN")
    workers: int = Field(4, env="WORKERS")
    region: str | None

    class Config:
        env_prefix = "legacy_"
