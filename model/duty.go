package model

import "time"

// Duty is when the people who look after a region are at work: Monday to Friday, from From to To of
// their local time, 0 <= From < To <= 24 h. Holidays they have none. The zero Duty is all hours.
type Duty struct {
	From, To time.Duration
	// UTCOffset is how far their clocks are ahead of UTC, all year.
	UTCOffset time.Duration
}

// Wait is how long it is until they are at work, from a time that is counted from any Monday 00:00
// UTC; 0 while they are.
func (d Duty) Wait(at time.Duration) time.Duration {
	const day, workdays = 24 * time.Hour, 5
	if d.To == 0 {
		return 0
	}
	week := time.Duration(modulo(int64(at+d.UTCOffset), int64(WeekLength)))
	today, clock := week/day, week%day
	switch {
	case today < workdays && clock < d.From:
		return d.From - clock
	case today < workdays && clock < d.To:
		return 0
	case today+1 < workdays:
		return day - clock + d.From
	}
	return WeekLength - week + d.From
}
