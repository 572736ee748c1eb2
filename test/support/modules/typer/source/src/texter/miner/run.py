from enum import Enum
from typing import Annotated, Literal, Optional

import typer

app = typer.Typer()


@app.callback()
def main(ctx: typer.Context, verbose: bool = False):
    """Shared by all commands."""


@app.command()
def serve(
    commune_key: Annotated[str, typer.Argument(help="Name of the key present in `~/.commune/key`")],
    ip: Optional[str] = None,
    port: Annotated[int, typer.Option("--port", "-p", envvar="TEXTER_PORT", help="Port.")] = 7777,
    backend: Literal["openai", "local"] = "openai",
    api_token: str = typer.Option(..., "--api-token", envvar="API_TOKEN", help="Token of the back end."),
    use_testnet: bool = typer.Option(False, "--testnet/--mainnet"),
    weights: list[float] = typer.Option([0.5, 0.5]),
):
    pass


def helper(count: int = 3):
    return count


if __name__ == "__main__":
    app()
