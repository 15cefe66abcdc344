// Package feed asks the agents of a scenario how things are, again and again, for whoever watches.
package feed
