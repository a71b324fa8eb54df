# SPDX-License-Identifier: GPL-2.0-only
# usage: bash complete.bash DIRECTORY-WITH-COMPLETIONS LINE...
# Prints what bash offers at the end of each LINE: "LINE: CANDIDATE...". It splits words at blanks
# and at "=", as readline does.
# shellcheck shell=bash
# shellcheck source=/dev/null
source "$1/ordain.bash"
for line in "${@:2}"; do
	read -ra COMP_WORDS <<<"${line//=/ = }"
	[[ $line != *[\ =] ]] || COMP_WORDS+=("")
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	_ordain ordain "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
	echo "$line: $(printf '%s\n' "${COMPREPLY[@]}" | sort -u | tr '\n' ' ')"
done
