# SPDX-License-Identifier: GPL-2.0-only
# Completes ordain in fish. Commands and options are what --help lists; interfaces, hooks and
# programs are the policy's, as far as this user may read it.

# What --help has of options: "--NAME<tab>ARGUMENT<tab>HELP" for each, and the same for its letter.
function __ordain_options
    $argv --help 2>/dev/null |
        string replace -fr '^  (-.|  )..(--[a-z-]+) ?([A-Z=]*) +(.*)$' '$1\t$2\t$3\t$4' |
        while read -l -d \t letter name argument help
            echo $name\t$argument\t$help
            string match -q -- '-*' $letter; and echo $letter\t$argument\t$help
        end
end

# The values of members in what check says; of an interface only if that is given.
function __ordain_policy --argument-names members interface
    set -l on
    $__ordain_line check --no-objects --output json 2>/dev/null |
        string replace -fr '^ *"('$members'|interface)": "(.*)",?$' '$1\t$2' |
        while read -l -d \t member value
            test $member = interface; and set on $value
            string match -qr "^($members)\$" $member; or continue
            test -z "$interface" -o "$on" = "$interface"; and echo $value
        end | sort -u
end

# The value of an option, by the word for it in --help.
function __ordain_value --argument-names kind prefix current
    switch $kind
        case DIR
            __fish_complete_directories $current ''
        case NAME=FILE
            string match -q '*=*' -- $current; and set prefix $prefix(string replace -r '=.*' '=' -- $current)
            test -n "$prefix"; and __fish_complete_path (string replace -r '^[^=]*=' '' -- $current) |
                string replace -r '^' $prefix
        case FORMAT
            printf '%s\n' $prefix{table,json}
            contains -- check $__ordain_words; and echo {$prefix}lines
            contains -- status $__ordain_words; and echo {$prefix}openmetrics
        case GRADE
            printf '%s\n' $prefix{full,tracepoint,poll}
        case UNTIL
            contains -- wait $__ordain_words; and echo {$prefix}in-sync
    end
end

# The argument of a command, by its place and the words for it in --help.
function __ordain_argument --argument-names command interface
    set -l usage ($__ordain_line $command --help 2>/dev/null)[1]
    if test (count $argv) = 1
        string match -q '*IFACE*' -- $usage; and __ordain_policy interface
        string match -q '*PROGRAM*' -- $usage; and __ordain_policy 'name|program'
        string match -q '*OBJECT*' -- $usage; and __fish_complete_path (commandline -ct)
    else if test (count $argv) = 2
        string match -q '*HOOK*' -- $usage; and __ordain_policy hook $interface
    end
end

function __ordain
    set -l tokens (commandline -opc)
    set -l current (commandline -ct)
    set -l value
    set -g __ordain_line $tokens[1]
    set -g __ordain_words
    set -l options (__ordain_options $tokens[1])
    for token in $tokens[2..-1]
        set -l parts (string split -m 1 = -- $token)
        if test -n "$value"
            contains -- $option --root --bpffs; and set -a __ordain_line $option $token
            set value
        else if string match -q -- '-*' $token
            set -g option $parts[1]
            set value (string replace -fr '^'$option'\t([A-Z=]+)\t.*' '$1' -- $options)
            test -n "$parts[2]"; and contains -- $option --root --bpffs
            and set -a __ordain_line $token
            set -q parts[2]; and set value
        else
            set -a __ordain_words $token
            test (count $__ordain_words) = 1; and set options (__ordain_options $tokens[1] $token)
        end
    end
    if test -n "$value"
        __ordain_value $value '' $current
    else if string match -qr -- '^--[a-z-]+=' $current
        set -l parts (string split -m 1 = -- $current)
        set value (string replace -fr '^'$parts[1]'\t([A-Z=]+)\t.*' '$1' -- $options)
        __ordain_value "$value" $parts[1]= $parts[2]
    else if string match -q -- '-*' $current
        string replace -r '\t.*\t' \t -- $options
    else if test (count $__ordain_words) = 0
        $tokens[1] --help 2>/dev/null | string replace -fr '^  ([a-z]+) +(.*)$' '$1\t$2'
    else
        __ordain_argument $__ordain_words
    end
    set -e __ordain_line __ordain_words option
end

complete -c ordain -f -a '(__ordain)'
