package redoubt

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Clock writes a time from the start of a run: T+0s, T+30.4s, T+2m05s, and days and hours exactly
// to the second, because an order of events must be readable from them.
func Clock(at time.Duration) string {
	sign := "+"
	if at < 0 {
		sign, at = "-", -at
	}
	at = at.Round(100 * time.Millisecond)
	if at < time.Minute {
		tenths := strconv.FormatFloat(at.Seconds(), 'f', 1, 64)
		return "T" + sign + strings.TrimSuffix(tenths, ".0") + "s"
	}
	at = at.Round(time.Second)
	hours, minutes, seconds := at/time.Hour, at%time.Hour/time.Minute, at%time.Minute/time.Second
	if hours == 0 {
		return fmt.Sprintf("T%s%dm%02ds", sign, minutes, seconds)
	}
	return fmt.Sprintf("T%s%dh%02dm%02ds", sign, hours, minutes, seconds)
}
