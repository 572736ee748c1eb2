import typer
from typing_extensions import Annotated

from ..settings import CALL_TIMEOUT, ITERATION_INTERVAL


def serve(
    commune_key: Annotated[str, typer.Argument(help="Name of the key.")],
    call_timeout: int = CALL_TIMEOUT,
    iteration_interval: Annotated[int, typer.Option(help="Seconds between iterations.")] = ITERATION_INTERVAL,
    seed_phrase: str = typer.Option("", hide_input=True),
):
    pass


if __name__ == "__main__":
    typer.run(serve)
