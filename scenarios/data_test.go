package scenarios_test

import (
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"redoubt/model"
	"redoubt/scenarios"
)

// bigEvents is the sample that the embedded scenarios draw their outages from.
const bigEvents = "AWS post-event-summary class (outages.csv, AWS rows)"

// outages returns the rows of outages.csv, by column.
func outages(t *testing.T) []map[string]string {
	t.Helper()
	file, err := os.Open("data/outages.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, record := range records[1:] {
		row := map[string]string{}
		for i, column := range records[0] {
			row[column] = record[i]
		}
		rows = append(rows, row)
	}
	return rows
}

// TestFitOfBigEventsFollowsFromTheOutages recomputes the maximum-likelihood lognormal: the mean and
// the standard deviation (over n) of the logarithms of the hours.
func TestFitOfBigEventsFollowsFromTheOutages(t *testing.T) {
	var logs []float64
	for _, row := range outages(t) {
		hours, err := strconv.ParseFloat(row["duration_h"], 64)
		if row["provider"] == "AWS" && err == nil {
			logs = append(logs, math.Log(hours))
		}
	}
	if got, want := len(logs), 19; got != want {
		t.Fatalf("%d AWS rows have a duration, want %d", got, want)
	}
	mean, squares := 0.0, 0.0
	for _, x := range logs {
		mean += x / float64(len(logs))
	}
	for _, x := range logs {
		squares += (x - mean) * (x - mean) / float64(len(logs))
	}
	fit, ok := scenarios.Fit(bigEvents)
	if !ok {
		t.Fatalf("there is no fit named %q", bigEvents)
	}
	within(t, "mu", fit.A-math.Log(3600), mean, 1e-3)
	within(t, "sigma", fit.B, math.Sqrt(squares), 1e-3)
	within(t, "published mu", fit.A-math.Log(3600), 1.680, 1e-3)
	within(t, "published sigma", fit.B, 0.896, 1e-3)
}

func within(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %.4f, want %.4f within %g", what, got, want, tolerance)
	}
}

// TestRatesFollowFromTheOutages recounts the events with a published post-event summary from 2011
// to 2025: 12 in the 15 years of us-east-1, 6 in the other regions. The 240 region-years are those
// since each region opened, as published with the rates, and not recounted here.
func TestRatesFollowFromTheOutages(t *testing.T) {
	east, others := 0, 0
	for _, row := range outages(t) {
		year, err := strconv.Atoi(row["start_utc"][:4])
		if err != nil {
			t.Fatal(err)
		}
		published := strings.HasPrefix(row["source"], "https://aws.amazon.com/message/")
		if row["provider"] != "AWS" || year < 2011 || year > 2025 || !published {
			continue
		}
		if row["region"] == "us-east-1" {
			east++
		} else {
			others++
		}
	}
	for _, name := range []string{
		"ecommerce-three-region", "warm-standby-two-region", "budget-three-region",
	} {
		s, err := scenarios.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range s.Hazards {
			want := float64(others) / 240
			if s.Regions[h.Region].Name == "us-east-1" {
				want = float64(east) / 15
			}
			within(t, name+", rate in "+s.Regions[h.Region].Name, h.PerYear, want, 1e-12)
		}
	}
}

// TestAvoidedSharesMatchThePublishedOnes holds the shares of outage hours that a recovery avoids:
// they are what the folk formula leaves out.
func TestAvoidedSharesMatchThePublishedOnes(t *testing.T) {
	recoveries := []time.Duration{5 * time.Minute, 15 * time.Minute, time.Hour}
	for _, test := range []struct {
		sample string
		want   []float64
	}{
		{bigEvents, []float64{99, 97, 88}},
		{"AWS region incident, >=1 services named", []float64{98, 93, 74}},
	} {
		fit, ok := scenarios.Fit(test.sample)
		if !ok {
			t.Fatalf("there is no fit named %q", test.sample)
		}
		for i, recovery := range recoveries {
			got := math.Round(100 * fit.AvoidedShare(recovery.Seconds()))
			if got != test.want[i] {
				t.Errorf("%s: a recovery of %v avoids %.0f %%, want %.0f %%", test.sample, recovery,
					got, test.want[i])
			}
		}
	}
}

