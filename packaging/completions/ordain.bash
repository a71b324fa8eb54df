# SPDX-License-Identifier: GPL-2.0-only
# Completes ordain in bash. Commands and options are what --help lists; interfaces, hooks and
# programs are the policy's, as far as this user may read it.
# shellcheck shell=bash

# What --help has of a line's options: "NAME" or "NAME ARGUMENT" each. Blanks stand in front.
_ordain_options()
{
	local line

	while IFS= read -r line; do
		[[ $line =~ ^\ \ (-([a-z]),|\ \ \ )\ (--[a-z-]+)(\ ([A-Z=]+))?\  ]] || continue
		echo "${BASH_REMATCH[3]} ${BASH_REMATCH[5]}"
		[[ -z ${BASH_REMATCH[2]} ]] || echo "-${BASH_REMATCH[2]} ${BASH_REMATCH[5]}"
	done <<<"$1"
}

# The values of one member in what check says; of an interface only if that is given.
_ordain_policy()
{
	local member=$1 interface=$2 line value on=

	while IFS= read -r line; do
		[[ $line =~ \"(interface|hook|name|program)\":\ \"([^\"]*)\" ]] || continue
		value=${BASH_REMATCH[2]}
		[[ ${BASH_REMATCH[1]} != interface ]] || on=$value
		[[ " $member " == *" ${BASH_REMATCH[1]} "* ]] || continue
		[[ -n $interface && $on != "$interface" ]] || echo "$value"
	done < <("${ordain[@]}" check --no-objects --output json 2>/dev/null)
}

# Files or, with -d, directories.
_ordain_paths()
{
	compopt -o filenames 2>/dev/null
	mapfile -t COMPREPLY < <(compgen "$@" -- "$current")
}

_ordain_words()
{
	mapfile -t COMPREPLY < <(compgen -W "$*" -- "$current")
}

# The value of an option, by the word for it in --help.
_ordain_value()
{
	case $1 in
	DIR) _ordain_paths -d ;;
	NAME=FILE) [[ $previous != = ]] || _ordain_paths -f ;;
	FORMAT)
		_ordain_words table json "$([[ $command != check ]] || echo lines)" \
			"$([[ $command != status ]] || echo openmetrics)"
		;;
	GRADE) _ordain_words full tracepoint poll ;;
	UNTIL) [[ $command != wait ]] || _ordain_words in-sync ;;
	esac
}

# The argument of a command, by its place and the words for it in --help.
_ordain_argument()
{
	local usage=${help%%$'\n'*} names=

	case ${#arguments[@]},$usage in
	0,*IFACE*) names="$(_ordain_policy interface)" ;;&
	0,*PROGRAM*) names+=" $(_ordain_policy 'name program')" ;;&
	0,*IFACE* | 0,*PROGRAM*) _ordain_words "$names" ;;
	0,*OBJECT*) _ordain_paths -f ;;
	1,*HOOK*) _ordain_words "$(_ordain_policy hook "${arguments[0]}")" ;;
	esac
}

_ordain()
{
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
	local ordain=("$1") arguments=() command='' help options word value i

	help=$("$1" --help 2>/dev/null)
	options=$(_ordain_options "$help")
	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if [[ $word != -* && -z $command ]]; then
			command=$word
			help=$("$1" "$command" --help 2>/dev/null)
			options=$(_ordain_options "$help")
		elif [[ $word != -* ]]; then
			arguments+=("$word")
		fi
		# bash makes three words of --root=DIR, and as many of --as NAME=FILE.
		[[ $word == -* && $'\n'$options =~ $'\n'"$word "([A-Z=]+) ]] || continue
		value=${BASH_REMATCH[1]}
		[[ ${COMP_WORDS[i + 1]} != = ]] || ((i++))
		((i++))
		while [[ ${COMP_WORDS[i + 1]} == = ]]; do ((i += 2)); done
		if ((i >= COMP_CWORD)); then
			[[ $current != = ]] || current=
			_ordain_value "$value"
			return
		fi
		[[ $word != --root && $word != --bpffs ]] || ordain+=("$word" "${COMP_WORDS[i]}")
	done
	if [[ $current == -* ]]; then
		_ordain_words "$(while read -r word _; do echo "$word"; done <<<"$options")"
	elif [[ -z $command ]]; then
		_ordain_words "$(sed -n 's/^  \([a-z]*\) .*/\1/p' <<<"$help")"
	else
		_ordain_argument
	fi
}

complete -F _ordain ordain
