# SPDX-License-Identifier: GPL-2.0-only
# usage: awk -f page.awk -v source=DIRECTORY -v ordain=PROGRAM NAME.scd
#
# Prints a manual page for scdoc from its frame. What is said elsewhere is not said again:
#
#	@include FILE		all of a Markdown file in DIRECTORY, without its title
#	@include FILE SECTION	of the section with that title, its table alone
#	@commands		what PROGRAM's --help has on its commands, and on the options of each
#
# Knows as much Markdown as docs/ has: titles, paragraphs, flat lists, tables, code, bold, links.

/^@include / {
	file = $2
	section = $0
	sub(/^@include [^ ]+ ?/, "", section)
	include(source "/" file, section)
	next
}
/^@commands$/ { commands(); next }
{ print }

function escape(text)
{
	gsub(/[\\*_]/, "\\\\&", text)
	return text
}

# A link is its words, and the file where that is another one: packages have them in doc/.
function unlink(text,	link, target)
{
	while (match(text, /\[[^]]*\]\([^)]*\)/)) {
		link = substr(text, RSTART, RLENGTH)
		target = link
		sub(/^.*\(/, "", target)
		sub(/(#.*)?\)$/, "", target)
		sub(/^\[/, "", link)
		sub(/\].*$/, "", link)
		text = substr(text, 1, RSTART - 1) link (target == "" ? "" : " (" target ")") \
			substr(text, RSTART + RLENGTH)
	}
	return text
}

# Code and bold words are bold.
function inline(text,	count, parts, i, result)
{
	count = split(text, parts, "`")
	for (i = 1; i <= count; i++)
		if (i % 2 == 0)
			parts[i] = "*" escape(parts[i]) "*"
		else {
			parts[i] = escape(unlink(parts[i]))
			gsub(/\\\*\\\*/, "*", parts[i])
		}
	for (i = 1; i <= count; i++)
		result = result parts[i]
	return result
}

function flush()
{
	if (text != "")
		print indent inline(text)
	text = ""
}

function sentence(text)
{
	return text ~ /[.?!]$/ ? text : text "."
}

# What a table's cell is, in front of it; what things mean needs no words.
function label(header)
{
	if (header ~ /^(means|meaning|what|is|does|for)$/)
		return ""
	if (header == "do")
		return "Remedy: "
	return inline(toupper(substr(header, 1, 1)) substr(header, 2)) ": "
}

# The first cell is the term, a column without a title is beside it, and what it means comes first.
function row(line,	cells, count, i, term, meaning, more)
{
	sub(/^ *\| */, "", line)
	sub(/ *\|? *$/, "", line)
	count = split(line, cells, / *\| */)
	if (!rows++) {
		for (i = 1; i <= count; i++)
			headers[i] = cells[i]
		return
	}
	if (line ~ /^-+ *\|/)
		return
	term = cells[1] ~ /`/ ? inline(cells[1]) : "*" inline(cells[1]) "*"
	for (i = 2; i <= count; i++)
		if (cells[i] == "")
			continue
		else if (headers[i] == "")
			term = term " (" inline(cells[i]) ")"
		else if (label(headers[i]) == "")
			meaning = meaning " " sentence(inline(cells[i]))
		else
			more = more " " label(headers[i]) sentence(inline(cells[i]))
	meaning = substr(meaning more, 2)
	print indent term
	print indent "\t" (meaning ~ /^-/ ? "\\" : "") meaning "\n"
}

function include(file, section,	line, in_code, shown, in_item)
{
	shown = section == ""
	text = indent = ""
	rows = 0
	while ((getline line < file) > 0) {
		if (line ~ /^## /)
			shown = section == "" || line == "## " section
		if (!shown || (line ~ /^# / && !in_code) || line ~ /^<!--.*-->$/ || (section != "" && line !~ /^\|/))
			continue
		if (line ~ /^ *\|/) {
			indent = line ~ /^ / ? "\t" : ""
			row(line)
			continue
		}
		rows = 0
		if (line ~ /^ *```/) {
			flush()
			in_code = !in_code
			print indent "```"
		} else if (in_code) {
			print indent line
		} else if (line ~ /^##/) {
			flush()
			in_item = 0
			sub(/^#/, "", line)
			print line ~ /^# / ? toupper(line) : line
		} else if (line == "") {
			flush()
			print ""
		} else if (line ~ /^- /) {
			flush()
			indent = ""
			in_item = 1
			text = substr(line, 3)
			printf "- "
		} else {
			if (text == "" )
				indent = line ~ /^  / && in_item ? "\t" : ""
			in_item = in_item && line ~ /^  /
			sub(/^ +/, "", line)
			text = text (text == "" ? "" : " ") line
		}
	}
	close(file)
	flush()
}

function option(line,	words, at)
{
	sub(/^ */, "", line)
	at = index(line, "  ")
	words = substr(line, 1, at - 1)
	sub(/^ +/, "", line)
	gsub(/-(-[a-z]|[a-z])[a-z-]*/, "*&*", words)
	gsub(/[A-Z][A-Z=]*$/, "_&_", words)
	line = substr(line, at)
	sub(/^ +/, "", line)
	print words "\n\t" sentence(inline(line)) "\n"
}

# Of a command: its own options; those that all take are told of once.
function command(name,	line, help, usage)
{
	help = ordain " " name " --help"
	while ((help | getline line) > 0) {
		if (sub(/^usage: ordain /, "", line))
			print "## " line
		else if (line ~ /^  .*--/) {
			flush()
			if (!(line in common))
				option(line)
		} else if (line == "") {
			flush()
			print ""
		} else
			text = text (text == "" ? "" : " ") line
	}
	close(help)
	flush()
}

function commands(	line, help, count, names, i)
{
	help = ordain " --help"
	while ((help | getline line) > 0)
		if (line ~ /^  [a-z]/) {
			sub(/^  /, "", line)
			names[++count] = substr(line, 1, index(line, " ") - 1)
		} else if (line ~ /^  .*--/)
			common[line] = 1
	close(help)
	if (!count)
		exit 1
	print "# COMMANDS\n"
	for (i = 1; i <= count; i++)
		command(names[i])
	print "# OPTIONS OF EVERY COMMAND\n"
	while ((help | getline line) > 0)
		if (line in common)
			option(line)
	close(help)
}
