#!/usr/bin/env bash
# asyncio's behaviours, one by one: how many are tested, how many differ on purpose, how many cannot be.
#
# The behaviours are listed in tests/conformance/ids/SECTION.txt. A test's name begins with its id (`can_5_...`), that of
# a behaviour which differs with `diff_` before it. What differs and what does not apply stands in docs/differences.md.
# Every id is in exactly one of the three; in sections that are not in finished.txt it may still be in none.
#
#   ci/conformance.sh            the counts, and what is wrong
#   ci/conformance.sh --table    the table of the README
#   ci/conformance.sh --readme   puts it there
#   ci/conformance.sh --open     the ids that are in none
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "${1:-}" = --readme ]; then
    table=$(ci/conformance.sh --table)
    awk -v table="$table" '
        /^\| section \| behaviours/ { print table; inside = 1 }
        inside && /^\|/ { next }
        { inside = 0; print }
    ' README.md >README.new
    mv README.new README.md
    exit
fi

suite=tests/conformance
facts=$(mktemp)
trap 'rm -f "$facts"' EXIT

# One fact a line: KIND ID SECTION.
for list in "$suite"/ids/*.txt; do
    section=$(basename "$list" .txt)
    awk -v section="$section" 'NF { print "id", $1, section }' "$list"
done >"$facts"
grep -rhoE --include='*.rs' 'fn (diff_)?(ll[0-9]+|[a-z]{3})_[0-9]+_' "$suite" |
    sed -E 's/^fn //; s/_$//' |
    awk '{
        kind = sub(/^diff_/, "") ? "difftest" : "test"
        sub(/_/, "-")
        print kind, toupper($0), "-"
    }' | sort -u >>"$facts"
awk '
    /^## / { kind = "" }
    /^### Different/ { kind = "different" }
    /^### Not applicable/ { kind = "na" }
    kind != "" && /^- (LL[0-9]+|[A-Z][A-Z][A-Z])-[0-9]+:/ { sub(/:$/, "", $2); print kind, $2, "-" }
' docs/differences.md >>"$facts"

awk -v mode="${1:-}" -v finished="$(tr '\n' ' ' <"$suite/finished.txt")" '
    function wrong(text) { print "wrong: " text > "/dev/stderr"; bad = 1 }
    BEGIN {
        n = split(finished, names, " ")
        for (i = 1; i <= n; i++) done[names[i]] = 1
    }
    $1 == "id" {
        if ($2 in section) wrong($2 " is listed twice")
        section[$2] = $3
        order[++ids] = $2
        if (!($3 in total)) sections[++count] = $3
        total[$3]++
        next
    }
    { if (has[$1, $2]++ && $1 != "test") wrong($2 " is twice among the " $1) }
    !($2 in section) { unlisted[$2 " (" $1 ")"] }
    END {
        for (i = 1; i <= ids; i++) {
            id = order[i]; s = section[id]
            places = (("test", id) in has) + (("different", id) in has) + (("na", id) in has)
            if (places > 1) wrong(id " is in more than one of tested, different, not applicable")
            if (s in done && (("different", id) in has) != (("difftest", id) in has))
                wrong(id " needs both a line under Different and a test diff_...")
            if (places == 0) {
                open[s]++; opens++
                if (mode == "--open") print id, s
                if (s in done) wrong(id " of " s " is neither tested nor explained")
            }
            if (("test", id) in has) { tested[s]++; all["t"]++ }
            else if (("different", id) in has) { differs[s]++; all["d"]++ }
            else if (("na", id) in has) { na[s]++; all["n"]++ }
        }
        # A test may come before the list of its section, until all sections are finished.
        for (id in unlisted) if (n == count) wrong(id " is not listed")
        if (mode == "--table") {
            print "| section | behaviours | tested | different | not applicable |"
            print "|---|---|---|---|---|"
            for (i = 1; i <= count; i++) { s = sections[i]
                printf "| %s | %d | %d | %d | %d |\n", s, total[s], tested[s], differs[s], na[s] }
            printf "| all | %d | %d | %d | %d |\n", ids, all["t"], all["d"], all["n"]
        } else if (mode == "") {
            printf "%-16s %6s %8s %10s %15s %6s\n", "section", "ids", "tested", "different", "not applicable", "open"
            for (i = 1; i <= count; i++) { s = sections[i]
                printf "%-16s %6d %8d %10d %15d %6d%s\n", s, total[s], tested[s], differs[s], na[s], open[s], (s in done) ? "" : "  unfinished" }
            printf "%-16s %6d %8d %10d %15d %6d\n", "all", ids, all["t"], all["d"], all["n"], opens
        }
        exit bad
    }
' "$facts"

# The table in the README is this one.
if [ "${1:-}" = "" ]; then
    if ! diff <(sed -n '/^| section | behaviours/,/^| all /p' README.md) <(ci/conformance.sh --table); then
        echo 'wrong: the table in README.md is not that of ci/conformance.sh --table' >&2
        exit 1
    fi
fi
