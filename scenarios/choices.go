package scenarios

import "redoubt/model"

// choices returns the words of a list. They are the names that the model gives its own values, so
// that a file can say all of them and nothing else.
func choices(list string) []string {
	switch list {
	case "role":
		return []string{"workload", "witness"}
	case "strategy":
		return namesOf(model.StrategyKinds())
	case "category":
		var all []model.Category
		for c := range model.CategoryCount {
			all = append(all, c)
		}
		return namesOf(all)
	case "store kind":
		return namesOf(model.StoreKinds())
	case "conflict strategy":
		return namesOf(model.ConflictStrategies())
	case "idempotency":
		return namesOf(model.Idempotencies())
	case "client model":
		return namesOf(clientModels)
	case "routing policy":
		return namesOf(model.RoutingPolicies())
	case "server role":
		return namesOf(model.ServerRoles())
	case "record type":
		return namesOf(model.RecordTypes())
	case "fault kind":
		return namesOf(model.FaultKinds())
	case "metric":
		return namesOf(metrics)
	case "alert metric":
		return namesOf(model.AlertMetrics())
	case "executor kind":
		return namesOf(model.ExecutorKinds())
	case "hook kind":
		return namesOf(model.HookKinds())
	case "step":
		return model.StepNames[:]
	case "moment":
		return words(moments)
	case "estate":
		return Estates()
	case "gate":
		return model.Gates[:]
	case "mode":
		return namesOf(modes)
	}
	panic("scenarios: no list named " + list)
}

var (
	clientModels = []model.ClientModel{model.Idealised, model.Measured}
	metrics      = []model.Metric{model.MetricRTO, model.MetricRPO, model.MetricAvailability}
	modes        = []model.PolicyMode{model.Automatic, model.Manual, model.Advise}
)

func namesOf[T interface{ String() string }](values []T) []string {
	names := make([]string, len(values))
	for i, value := range values {
		names[i] = value.String()
	}
	return names
}

// chosen returns the value of this name, or the zero value, which no list holds but that of
// categories.
func chosen[T interface{ String() string }](name text, values []T) (value T) {
	for _, candidate := range values {
		if candidate.String() == string(name) {
			return candidate
		}
	}
	return value
}

func category(name text) model.Category {
	for c := range model.CategoryCount {
		if c.String() == string(name) {
			return c
		}
	}
	return model.CategoryCount
}
