# Completion of netmon for bash 4.3 or later. "netmon completion bash" prints it with the commands filled in.
# For this shell:   source <(netmon completion bash)
# For every shell:  netmon completion bash > ~/.local/share/bash-completion/completions/netmon

# Names of namespaces and interfaces can hold any character that means something to a shell: they are compared and quoted, never evaluated.

# Joins the words that bash has split at = and :, up to the cursor.
_netmon_read_words() {
	local line=${COMP_LINE:0:COMP_POINT} word index
	words=()
	for ((index = 0; index <= COMP_CWORD; index++)); do
		word=${COMP_WORDS[index]}
		if ((index > 0)) && [[ $line != [[:blank:]]* ]]; then
			((index == COMP_CWORD)) && word=$line
			words[-1]+=$word
		else
			line=${line#"${line%%[![:blank:]]*}"}
			((index == COMP_CWORD)) && word=$line
			words+=("$word")
		fi
		line=${line#"$word"}
	done
}

# Offers the words that begin with what is typed.
_netmon_offer() {
	local word
	for word; do
		[[ $word == "$typed"* ]] && COMPREPLY+=("$kept$word")
	done
}

# Offers a name as it has to be written, also where a quote is open.
_netmon_offer_name() {
	local name=$1
	if [[ $typed == [\'\"]* ]]; then
		[[ $name == "${typed:1}"* ]] && COMPREPLY+=("$kept$name")
	else
		printf -v name %q "$name"
		_netmon_offer "$name"
	fi
}

# In a list, the last item is completed, and those before it are kept.
_netmon_keep_list() {
	[[ $typed == *,* ]] || return
	kept+=${typed%,*},
	typed=${typed##*,}
}

_netmon_files() {
	compopt -o default
}

_netmon_folders() {
	compopt -o dirnames
}

_netmon_namespaces() {
	local path
	if [[ $typed == */* ]]; then
		_netmon_files
	elif [[ $typed == [0-9]* ]]; then
		_netmon_processes
	fi
	for path in /run/netns/*; do
		[[ -e $path ]] && _netmon_offer_name "${path##*/}"
	done
}

_netmon_processes() {
	local path
	for path in /proc/[0-9]*; do _netmon_offer "${path##*/}"; done
}

# The interfaces of the namespace that --netns names, else of this shell's own: /proc/net/dev has those also where /sys shows another namespace.
_netmon_interfaces() {
	local netns='' name at
	for ((at = 2; at < ${#words[@]} - 1; at++)); do
		case ${words[at]} in
		--netns) netns=${words[at + 1]} ;;
		--netns=*) netns=${words[at]#*=} ;;
		esac
	done
	netns=${netns#pid:}
	if [[ -z $netns || $netns != *[!0-9]* && ! -e /run/netns/$netns ]]; then
		while IFS=$' \t:' read -r name _; do
			[[ $name == 'Inter-|' || $name == 'face' ]] || _netmon_offer_name "$name"
		done 2>/dev/null </proc/${netns:+$netns/}net/dev
	elif [[ $netns != */* ]]; then
		while IFS=' :@' read -r _ name _; do _netmon_offer_name "$name"; done < <(ip -n "$netns" -o link show 2>/dev/null)
	fi
}

_netmon_side() {
	case $typed in
	netns:*)
		kept+=netns: typed=${typed#netns:}
		_netmon_namespaces ;;
	pid:*)
		kept+=pid: typed=${typed#pid:}
		_netmon_processes ;;
	*)
		compopt -o nospace -o default
		_netmon_offer netns: pid: @ ;;
	esac
}

_netmon_recording() {
	_netmon_files
}

_netmon_condition() {
	if [[ $typed == !* ]]; then
		kept+=! typed=${typed#!}
	fi
	case $typed in
	link:* | up:* | gone:* | address:*)
		kept+=${typed%%:*}: typed=${typed#*:}
		_netmon_interfaces ;;
	route:*)
		_netmon_offer route:default ;;
	*)
		compopt -o nospace
		_netmon_offer link: up: gone: address: route: ;;
	esac
}

_netmon_subject() {
	_netmon_offer default
	_netmon_interfaces
}

_netmon_shell() {
	_netmon_offer bash zsh fish
}

# COMMANDS

# Completes what stands behind the command.
_netmon_complete() {
	local all='' repeated='' valued='' at place=0 word
	_netmon_options
	for ((at = 2; at < ${#words[@]} - 1; at++)); do
		word=${words[at]}
		if [[ $word == -- ]]; then
			_netmon_program $((at + 1))
			return
		elif [[ " $valued " == *" $word "* ]]; then
			if ((++at == ${#words[@]} - 1)); then
				_netmon_values "$word"
				return
			fi
		elif [[ $word != -* ]]; then
			((place++))
		fi
	done
	if [[ $typed == --*=* ]]; then
		word=${typed%%=*} kept=${typed%%=*}= typed=${typed#*=}
		_netmon_values "$word"
	elif [[ $typed == -* ]]; then
		for word in $all; do
			[[ " ${words[*]:2:at - 2} " == *" $word"[\ =]* && " $repeated " != *" $word "* ]] || _netmon_offer "$word"
		done
	else
		_netmon_operand "$place"
	fi
}

_netmon_program() {
	_netmon_files
	(($1 == ${#words[@]} - 1)) && [[ -n $typed && $typed != */* ]] && mapfile -t COMPREPLY < <(compgen -c -- "$typed")
}

# bash replaces only what follows the last = or : at which it has split the word.
_netmon_cut() {
	local whole=${words[-1]} breaks=${COMP_WORDBREAKS//[!=:]/} index
	[[ -n $breaks ]] || return
	local cut=${whole%"${whole##*["$breaks"]}"}
	for index in "${!COMPREPLY[@]}"; do COMPREPLY[index]=${COMPREPLY[index]#"$cut"}; done
}

_netmon() {
	local words=() typed kept='' command
	_netmon_read_words
	typed=${words[-1]} command=${words[1]}
	COMPREPLY=()
	if ((${#words[@]} == 2)); then
		_netmon_commands
		_netmon_offer help
		[[ $typed == -* ]] && _netmon_offer --help --version
	elif [[ $command == help ]]; then
		((${#words[@]} == 3)) && _netmon_commands
	else
		_netmon_complete
	fi
	_netmon_cut
}

complete -F _netmon netmon
