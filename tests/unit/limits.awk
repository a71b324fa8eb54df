# usage: awk -f limits.awk FILE...
# Names each function of more than 60 lines, signature included, and each file of more than 600.
# Kernel style makes a function easy to see: its braces stand alone in the first column.
BEGIN {
	most_lines = 600
	most_in_function = 60
}
function complain(file, line, what) {
	printf "%s:%d: %s\n", file, line, what
	wrong = 1
}
function end_file() {
	if (lines > most_lines)
		complain(file, lines, lines " lines, " most_lines " at most")
}
FNR == 1 {
	end_file()
	file = FILENAME
	start = 1
	inside = 0
}
{ lines = FNR }
/^[{]/ { inside = 1 }
/^[}]/ && inside {
	length_ = FNR - start + 1
	if (length_ > most_in_function)
		complain(file, start, length_ " lines, " most_in_function " at most")
	inside = 0
}
# Outside of functions, what follows a blank line, a comment or a declaration may be a signature.
!inside && (/^$/ || /\*\/$/ || /;$/ || /^#/ || /^[}]/) { start = FNR + 1 }
END {
	end_file()
	exit wrong
}
