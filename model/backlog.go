package model

// Backlog is work that waits while nobody can do it: events that arrive however the service is, and
// are handled by the application, which writes a store for each.
type Backlog struct {
	Name string
	// Store is what handling one writes.
	Store StoreID
	// Arrives is how many come in a second in the mean of a week, above 0; they follow the load.
	Arrives float64
	// Drains is how many can be handled in the time in which one arrives in the mean, above 1.
	Drains float64
}

// MaxBacklogs bounds how many backlogs a scenario has.
const MaxBacklogs = 16
