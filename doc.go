// Package redoubt answers what a second region is worth: it runs every strategy of a scenario
// through the simulator, prices it, and says which one to choose and why.
//
// Compare is the main entry, Simulate tells one run as a story, Policies sets redoubt's decisions
// beside those of other deciders, and BusinessCase does the arithmetic of a business case without a
// simulation. All of them are deterministic functions of a scenario and a seed.
package redoubt
