// Package scenarios reads scenario files, and carries the embedded ones with the data that they
// rest on.
//
// Read turns the bytes of a file into a model.Scenario, or into Problems: everything that is wrong
// with it, each with its line and column and, where there is one, the key that was probably meant.
// It goes
//
//	bytes -> parseTree -> tree of nodes with their places
//	      -> decoder   -> file, the format as Go types, by reflection
//	      -> builder   -> model.Scenario
//	      -> Validate  -> violations, mapped back to places
//
// A key exists when something reads it; every other key is refused. Load and List know the embedded
// scenarios, Schema gives the JSON Schema that is made from the same Go types, and Latency, Fit and
// PriceOf answer from the embedded tables (data/README.md).
//
// The package never guesses: a number without its unit, a name that nobody declared and a value
// that cannot be are errors. It holds no state but the parsed tables.
package scenarios
