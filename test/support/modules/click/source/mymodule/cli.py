import click

from .defaults import ENDPOINTS, TIMEOUT_S


@click.group()
@click.option("--log-level", type=click.Choice(["DEBUG", "INFO"], case_sensitive=False), default="INFO", show_default=True)
def cli(log_level):
    """Runs the module."""


@cli.command("serve-miner")
@click.argument("key_name")
@click.option("-p", "--port", type=click.IntRange(1, 65535), default=8000, envvar="MODULE_PORT", help="Port to listen at.")
@click.option("--public/--private", default=True, help="Whether to tell others.")
@click.option("--key-password", prompt=True, hide_input=True, envvar="KEY_PASSWORD")
@click.option("--allow", multiple=True, help="Address that may call.")
def serve(key_name, port, public, key_password, allow):
    pass


@cli.command()
@click.argument("netuid", type=int)
@click.argument("keys", nargs=-1)
@click.option("--endpoint", type=click.Choice(ENDPOINTS), default=ENDPOINTS[0])
@click.option("--timeout", type=float, default=TIMEOUT_S, envvar=["CALL_TIMEOUT", "TIMEOUT"])
@click.option("--dry-run", is_flag=True)
@click.option("--output", type=click.Path(), required=True)
@click.password_option()
def validator(netuid, keys, endpoint, timeout, dry_run, output, password):
    pass


if __name__ == "__main__":
    cli()
