package scenarios

import (
	"embed"
	"encoding/csv"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"

	"redoubt/model"
)

// dataFiles are the tables that scenarios rest on; data/README.md says where each comes from.
//
//go:embed data/latency_aws.csv data/outage_fits.csv data/prices_aws.csv
var dataFiles embed.FS

// rows reads an embedded table as one map for each row, by column name. The tables are part of the
// program, so one that cannot be read is a wrong program.
func rows(name string) []map[string]string {
	opened, err := dataFiles.Open("data/" + name)
	if err != nil {
		panic("scenarios: " + err.Error())
	}
	records, err := csv.NewReader(opened).ReadAll()
	if err != nil {
		panic("scenarios: " + name + ": " + err.Error())
	}
	table := make([]map[string]string, 0, len(records)-1)
	for _, record := range records[1:] {
		row := make(map[string]string, len(record))
		for i, column := range records[0] {
			row[column] = record[i]
		}
		table = append(table, row)
	}
	return table
}

// parsed reads a number of an embedded table.
func parsed(table, column, number string) float64 {
	value, err := strconv.ParseFloat(number, 64)
	if err != nil {
		panic(fmt.Sprintf("scenarios: %s: %s is %q", table, column, number))
	}
	return value
}

// measuredLatencies are the round trips of latency_aws.csv in milliseconds, from and to a region,
// and where the table has all of them from.
type measuredLatencies struct {
	table  map[[2]string]float64
	source string
}

var latencies = sync.OnceValue(func() (m measuredLatencies) {
	const name = "latency_aws.csv"
	m.table = map[[2]string]float64{}
	for _, row := range rows(name) {
		m.table[[2]string{row["from"], row["to"]}] = parsed(name, "rtt_ms", row["rtt_ms"])
		if m.source != "" && row["source"] != m.source {
			panic("scenarios: " + name + " has two sources, where one is said of all")
		}
		m.source = row["source"]
	}
	m.source += " (" + name + ")"
	return m
})

// Latency returns the round-trip time between two AWS regions: the mean of the medians of a year in
// both directions, as cloudping.co measured them by TCP until 2025-05-29. It knows 32 regions.
func Latency(a, b string) (time.Duration, bool) {
	there, ok := latencies().table[[2]string{a, b}]
	back, known := latencies().table[[2]string{b, a}]
	if !ok || !known || a == b {
		return 0, false
	}
	microseconds := math.Round((there + back) / 2 * 1000)
	return time.Duration(microseconds) * time.Microsecond, true
}

// fit is a row of outage_fits.csv.
type fit struct {
	name         string
	distribution model.Distribution
}

var fits = sync.OnceValue(func() []fit {
	var list []fit
	for _, row := range rows("outage_fits.csv") {
		list = append(list, fit{row["sample"], model.LognormalHours(
			parsed("outage_fits.csv", "lognormal_mu", row["lognormal_mu"]),
			parsed("outage_fits.csv", "lognormal_sigma", row["lognormal_sigma"]))})
	}
	return list
})

// Fit returns the lognormal that was fitted to a sample of published outages (outage_fits.csv).
func Fit(sample string) (model.Distribution, bool) {
	for _, f := range fits() {
		if f.name == sample {
			return f.distribution, true
		}
	}
	return model.Distribution{}, false
}

// FitNames returns the names of the samples that Fit knows.
func FitNames() []string {
	var names []string
	for _, f := range fits() {
		names = append(names, f.name)
	}
	return names
}

// Price is a row of prices_aws.csv: the list price of one unit of a service.
type Price struct {
	// Service and Item name what is sold, for instance "ec2" and "m6i.large linux on-demand".
	Service, Item string
	// Region is where the price holds; "all" and "global" hold everywhere.
	Region string
	// Unit is what the price is for, for instance "USD/hour".
	Unit string
	USD  float64
	// AsOf is the date of the price, Verified how sure it is (data/README.md), Source where it was
	// read.
	AsOf, Verified, Source string
}

var prices = sync.OnceValue(func() []Price {
	var list []Price
	for _, row := range rows("prices_aws.csv") {
		list = append(list, Price{
			Service: row["service"], Item: row["item"], Region: row["region"], Unit: row["unit"],
			USD:  parsed("prices_aws.csv", "price_usd", row["price_usd"]),
			AsOf: row["as_of"], Verified: row["verified"], Source: row["source"],
		})
	}
	return list
})

// PriceOf finds the price of an item in a region, or the one that holds in all of them.
func PriceOf(service, item, region string) (Price, bool) {
	for _, p := range prices() {
		everywhere := p.Region == "all" || p.Region == "global"
		if p.Service == service && p.Item == item && (p.Region == region || everywhere) {
			return p, true
		}
	}
	return Price{}, false
}

// PerYear returns how many of the price's units one thing uses in a year: its hours or its months.
// A price for gigabytes or requests has no such number, because it depends on use.
func (p Price) PerYear() (units float64, ok bool) {
	unit := strings.TrimPrefix(p.Unit, "USD/")
	switch {
	case unit == "hour" || strings.HasSuffix(unit, "-hour"):
		return model.HoursPerYear, true
	case unit == "month" || strings.HasSuffix(unit, "-month") || strings.HasPrefix(unit, "month/"):
		return 12, true
	}
	return 0, false
}
