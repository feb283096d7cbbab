#!/bin/sh
# Runs a test command, adds up the result lines of all its test binaries, and says at the very end what
# failed and why: a log may be cut off anywhere but there.
set -u
log=$(mktemp)
trap 'rm -f "$log"' EXIT
{ "$@" 2>&1; echo "exit status: $?"; } | tee "$log" | grep -v '^exit status: '
status=$(sed -n 's/^exit status: //p' "$log" | tail -n 1)
awk '
    # Of cargo: which test program the next results are of.
    /^ *Running |^ *Doc-tests / { sub(/^ */, ""); sub(/^Running /, ""); program = $0 }
    /finished in [0-9.]+s$/ {
        seconds = $NF + 0
        if (seconds >= 20) slow[++programs] = sprintf("%6d s  %s", seconds, program)
    }
    /^test result:/ {
        for (i = 1; i <= NF; i++) {
            if ($(i + 1) ~ /^passed/) passed += $i
            if ($(i + 1) ~ /^failed/) failed += $i
            if ($(i + 1) ~ /^ignored/) skipped += $i
        }
    }
    /^test .* \.\.\. FAILED/ { names[++count] = $2 }
    # Why a test was not run: what it needs, and which target brings it.
    /^test .* \.\.\. ignored/ {
        sub(/^test /, "")
        sub(/ \.\.\. ignored,?/, ":")
        ignored[++left] = $0
    }
    # What the test binaries print of a failure: a head, then its output up to the next head.
    /^---- / { report = $0 " "; lines = 0 }
    report != "" && /panicked at|^  ?(left|right):|assertion|rror/ && lines < 6 {
        reports[++told] = substr($0, 1, 300)
        lines++
    }
    /^failures:$/ { report = "" }
    END {
        printf "%d passed, %d failed", passed, failed
        if (skipped) printf ", %d skipped", skipped
        print ""
        for (i = 1; i <= programs; i++) print slow[i]
        for (i = 1; i <= left; i++) print "SKIPPED " ignored[i]
        for (i = 1; i <= count; i++) print "FAILED " names[i]
        for (i = 1; i <= told && i <= 60; i++) print "  " reports[i]
    }' "$log"
exit "${status:-1}"
