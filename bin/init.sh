# The first process of a container: runs a program, passes signals on to it, reaps every process that ends, exits with the program's code.
#   /bin/sh init.sh PROGRAM [ARG…]
# netmon starts it if it is process 1 (init.js), because Node reaps only its own children.

child= begun= waiting= signalled=
pass_on() {
	signalled=1
	waiting="$waiting $1"
	[ -n "$child" ] && [ -n "$begun" ] || return 0
	set -- $waiting
	waiting=
	for signal; do kill -s "$signal" "$child" 2>/dev/null; done
}
for signal in HUP INT QUIT ABRT USR1 TERM; do trap "pass_on $signal" "$signal"; done

# In a session of its own Ctrl-C reaches the program once: by this shell, and not by the terminal too.
! command -v setsid >/dev/null || set -- setsid "$@"
# The stdin of a background process is /dev/null, unless it is redirected (POSIX.1-2017, 2.9.3.1).
{ command exec 3<&0; } 2>/dev/null || exec 3</dev/null
# Between the fork and its first command a subshell has the traps above, and would lose a signal.
trap 'begun=1; pass_on' USR2
{ kill -s USR2 $$; exec "$@"; } <&3 3<&- &
child=$!
pass_on

# A signal interrupts the wait. 127: the wait before that has already reaped the program.
code=127
while :; do
	signalled=
	wait "$child"
	ended=$?
	[ "$ended" = 127 ] || code=$ended
	[ -n "$signalled" ] || exit "$code"
done
