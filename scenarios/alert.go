package scenarios

import (
	"fmt"
	"time"

	"redoubt/model"
)

// alert is an alert as a file has it.
type alert struct {
	Name       text     `toml:"name"`
	Metric     text     `toml:"metric" choice:"alert metric"`
	Store      *text    `toml:"store" optional:"true"`
	Region     *text    `toml:"region" optional:"true"`
	Above      text     `toml:"above"`
	Period     duration `toml:"period" default:"60s"`
	Periods    count    `toml:"periods" default:"1"`
	Datapoints *count   `toml:"datapoints" optional:"true"`
}

func (b *builder) alerts() {
	for i, a := range b.file.Alert {
		path := fmt.Sprintf("alert[%d]", i)
		made := model.Alert{
			Name: string(a.Name), Metric: chosen(a.Metric, model.AlertMetrics()),
			Region: model.NoRegion, Period: time.Duration(a.Period), Periods: int(a.Periods),
			Datapoints: int(a.Periods),
		}
		if a.Datapoints != nil {
			made.Datapoints = int(*a.Datapoints)
		}
		if a.Store != nil {
			made.Store = b.store(*a.Store, path+".store")
		}
		if a.Region != nil {
			made.Region = b.region(*a.Region, path+".region")
		}
		b.ofLag(path, "store", a.Store != nil, made.Metric)
		b.ofLag(path, "region", a.Region != nil, made.Metric)
		made.Above = b.above(&a, path, made.Metric)
		b.s.Alerts = append(b.s.Alerts, made)
	}
}

// ofLag reports a key that the errors do not have, or the lack of one that a lag needs.
func (b *builder) ofLag(path, key string, given bool, metric model.AlertMetric) {
	switch lag := metric == model.AlertLag; {
	case metric == 0 || b.d.isBroken(path+".metric"):
	case given && !lag:
		b.problem(path+"."+key, "", "the errors are those of all requests: they have no key %q", key)
	case !given && lag:
		b.problem(path+"."+key, "", "%s: a lag needs the key %q", path, key)
	}
}

// above reads what is too much in the unit of the metric.
func (b *builder) above(a *alert, path string, metric model.AlertMetric) (above float64) {
	var problem *unitError
	switch metric {
	case model.AlertLag:
		var length time.Duration
		length, problem = parseDuration(string(a.Above))
		above = length.Seconds()
	case model.AlertErrors:
		above, problem = parseShare(string(a.Above))
	}
	if problem != nil && !b.d.isBroken(path+".above") {
		b.problem(path+".above", problem.hint, "%s.above: %s", path, problem.text)
	}
	return above
}
