// Package metrics tells Prometheus what an agent knows.
//
// A Collector derives every figure from an api.View when it is asked: there is nothing to keep in
// step, and what an agent shows over HTTP and over metrics is one thing. What other parts of an
// agent count comes as Counters.
package metrics
