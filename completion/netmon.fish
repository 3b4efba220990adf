# Completion of netmon for fish 3.4 or later. "netmon completion fish" prints it with the commands filled in.
# For this shell:   netmon completion fish | source
# For every shell:  netmon completion fish > ~/.config/fish/completions/netmon.fish

# Whether the command is still to come.
function __netmon_at_command
    set -l words (commandline -opc)
    test (count $words) -eq 1
end

# Whether this is a word of the command, and not of a program behind --.
function __netmon_in
    set -l words (commandline -opc)
    set -q words[2]; and test "$words[2]" = $argv[1]; and not contains -- -- $words
end

function __netmon_at_program
    set -l words (commandline -opc)
    test "$words[2]" = watch; and contains -- -- $words
end

# What the shell offers for the program behind -- and its arguments.
function __netmon_program
    set -l words (commandline -opc)
    set -e words[1..(contains -i -- -- $words)]
    complete -C (string join -- ' ' (string escape -- $words) (commandline -ct))
end

function __netmon_words
    printf '%s\n' $argv
end

function __netmon_namespaces
    for path in /run/netns/*
        string replace -r '.*/' '' -- $path
    end
    string match -q -r '^\d' -- (commandline -ct); and __netmon_processes
end

function __netmon_processes
    string match -r '(?<=^/proc/)\d+$' -- /proc/*
end

# The interfaces of the namespace that --netns names, else of this shell's own: /proc/net/dev has those also where /sys shows another namespace.
function __netmon_interfaces
    set -l words (commandline -opc)
    set -l netns ''
    while set -q words[1]
        switch $words[1]
            case --netns
                set netns "$words[2]"
            case '--netns=*'
                set netns (string replace -- --netns= '' $words[1])
        end
        set -e words[1]
    end
    set netns (string replace -r '^pid:' '' -- $netns)
    if test -z "$netns"
        string replace -f -r '^\s*([^\s:]+):.*' '$1' </proc/net/dev
    else if string match -q -r '^\d+$' -- $netns; and not test -e /run/netns/$netns
        test -r /proc/$netns/net/dev; and string replace -f -r '^\s*([^\s:]+):.*' '$1' </proc/$netns/net/dev
    else if not string match -q '*/*' -- $netns
        ip -n $netns -o link show 2>/dev/null | string replace -f -r '^\d+: ([^:@]+)[:@].*' '$1'
    end
end

function __netmon_side
    set -l typed (commandline -ct)
    if string match -q 'netns:*' -- $typed
        printf 'netns:%s\n' (__netmon_namespaces)
    else if string match -q 'pid:*' -- $typed
        printf 'pid:%s\n' (__netmon_processes)
    else
        printf '%s\n' netns: pid: @
    end
end

function __netmon_recording
end

function __netmon_condition
    set -l kept (string match -r '^!?(?:link|up|gone|address):' -- (commandline -ct))
    if set -q kept[1]
        printf "$kept%s\n" (__netmon_interfaces)
    else
        set -l not (string match -r '^!' -- (commandline -ct))
        printf "$not%s\n" link: up: gone: address: route: route:default
    end
end

function __netmon_subject
    printf '%s\n' default (__netmon_interfaces)
end

function __netmon_shell
    printf '%s\n' bash zsh fish
end

complete -c netmon -f
complete -c netmon -n __netmon_at_command -s h -l help -d 'show help'
complete -c netmon -n __netmon_at_command -s v -l version -d 'show the version'
complete -c netmon -n __netmon_at_program -a '(__netmon_program)'
# COMMANDS
