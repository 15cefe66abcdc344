// Package model holds the nouns that every other part of redoubt speaks: regions, stores,
// strategies, faults, policies, money and outcomes.
//
// The types to know are Scenario (what an architect describes), Strategy (one way to run it) and
// Outcome (what a simulation of it found). A Scenario is a plain value: the scenarios package reads
// one from a file, the failover package compiles a policy from it, sim plays it and cost prices it.
//
// The package computes nothing that needs a clock, a file, randomness or another goroutine, and it
// imports the standard library alone.
package model
