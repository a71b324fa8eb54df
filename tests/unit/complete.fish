# SPDX-License-Identifier: GPL-2.0-only
# usage: fish --no-config complete.fish DIRECTORY-WITH-COMPLETIONS LINE...
# Prints what fish offers at the end of each LINE, without what it says of it: "LINE: CANDIDATE...".
source $argv[1]/ordain.fish
for line in $argv[2..-1]
    set offered (complete -C $line | string replace -r '\t.*' '' | sort -u)
    echo "$line: $offered"
end
