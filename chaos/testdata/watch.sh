#!/bin/sh
# Is asked before each step of a plan, and told after it: watch.sh FOLDER MOMENT REGION. It writes down
# who is at which, and has the one take that it is told to hold up.
cd "$1" || exit 1
at="$REDOUBT_INDEX $2"
echo "$REDOUBT_EPOCH $at $3 $REDOUBT_STEP" >>watched
while [ "$(cat hold 2>/dev/null)" = "$at" ]; do
	echo "$REDOUBT_EPOCH $at $3 $REDOUBT_STEP" >held.new && mv held.new held
	sleep 0.1
done
exit 0
