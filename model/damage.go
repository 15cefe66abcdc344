package model

import "time"

// Damage is what was lost in a stretch of a run: the amounts that a Business has prices for.
type Damage struct {
	// Incidents counts those of the stretch.
	Incidents int64
	// Down and Lost are as in a Trial.
	Down, Lost time.Duration
	// LostWrites, Duplicates and LostSessions too; Repairs are the conflicts ToRepair.
	LostWrites, Repairs, Duplicates, LostSessions int64
}

// Plus adds two damages.
func (d Damage) Plus(other Damage) Damage {
	return Damage{
		Incidents: d.Incidents + other.Incidents, Down: d.Down + other.Down, Lost: d.Lost + other.Lost,
		LostWrites: d.LostWrites + other.LostWrites, Repairs: d.Repairs + other.Repairs,
		Duplicates:   d.Duplicates + other.Duplicates,
		LostSessions: d.LostSessions + other.LostSessions,
	}
}

// Minus is what a damage is beyond another one.
func (d Damage) Minus(other Damage) Damage {
	return d.Plus(Damage{
		Incidents: -other.Incidents, Down: -other.Down, Lost: -other.Lost,
		LostWrites: -other.LostWrites, Repairs: -other.Repairs, Duplicates: -other.Duplicates,
		LostSessions: -other.LostSessions,
	})
}

// Damage is that of a whole trial. It is the sum of those of its incidents and of Beside.
func (t *Trial) Damage() Damage {
	return Damage{
		Incidents: t.Incidents, Down: t.Down, Lost: t.Lost, LostWrites: t.LostWrites,
		Repairs: t.ToRepair(), Duplicates: t.Duplicates, LostSessions: t.LostSessions,
	}
}
