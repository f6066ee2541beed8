#!/usr/bin/env python3
"""Counts the checks that the TAP programs of `meson test` made, shows those that failed, and ends with "N passed, N failed".

usage: count-tests.py BUILD-FOLDER|LOG...

A log is what a run of other tests printed, which ends with such a line itself.

A program that crashed, ran into its time limit or made fewer checks than it planned counts as one more failure.
"""
import glob
import json
import os
import re
import sys


def read_tap(text):
    """The numbers of passed and skipped checks, the failed ones with what follows them, and whether the plan was kept."""
    passed, skipped, failures, plan = 0, 0, [], None
    current = None
    for line in text.splitlines():
        if match := re.match(r"1\.\.(\d+)(\s*# SKIP.*)?", line):
            plan = int(match.group(1))
        elif line.startswith("not ok"):
            current = [line]
            failures.append(current)
        elif line.startswith("ok"):
            current = None
            passed += 1
            skipped += "# SKIP" in line
        elif line.startswith("#") and current is not None:
            current.append(line)
    return passed, skipped, failures, plan == passed + len(failures)


def read_log(path):
    """The numbers of passed and failed checks; a log without its last line is one that failed."""
    with open(path, encoding="utf-8") as log:
        text = log.read()
    match = re.search(r"^(\d+) passed, (\d+) failed\n?\Z", text, re.MULTILINE)
    passed, failed = (int(match.group(1)), int(match.group(2))) if match else (0, 1)
    if failed:
        print(f"FAILED in {path}", text[-8000:], sep="\n")
    return passed, failed


def main(paths):
    passed = skipped = failed = 0
    for path in filter(os.path.isfile, paths):
        good, bad = read_log(path)
        passed += good
        failed += bad
    for folder in filter(os.path.isdir, paths):
        tests = []
        for name in sorted(glob.glob(f"{folder}/meson-logs/testlog*.json")):  # under a wrapper it has the wrapper's name
            with open(name, encoding="utf-8") as log:
                tests += [json.loads(line) for line in log]
        failed += not tests
        for test in tests:
            name = f"{folder}: {test['name']}"
            good, skips, failures, complete = read_tap(test["stdout"])
            passed += good - skips
            skipped += skips
            failed += len(failures)
            for failure in failures:
                print(f"FAILED in {name}", *failure, sep="\n    ")
            if not complete or test["result"] not in ("OK", "SKIP") and not failures:
                failed += 1
                print(f"FAILED {name}: {test['result']}, status {test['returncode']}")
                print("    ", test["stdout"][-2000:], test.get("stderr", "")[-4000:])
    if skipped:
        print(f"{skipped} skipped")
    if passed == 0:
        failed += 1
        print("FAILED: no check was made")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main(sys.argv[1:]))
