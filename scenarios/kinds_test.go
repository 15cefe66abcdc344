package scenarios_test

import (
	"strconv"
	"strings"
	"testing"

	"redoubt/model"
)

// publishedOf gives the value of a row of recovery_times.csv, or its upper bound where it has none.
func publishedOf(t *testing.T, component, metric string) float64 {
	t.Helper()
	row, found := recoveryTimes(t)[component+": "+metric]
	if !found {
		t.Fatalf("recovery_times.csv has no %s of %s", metric, component)
	}
	text := row[2]
	if text == "" {
		text = row[4]
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// What a kind of store brings is what the table has of the technology.
func TestKindsOfStoresHaveThePublishedFigures(t *testing.T) {
	const lag, promotion = "lag", "promotion"
	for _, row := range []struct {
		kind              model.StoreKind
		of                string
		quantile          float64
		component, metric string
	}{
		{model.AuroraGlobal, lag, 0.5, "aurora_global", "replication lag example"},
		{model.AuroraGlobal, lag, 0.99, "aurora_global", "replication lag typical"},
		{model.ElastiCacheGlobal, lag, 0.5, "elasticache_global", "replication lag typical"},
		{model.ElastiCacheGlobal, promotion, 0.5, "elasticache_global", "promotion time"},
		{model.S3TimeControl, lag, 0.999, "s3_rtc", "99.99% of objects (design) within"},
		{model.MirroredStream, lag, 0.5, "msk_mirrormaker2",
			"replication lag target in deployment-strategy.txt"},
		{model.DynamoDBGlobal, promotion, 0.99, "dynamodb_global_mrec",
			"failover time (client re-route only)"},
		{model.DynamoDBStrong, lag, 0.99, "dynamodb_global_mrsc", "RPO"},
	} {
		figure, known := row.kind.Lag()
		if row.of == promotion {
			figure, known = row.kind.Promotion()
		}
		want := publishedOf(t, row.component, row.metric)
		if got := figure.Quantile(row.quantile); !known || got < want-1e-6 || got > want+1e-6 {
			t.Errorf("%s: the %s at %g is %g s, the table has %g s", row.kind, row.of, row.quantile, got,
				want)
		}
	}
}

// TestLagsOfKindsHaveSources holds that a kind which brings a lag says where it was published, as
// the table has it, or that it is an assumption.
func TestLagsOfKindsHaveSources(t *testing.T) {
	published := map[model.StoreKind]string{
		model.AuroraGlobal:      "aurora_global",
		model.DynamoDBGlobal:    "dynamodb_global_mrec",
		model.ElastiCacheGlobal: "elasticache_global",
	}
	for _, kind := range model.StoreKinds() {
		lag, known := kind.Lag()
		assumed, _ := kind.Assumed()
		source := kind.LagSource()
		switch component := published[kind]; {
		case !known || lag.Quantile(0.5) == 0:
			if component != "" {
				t.Errorf("%s has no lag", kind)
			}
		case assumed != strings.HasPrefix(source, "unverified: "):
			t.Errorf("%s: assumed: %v, and its source is %q", kind, assumed, source)
		case !assumed:
			page, site, _ := strings.Cut(source, " of ")
			site, _, _ = strings.Cut(site, " (")
			site, _, _ = strings.Cut(site, ",")
			row := strings.Join(sourcesOf(t, component), " ")
			if !strings.Contains(row, page) || !strings.Contains(row, "https://"+site) {
				t.Errorf("%s: %q is no source of %s in the table: %s", kind, source, component, row)
			}
		}
	}
}

// sourcesOf are the sources of all rows of a component in recovery_times.csv.
func sourcesOf(t *testing.T, component string) (sources []string) {
	t.Helper()
	for name, row := range recoveryTimes(t) {
		if strings.HasPrefix(name, component+": ") {
			sources = append(sources, strings.Join(row, " "))
		}
	}
	return sources
}
