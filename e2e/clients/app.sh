#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The application of the cluster tests: both SDKs, each with one long-lived process that
# calls every second and one process started anew every 20 seconds. `app.sh stop` (by
# kubectl exec) ends it in good order: no call is cut off, so counts can be compared.
# With LOOPS_ONLY none is started anew.
# With LINGER_S it goes on for so many seconds after SIGTERM, then ends in good order.
# A process that ends with another status than 0 may have made no call, and so said nothing
# (an error at import, a credential file that the SDK refuses): it gets a line with "call":false.
export STOP_FILE=/tmp/stop
# What an image's ENV may say to OpenSSL and to proxies is the application's own matter;
# these clients do not want it. (The writer must not care, with them set.)
unset HTTPS_PROXY HTTP_PROXY ALL_PROXY OPENSSL_CONF
cd /app || exit 1
if [ "${1:-}" = stop ]; then
	: >"$STOP_FILE"
	exit 0
fi
ended() { # SDK KIND STATUS
	[ "$3" = 0 ] || printf '{"sdk":"%s","kind":"%s","call":false,"ok":false,"error":"ended with status %s","t":%s}\n' \
		"$1" "$2" "$3" "$(date +%s)"
}
python3 call.py loop & py=$!
node call.mjs loop & ts=$!
trap 'kill $py $ts 2>/dev/null; exit 0' TERM INT QUIT
fresh() {
	while [ -z "${LOOPS_ONLY:-}" ] && [ ! -e "$STOP_FILE" ]; do
		python3 call.py once
		ended python once $?
		[ -e "$STOP_FILE" ] || { node call.mjs once; ended typescript once $?; }
		n=0
		while [ $n -lt 20 ] && [ ! -e "$STOP_FILE" ]; do
			sleep 1
			n=$((n + 1))
		done
	done
}
fresh & fr=$!
in_good_order() {
	wait $py
	ended python loop $?
	wait $ts
	ended typescript loop $?
	wait $fr
	echo '{"stopped":true}'
}
linger() {
	echo "{\"terminating\":$(date +%s)}"
	sleep "$LINGER_S"
	: >"$STOP_FILE"
	in_good_order
	exit 0
}
[ -z "${LINGER_S:-}" ] || trap linger TERM
in_good_order
sleep 36000 & wait $!
