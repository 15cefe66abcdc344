// Package levers has the values of a scenario that a person moves to see what follows, and says
// which of them the answer hangs on.
//
// A Lever is one of them: Of gives those of a scenario, as they stand in its file. A Sensitivity
// has the net benefits of two strategies where each lever in turn is half and double, the one that
// moves them most first. Nothing here knows how a lever is shown or moved.
package levers
