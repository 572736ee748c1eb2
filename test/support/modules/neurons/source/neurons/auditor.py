import argparse


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--report-every", type=int, default=60 * 60, help="Seconds between reports.")
    parser.parse_args()


if __name__ == "__main__":
    main()
