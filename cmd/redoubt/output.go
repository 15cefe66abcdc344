package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"redoubt/model"
)

// schemaVersion is that of the JSON results. It rises when a key changes its meaning or disappears;
// keys may be added without it.
const schemaVersion = 1

// The forms of a result.
const (
	asTable    = "table"
	asJSON     = "json"
	asCSV      = "csv"
	asMarkdown = "markdown"
)

// result is what a command found, in every form that it can be written in.
type result interface {
	// document gives the form for people.
	document() *document
	// structure gives what is encoded as JSON.
	structure() any
	// records gives the rows of a CSV file, the names of the columns first.
	records() [][]string
}

// addOutput defines --output.
func addOutput(cmd *cobra.Command) *choice {
	flag := &choice{
		value: asTable, words: []string{asTable, asJSON, asCSV, asMarkdown}, what: "form",
	}
	addChoice(cmd, flag, "output", "o", "write the result as one of")
	return flag
}

// writeResult writes a result in one piece, so that a failure leaves no half of it behind.
func writeResult(w io.Writer, form string, r result) error {
	var buffer bytes.Buffer
	switch form {
	case asJSON:
		encoder := json.NewEncoder(&buffer)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(r.structure()); err != nil {
			return err
		}
	case asCSV:
		if err := csv.NewWriter(&buffer).WriteAll(r.records()); err != nil {
			return err
		}
	case asMarkdown:
		r.document().writeMarkdown(&buffer)
	default:
		d := r.document()
		if d.columns == 0 {
			d.columns = widthOf(w)
		}
		d.writeText(&buffer)
	}
	_, err := w.Write(buffer.Bytes())
	return err
}

// number is a float for machines: ten significant digits, because the last ones may differ between
// processors, and null where it has no finite value.
type number float64

// MarshalJSON writes the number, or null.
func (n number) MarshalJSON() ([]byte, error) {
	if text := n.String(); text != "" {
		return []byte(text), nil
	}
	return []byte("null"), nil
}

// String writes the number, or nothing where it has no finite value.
func (n number) String() string {
	x := float64(n)
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return ""
	}
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 10, 64), 64)
	if err != nil || rounded == 0 {
		return "0" // A finite number of ten digits always parses; minus zero becomes zero.
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}

// seconds gives a duration as a number.
func seconds(d time.Duration) number { return number(d.Seconds()) }

// dollars gives an amount as a number.
func dollars(m model.Money) number { return number(m.USD()) }

// estimate is a mean with its 95 % interval.
type estimate struct {
	Mean number `json:"mean"`
	Low  number `json:"low"`
	High number `json:"high"`
}

func estimated(e model.Estimate) estimate {
	return estimate{number(e.Mean), number(e.Low), number(e.High)}
}

// quantiles are of a sample of durations, in seconds; null where the sample is empty.
type quantiles struct {
	P50   number `json:"p50"`
	P95   number `json:"p95"`
	P99   number `json:"p99"`
	Max   number `json:"max"`
	Count int64  `json:"count"`
	// What covers each, with 95 % confidence.
	P50Within *within `json:"p50_within"`
	P95Within *within `json:"p95_within"`
	P99Within *within `json:"p99_within"`
}

// within is an interval, of durations in seconds where no unit is named; high is null where it has
// no upper end, as in a sample that is too small for one.
type within struct {
	Low  number `json:"low"`
	High number `json:"high"`
}

func withinOf(i model.Interval) *within {
	high := seconds(i.High)
	if i.High == model.Unbounded {
		high = number(math.NaN())
	}
	return &within{seconds(i.Low), high}
}

func quantilesOf(q model.Quantiles) quantiles {
	if q.Count == 0 {
		nothing := number(math.NaN())
		return quantiles{P50: nothing, P95: nothing, P99: nothing, Max: nothing}
	}
	return quantiles{
		seconds(q.P50), seconds(q.P95), seconds(q.P99), seconds(q.Max), q.Count,
		withinOf(q.P50Within), withinOf(q.P95Within), withinOf(q.P99Within),
	}
}

// phases are the parts of an incident in seconds, in the order in which they follow each other.
type phases [model.PhaseCount]time.Duration

// MarshalJSON writes an object with a key for each phase.
func (p phases) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for phase := range model.PhaseCount {
		if phase > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:%s", phase, seconds(p[phase]))
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// regionName names a region, or the whole estate.
func regionName(s *model.Scenario, r model.RegionID) string {
	if int(r) < len(s.Regions) {
		return s.Regions[r].Name
	}
	return "global"
}

// title names a scenario for people.
func title(s *model.Scenario) string {
	if s.Title == "" {
		return s.Name
	}
	return s.Title + " (" + s.Name + ")"
}
