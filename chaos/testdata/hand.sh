#!/bin/sh
# Does the steps that no database does: each thing that it does is a line in a file. It looks at
# nothing before it does it, so that what is asked twice is done twice. It may be told to hang before
# it does anything, or to do it and have its answer lost.
cd "$1" || exit 1
if [ "$2" = look ]; then
	grep -q "^$REDOUBT_ID " effects && exit 0
	exit 1
fi
mood=$(cat mood 2>/dev/null)
if [ "$mood" = hang ]; then
	echo $$ >>hanging
	exec sleep 300
fi
echo "$REDOUBT_ID $REDOUBT_STEP $REDOUBT_REGION $REDOUBT_SHARE $REDOUBT_ROUND $REDOUBT_LOOK" >>effects
if [ "$mood" = lose ]; then
	echo $$ >>hanging
	exec sleep 300
fi
exit 0
