#!/bin/sh
# Stands in for a container runtime: writes what it is given to a file, one line a call, and succeeds. Try it:
#   CALLS=/dev/tty netmon watch -s try -r docs/examples/runtime.sh --state-dir /tmp/try
# netmon calls it as: RUNTIME kata-network add-iface|del-iface|update-routes SANDBOX FILE
# Its stdin and stdout are /dev/null; its stderr is in netmon's log where it fails.
printf '%s %s\n' "$2" "$(cat "$4")" >>"${CALLS:-${0%/*}/calls}"
