// Package sim plays outages against a scenario in virtual time, under one strategy, and counts what
// users and data suffer. Every failover in it is decided by failover.Policy, the code that agents
// run.
//
// Run does a Monte Carlo of many trials and returns a model.Outcome; Play does one run and returns
// it as a Story. The same seed gives the same bytes on any number of cores: each random number is a
// hash of the seed, the trial, a name and a counter, so that a draw in one place shifts none in
// another, and every strategy faces the same outages.
//
// Simulated time costs nothing while nothing changes. Probes, renewals of leases and samples of lag
// are events only while something differs from what somebody believes; traffic is a fluid whose
// failed share is integrated between events. The package models consensus, it does not run
// hashicorp/raft.
package sim
