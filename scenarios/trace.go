package scenarios

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"strconv"
	"strings"
	"time"

	"redoubt/model"
)

// maxTraceBytes bounds a trace: 100,000 rows of 40 characters.
const maxTraceBytes = 4 << 20

// The columns of the traces, whose names say the unit.
var (
	lagColumns    = []string{"at_seconds", "lag_seconds"}
	outageColumns = []string{"start_seconds", "duration_seconds", "region", "kind"}
)

// traceRow is a row of a trace, with the places of its fields. The first is the one below the
// header.
type traceRow struct {
	fields []string
	places []place
	first  bool
}

// tracer reads one trace and reports what is wrong with it where the trace says so.
type tracer struct {
	b *builder
	// file is the name of the trace, path that of the key which names it.
	file, path string
}

func (t *tracer) problem(at place, hint, format string, args ...any) {
	t.b.d.broken = append(t.b.d.broken, t.path)
	t.b.d.problems = append(t.b.d.problems, Problem{
		File: t.file, Line: at.line, Column: at.column, Text: fmt.Sprintf(format, args...), Hint: hint,
	})
}

// open reads the rows of a trace below its header. A line that begins with # is a comment.
func (t *tracer) open(columns []string) (rows []traceRow) {
	data, ok := t.bytes()
	if !ok {
		return nil
	}
	reader, where := csv.NewReader(bytes.NewReader(data)), newLines(data)
	reader.Comment, reader.FieldsPerRecord = '#', -1
	for {
		fields, err := reader.Read()
		var broken *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return t.below(columns, rows)
		case errors.As(err, &broken):
			at := where.starts[broken.Line-1] + broken.Column - 1
			t.problem(where.place(at), "", "%s", broken.Err)
			if len(rows) == 0 {
				return nil // Nor is it a header.
			}
			return t.below(columns, rows) // What a quote has swallowed is no row.
		}
		row := traceRow{fields: fields}
		for i := range fields {
			line, column := reader.FieldPos(i)
			row.places = append(row.places, where.place(where.starts[line-1]+column-1))
		}
		rows = append(rows, row)
	}
}

// bytes reads the file of a trace, which lies beside the scenario's or below it.
func (t *tracer) bytes() ([]byte, bool) {
	switch {
	case t.b.files == nil:
		t.b.problem(t.path, "", "%s: there is no file beside which to look for %s", t.path, t.file)
		return nil, false
	case !fs.ValidPath(t.file):
		t.b.problem(t.path, "for instance lag.csv or traces/lag.csv",
			"%s names a file beside the scenario's or below it, not %s", t.path, clip(t.file))
		return nil, false
	}
	data, err := headOf(t.b.files, t.file, maxTraceBytes)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		t.b.problem(t.path, "", "%s: there is no file %s beside the scenario", t.path, t.file)
	case err != nil:
		t.b.problem(t.path, "", "%s: %s", t.path, err)
	case len(data) > maxTraceBytes:
		t.b.problem(t.path, "", "%s has more than %d bytes", t.file, maxTraceBytes)
	default:
		return bytes.TrimPrefix(data, markUTF8), true
	}
	return nil, false
}

// below demands the header, and rows of its length, and returns those that are.
func (t *tracer) below(columns []string, rows []traceRow) (whole []traceRow) {
	header := strings.Join(columns, ",")
	if len(rows) == 0 || strings.Join(rows[0].fields, ",") != header {
		at := place{1, 1}
		if len(rows) > 0 {
			at = rows[0].places[0]
		}
		t.problem(at, "", "the first row must be %s", header)
		return nil
	}
	for i, row := range rows[1:] {
		row.first = i == 0
		if len(row.fields) == len(columns) {
			whole = append(whole, row)
			continue
		}
		t.problem(row.places[0], "", "a row has %d fields, this one %d", len(columns), len(row.fields))
	}
	return whole
}

// seconds reads a field that is a number of seconds, up to a bound.
func (t *tracer) seconds(row *traceRow, i int, most time.Duration) (time.Duration, bool) {
	number, err := strconv.ParseFloat(row.fields[i], 64)
	if err != nil || !(number >= 0 && number <= most.Seconds()) {
		t.problem(row.places[i], "", "%s is no number of seconds from 0 to %.0f", clip(row.fields[i]),
			most.Seconds())
		return 0, false
	}
	return time.Duration(math.Round(number * 1e9)), true
}

// lagTrace reads a record of the lag, or nil from one with a problem: what follows from half a
// record would be a problem that it has not. A row whose lag is none still tells its time.
func (b *builder) lagTrace(file, path string) (made model.LagTrace) {
	t := &tracer{b: b, file: file, path: path}
	last, lastText := time.Duration(-1), ""
	for _, row := range t.open(lagColumns) {
		at, timed := t.seconds(&row, 0, 100*model.Year)
		lag, known := t.seconds(&row, 1, model.Year)
		if !timed {
			continue
		}
		switch {
		case row.first && at != 0:
			t.problem(row.places[0], "", "the record begins with the run, at 0")
		case at <= last:
			t.problem(row.places[0], "", "%s is not after %s, of a row before", row.fields[0], lastText)
		}
		last, lastText = at, row.fields[0]
		if known {
			made = append(made, model.LagPoint{At: at, Lag: lag})
		}
	}
	if b.d.isBroken(path) {
		return nil
	}
	if len(made) < 2 {
		t.problem(place{1, 1}, "", "the record has %d points, at least 2 are needed", len(made))
		return nil
	}
	return made
}

// outageTrace reads a record of outages into faults of kinds that strike one region.
func (b *builder) outageTrace(file, path string) (made []model.Fault) {
	t := &tracer{b: b, file: file, path: path}
	for _, row := range t.open(outageColumns) {
		at, timed := t.seconds(&row, 0, 100*model.Year)
		lasts, known := t.seconds(&row, 1, 100*model.Year)
		if known && lasts == 0 {
			t.problem(row.places[1], "", "an outage lasts longer than 0 seconds")
		}
		fault := model.Fault{
			Kind: t.kind(&row, 3), Region: t.region(&row, 2), Peer: model.NoRegion, At: at,
			Duration: lasts, Place: model.Place{File: file, Line: row.places[0].line, Column: 1},
		}
		switch {
		case !timed || !known || fault.Kind == 0 || !fault.Region.Valid():
		case fault.Kind.HasWorkload() && b.s.Regions[fault.Region].Witness:
			t.problem(row.places[2], "", "%s is a witness: it has nothing that a %s could break",
				row.fields[2], fault.Kind)
		default:
			made = append(made, fault)
		}
	}
	return made
}

// region reads the name of a region.
func (t *tracer) region(row *traceRow, i int) model.RegionID {
	var names []string
	for r, region := range t.b.s.Regions {
		if region.Name == row.fields[i] {
			return model.RegionID(min(r, int(model.NoRegion)))
		}
		names = append(names, region.Name)
	}
	t.problem(row.places[i], didYouMean(row.fields[i], names), "no region is named %s",
		clip(row.fields[i]))
	return model.NoRegion
}

// kind reads a kind of fault that breaks a region and needs nothing else said.
func (t *tracer) kind(row *traceRow, i int) model.FaultKind {
	var names []string
	for _, kind := range model.FaultKinds() {
		if !kind.HasRegion() || kind.HasStore() || kind.HasShare() || kind.HasItem() {
			continue
		}
		if kind.String() == row.fields[i] {
			return kind
		}
		names = append(names, kind.String())
	}
	t.problem(row.places[i], didYouMean(row.fields[i], names), "%s is no kind of outage of a region",
		clip(row.fields[i]))
	return 0
}
