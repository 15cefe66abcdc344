package scenarios

// descriptions say what each key means; the schema and docs/scenarios.md show them.
var descriptions = map[string]string{}
