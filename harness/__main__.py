import sys

try:
    from harness.core import interrupts
except KeyboardInterrupt:
    sys.stderr.write("interrupted\n")
    sys.exit(130)


def main() -> None:
    """The command line; a Ctrl-C while it is still being imported is told like any other."""
    interrupts.watch()
    try:
        from harness.cli import main as command

        command()
    except BaseException as error:
        interrupts.over()
        is_told = isinstance(error, SystemExit) and error.code != interrupts.INTERRUPTED
        if is_told or not interrupts.asked():
            raise
        interrupts.end()


if __name__ == "__main__":
    main()
