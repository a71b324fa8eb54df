# SPDX-License-Identifier: GPL-2.0-only
# usage: zsh -f complete.zsh DIRECTORY-WITH-COMPLETIONS LINE...
# Prints what zsh offers at the end of each LINE, as it does on a terminal: "LINE: CANDIDATE...".
zmodload zsh/zpty
candidates=$(mktemp)
trap 'rm -f $candidates' EXIT

# Types something, and waits for the shell to say that it is done with it.
type_in() {
	local shown
	zpty -w -n shell "$1"
	zpty -r shell shown $'*\1READY*' || exit 1
}

zpty shell "TERM=dumb PS1= zsh -f -i"
type_in "fpath=(${(q)1} \$fpath); autoload -Uz compinit; compinit -u -D; stty -echo
	# Keeps what is offered, of those that fit.
	compadd() {
		local -a offered
		builtin compadd -O offered \"\$@\"
		(( ! \$#offered )) || print -rl -- \$offered >>$candidates
		builtin compadd \"\$@\"
	}
	ready() { print -n \$'\\1READY'; BUFFER= }
	zle -N ready; bindkey '^]' ready
	unsetopt auto_menu list_beep; LISTMAX=1000; ready
"
for line in "${@:2}"; do
	: >$candidates
	type_in $line$'\t\x1d'
	print -r -- "$line: $(sort -u $candidates | tr '\n' ' ')"
done
zpty -d shell
