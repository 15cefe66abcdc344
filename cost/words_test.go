package cost_test

import (
	"testing"

	"redoubt/cost"
)

func TestFiguresForPeople(t *testing.T) {
	for _, row := range []struct {
		x    float64
		want string
	}{
		{0, "0"}, {8, "8"}, {6.4077, "6.41"}, {27.84, "27.8"}, {8760, "8760"}, {123456.7, "123457"},
		{0.0000025, "0.0000025"}, {-0.76549, "-0.765"}, {100, "100"}, {0.1, "0.1"},
	} {
		if got := cost.Figures(row.x); got != row.want {
			t.Errorf("%v: got %s, want %s", row.x, got, row.want)
		}
	}
}

func TestHoursForPeople(t *testing.T) {
	for _, row := range []struct {
		x    float64
		want string
	}{
		{0, "0.0"}, {52.56, "52.6"}, {0.0999, "0.1"}, {0.0951, "0.1"}, {0.0949, "0.09"},
		{0.0096, "0.01"}, {0.0012, "0.001"}, {8760, "8760.0"},
	} {
		if got := cost.Hours(row.x); got != row.want {
			t.Errorf("%v: got %s, want %s", row.x, got, row.want)
		}
	}
}
