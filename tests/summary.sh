#!/bin/sh
# Runs a test command and adds up the result lines of all its test binaries in one last line.
set -u
log=$(mktemp)
trap 'rm -f "$log"' EXIT
{ "$@" 2>&1; echo "exit status: $?"; } | tee "$log" | grep -v '^exit status: '
status=$(sed -n 's/^exit status: //p' "$log" | tail -n 1)
awk '
    /^test result:/ {
        for (i = 1; i <= NF; i++) {
            if ($(i + 1) ~ /^passed/) passed += $i
            if ($(i + 1) ~ /^failed/) failed += $i
            if ($(i + 1) ~ /^ignored/) skipped += $i
        }
    }
    END {
        printf "%d passed, %d failed", passed, failed
        if (skipped) printf ", %d skipped", skipped
        print ""
    }' "$log"
exit "${status:-1}"