func TestLatencyIsTheMeanOfBothDirections(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want time.Duration
	}{
		{"us-east-1", "us-west-2", 64121 * time.Microsecond}, // (64.269 + 63.972) / 2, to the 1 us.
		{"eu-west-1", "us-east-1", 69601 * time.Microsecond}, // (69.558 + 69.644) / 2.
	} {
		got, ok := scenarios.Latency(test.a, test.b)
		back, _ := scenarios.Latency(test.b, test.a)
		if !ok || got != test.want || back != got {
			t.Errorf("Latency(%s, %s) = %v and back %v, %t; want %v", test.a, test.b, got, back, ok,
				test.want)
		}
	}
	if _, ok := scenarios.Latency("us-east-1", "cellar"); ok {
		t.Error("the latency to a cellar is known")
	}
	if _, ok := scenarios.Latency("us-east-1", "us-east-1"); ok {
		t.Error("a region has a latency to itself: the diagonal of the table is no such thing")
	}
}

func TestPricesBecomeYearlyCosts(t *testing.T) {
	for _, test := range []struct {
		name, service, item, region string
		want                        float64
	}{
		{"by the hour", "ec2", "m6i.large linux on-demand", "us-east-1", 0.096 * 8760},
		{"in another region", "ec2", "m6i.large linux on-demand", "eu-west-1", 0.107 * 8760},
		{"everywhere", "eks", "control plane standard support", "eu-west-1", 876},
		{"by the month", "route53", "health check basic AWS endpoint", "global", 6},
		{"by feature and month", "route53", "health check optional feature AWS endpoint", "global", 12},
		{"by gigabyte and month", "s3", "storage Standard first 50 TB", "us-east-1", 0.023 * 12},
	} {
		t.Run(test.name, func(t *testing.T) {
			price, ok := scenarios.PriceOf(test.service, test.item, test.region)
			units, yearly := price.PerYear()
			if got := price.USD * units; !ok || !yearly || math.Abs(got-test.want) > 1e-9 {
				t.Errorf("a year costs %v (%t, %t), want %v", got, ok, yearly, test.want)
			}
			if price.AsOf == "" || price.Source == "" || price.Verified == "" {
				t.Errorf("%+v does not say where it comes from", price)
			}
		})
	}
	price, _ := scenarios.PriceOf("data_transfer", "inter_region_out", "us-east-1")
	if _, yearly := price.PerYear(); yearly {
		t.Errorf("%+v has a yearly cost without a quantity of gigabytes", price)
	}
}

func bill(s *model.Scenario, region model.RegionID) (total model.Money) {
	for _, line := range s.Bill {
		if line.Region == region {
			total += line.PerYear
		}
	}
	return total
}

// TestBillsAreThoseOfTheDocuments holds the published totals of the embedded estates.
func TestBillsAreThoseOfTheDocuments(t *testing.T) {
	shop, err := scenarios.Load("ecommerce-three-region")
	if err != nil {
		t.Fatal(err)
	}
	// deployment-strategy, Regional Cost Allocation, by the month.
	for region, want := range map[model.RegionID]model.Money{
		0: 11000, 1: 6400, 2: 4400, model.Global: 2100,
	} {
		if got := bill(shop, region); got != want*12*model.Dollar {
			t.Errorf("region %d of the shop costs %v a year, want 12 x $%d", region, got, want)
		}
	}
	if got := len(shop.Bill); got != 17 {
		t.Errorf("the shop has %d bill lines, want 17", got)
	}
	budget, err := scenarios.Load("budget-three-region")
	if err != nil {
		t.Fatal(err)
	}
	var total, reference model.Money
	for _, line := range budget.Bill {
		total += line.PerYear
	}
	for _, line := range budget.Reference[0].Lines {
		reference += line.PerYear
	}
	if total != 8000*model.Dollar || reference != 50000*model.Dollar {
		t.Errorf("the budget estate costs %v against %v, want $8,000 against $50,000", total, reference)
	}
	millions := budget.Traffic.RequestsPerSecond * model.Year.Seconds() / 1e6
	within(t, "cost of a million requests", total.USD()/millions, 21.92, 0.005)
}

// TestBusinessCaseExpectsEightHours holds that the hazard of the business case amounts to its
// outage.
func TestBusinessCaseExpectsEightHours(t *testing.T) {
	s, err := scenarios.Load("business-case-50m")
	if err != nil {
		t.Fatal(err)
	}
	hours := 0.0
	for _, h := range s.Hazards {
		hours += h.PerYear * h.Duration.Mean() / 3600
	}
	within(t, "outage hours of the hazards", hours, 8, 1e-9)
	within(t, "stated outage hours", s.Business.OutageHours, 8, 0)
	within(t, "revenue in an hour", s.Business.RevenuePerYear.USD()/model.HoursPerYear, 5707.76, 0.005)
	overlay, _ := s.Strategy(model.WarmStandby)
	if got, want := overlay.ExtraPerYear, 300000*model.Dollar; got != want || len(s.Bill) != 0 {
		t.Errorf("the programme costs %v beside %d bill lines, want %v and none", got, len(s.Bill), want)
	}
}
