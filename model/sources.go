package model

// Sources say of the round trips and the lags of a scenario where each is from: the key that states
// it, who measured it, or that nobody verified it; "" where that is not known.
type Sources struct {
	// RoundTrips are those of Scenario.Latency, and Lags those of Store.Lag by store and region.
	RoundTrips [MaxRegions][MaxRegions]string
	Lags       [MaxStores][MaxRegions]string
}
