package model

import "time"

// AlertMetric names what an Alert looks at.
type AlertMetric uint8

// The metrics that an alert can look at.
const (
	// AlertLag is how old the newest write is that a region's copy of a store holds, in seconds: the
	// largest in a period. A copy that does not run, or that nobody keeps, tells nothing.
	AlertLag AlertMetric = iota + 1
	// AlertErrors is the share of all requests that fail, in the mean of a period.
	AlertErrors
)

// AlertMetrics returns all metrics, in their order.
func AlertMetrics() []AlertMetric { return []AlertMetric{AlertLag, AlertErrors} }

// String gives the metric's name as scenario files write it.
func (m AlertMetric) String() string {
	switch m {
	case AlertLag:
		return "lag"
	case AlertErrors:
		return "errors"
	}
	return "unknown"
}

// Alert calls people when a metric has been too high. It moves nothing by itself.
type Alert struct {
	Name   string
	Metric AlertMetric
	// Store and Region say whose lag; of the errors they mean nothing.
	Store  StoreID
	Region RegionID
	// Above is what a period's value must exceed to count, in the metric's unit.
	Above float64
	// Period is the length of a period, above 0. The alert fires at the end of the one with which
	// Datapoints of the last Periods count, 1 <= Datapoints <= Periods <= MaxAlertPeriods.
	Period              time.Duration
	Datapoints, Periods int
}

// MaxAlertPeriods bounds how many periods an alert looks back, MaxAlerts how many alerts there are.
const (
	MaxAlertPeriods = 64
	MaxAlerts       = 64
)
