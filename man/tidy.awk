# SPDX-License-Identifier: GPL-2.0-only
# usage: scdoc < NAME.scd | awk -f tidy.awk
# Leaves away the paragraphs that scdoc begins and nothing is in: mandoc warns of each.

$0 == ".P" {
	held = !heading
	next
}
/^\.(SH|SS)/ { held = 0 }
held && !/^\.R[SE]/ {
	print ".P"
	held = 0
}
{
	print
	heading = /^\.(SH|SS|TH)/
}
